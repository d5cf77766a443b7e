"""Tiles, views and ensembles: one answer on every road."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import pseudo_collate

import mmnuc.apis
from mmnuc.apis.segmentation import segment
from mmnuc.errors import UserError
from mmnuc.structures import CropMasks, Nuclei


@pytest.fixture(scope='module')
def model(trained: Path):
    return mmnuc.apis.load(trained, trained.parent / 'run/iter_6.pth', 'cpu')


@pytest.fixture(scope='module')
def images(trained: Path) -> list[Path]:
    return sorted((trained.parent / 'data/images').glob('tile_[789].png'))


@pytest.fixture
def run(tool, trained: Path, tmp_path: Path):
    """Test with options; return what was found in each image."""

    def test(
        *options: object, name: str = 'test.py', first: tuple = (), config: Path = trained
    ) -> list[Nuclei]:
        out = tmp_path / 'out.pkl'
        checkpoint = trained.parent / 'run/iter_6.pth'
        where = ('--work-dir', tmp_path, '--out', out)
        done = tool(name, *first, config, checkpoint, *where, *options)
        assert done.returncode == 0, done.stderr
        return [nuclei_of(result) for result in pickle.loads(out.read_bytes())]

    return test


def nuclei_of(result: dict) -> Nuclei:
    found = result['pred_instances']
    masks = CropMasks.from_rles(found['masks'], *result['ori_shape'])
    return Nuclei(masks, found['scores'], found['labels'])


def assert_equal(one: Nuclei, other: Nuclei) -> None:
    assert len(one) == len(other)
    np.testing.assert_array_equal(one.boxes_xyxy, other.boxes_xyxy)
    np.testing.assert_array_equal(one.crops.buffer, other.crops.buffer)
    np.testing.assert_allclose(one.scores, other.scores, rtol=1e-6)


def filled(nuclei: Nuclei) -> Nuclei:
    """Without empty masks, which stitching drops."""
    return nuclei[nuclei.areas > 0]


ROADS = {
    'whole': ([], {}),
    'tiles': (['--tile', 48, '--overlap', 16], dict(tile=48, overlap=16)),
    'parts': (['--tile', 32, '--batch-size', 2], dict(tile=32, overlap=0, batch_size=2)),
    'views': (['--tta'], dict(tta=True)),
    'tiles and views': (
        ['--tile', 48, '--overlap', 16, '--tta'],
        dict(tile=48, overlap=16, tta=True),
    ),
}


@pytest.mark.parametrize(('options', 'settings'), ROADS.values(), ids=ROADS)
def test_the_tool_and_the_function_agree(run, model, images, options, settings) -> None:
    found = run(*options)
    assert sum(map(len, found)) > 10
    for nuclei, path in zip(found, images, strict=True):
        assert_equal(filled(nuclei), filled(segment(path, model, **settings)))


def test_post_processing_sees_whole_images_on_every_road(
    run, trained: Path, images, tmp_path: Path
) -> None:
    chain = [dict(type='mmnuc.ScoreThreshold', thresholds=0.2), dict(type='mmnuc.TopK', k=5)]
    config = tmp_path / 'chain.py'
    hook = dict(type='mmnuc.PostProcessHook', chain=chain)
    config.write_text(f'_base_ = {str(trained)!r}\ncustom_hooks = [{hook!r}]\n')
    model = mmnuc.apis.load(config, trained.parent / 'run/iter_6.pth', 'cpu')
    for options, settings in (ROADS['whole'], ROADS['tiles']):
        found = run(*options, config=config)
        assert {len(nuclei) for nuclei in found} == {5}
        for nuclei, path in zip(found, images, strict=True):
            assert_equal(filled(nuclei), filled(segment(path, model, **settings)))


def test_validation_sees_tiles_too(tool, trained: Path, tmp_path: Path) -> None:
    """A checkpoint's score in validation is the one that a test of the same images gives."""
    config = tmp_path / 'tiles.py'
    hook = dict(type='mmnuc.SegmentHook', tile=48, overlap=16)
    evaluator = dict(type='mmnuc.NucleiMetric', ann_file=str(trained.parent / 'data/val.json'))
    config.write_text(
        f'_base_ = {str(trained)!r}\ncustom_hooks = [{hook!r}]\n'
        "test_dataloader = dict(dataset=dict(ann_file='val.json'))\n"
        f'test_evaluator = {dict(evaluator, _delete_=True)!r}\n'
    )
    folder = tmp_path / 'one'
    folder.mkdir()
    (folder / 'a.pth').symlink_to(trained.parent / 'run/iter_6.pth')
    validated = tool(
        *('test_checkpoints.py', config, folder, '--score', 'nuclei/dice'),
        *('--work-dir', tmp_path / 'val'),
    )
    assert validated.returncode == 0, validated.stderr
    tested = tool('test.py', config, folder / 'a.pth', '--work-dir', tmp_path / 'test')
    assert tested.returncode == 0, tested.stderr
    (line,) = (line for line in validated.stdout.splitlines() if line.endswith('  a.pth'))
    assert float(line.split()[0]) > 0
    assert f'nuclei/dice: {line.split()[0]}' in tested.stdout


def test_an_ensemble_of_one_model_is_that_model(run, trained: Path, model, images) -> None:
    checkpoint = trained.parent / 'run/iter_6.pth'
    others = ('--and', trained, checkpoint)
    found = run(*others, name='ensemble.py', first=('models',))
    for nuclei, path in zip(found, images, strict=True):
        alone = filled(segment(path, model))
        order = np.lexsort((np.arange(len(alone)), -alone.scores))
        # Probabilities are averaged as whole numbers of 0 to 255: a mask may differ by a pixel, and
        # with it how far the masks over it lower its score.
        np.testing.assert_allclose(np.sort(nuclei.scores), np.sort(alone.scores), rtol=0.02)
        assert len(nuclei) == len(order)


def test_probabilities_belong_to_the_masks(model, images) -> None:
    from mmnuc.images import read_image

    tile = read_image(images[0])
    (nuclei,), (soft,) = model([tile]), model.probabilities([tile])
    assert len(nuclei) == len(soft)
    np.testing.assert_allclose(nuclei.scores, soft.scores)
    for i in range(len(soft)):
        x1, y1, x2, y2 = soft.crops.boxes_xyxy[i]
        mask = np.zeros((y2 - y1, x2 - x1), bool)
        ax1, ay1, ax2, ay2 = nuclei.boxes_xyxy[i]
        mask[ay1 - y1 : ay2 - y1, ax1 - x1 : ax2 - x1] = nuclei.crops.crop(i) > 0
        values = soft.crops.crop(i)
        # The world's threshold is 0.45, between 114 and 115 of 255.
        assert (values[mask] >= 114).all()
        assert (values[~mask] <= 115).all()
    settings = model.network.roi_head.test_cfg
    assert settings.mask_thr_binary == model.mask_threshold == 0.45


def test_scaled_views_find_nuclei_in_place(model, images) -> None:
    views = dict(flips=False, turns=False, scales=[1.0, 2.0])
    nuclei = segment(images[0], model, tta=views)
    assert (nuclei.height, nuclei.width) == (64, 64)
    assert len(nuclei) > 0


def test_the_model_is_what_mmdet_tests(trained: Path, model, images) -> None:
    """The loaded model's own test step, on the test pipeline with the file."""
    from mmcv.transforms import Compose

    cfg = Config.fromfile(trained)
    packed = Compose(cfg.test_pipeline)(dict(img_path=str(images[0]), img_id=7))
    (sample,) = model.network.test_step(pseudo_collate([packed]))
    theirs = model.finish(Nuclei.from_instance_data(sample.pred_instances))
    assert_equal(filled(theirs), filled(segment(images[0], model)))


BAD_OPTIONS = {
    'overlap of nothing': (['--overlap', 8], 'name their side with --tile'),
    'overlap as large as a tile': (['--tile', 32, '--overlap', 32], 'overlap of 32'),
    'below the stride': (['--tile', 16], 'below the stride of the network, 32'),
}


@pytest.mark.parametrize(('options', 'message'), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_bad_options(tool, trained: Path, tmp_path: Path, options, message: str) -> None:
    checkpoint = trained.parent / 'run/iter_6.pth'
    done = tool('test.py', trained, checkpoint, '--work-dir', tmp_path, *options)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr.splitlines()[-1]


def test_loading_says_what_is_wrong(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match='no such config'):
        mmnuc.apis.load(tmp_path / 'no.py', 'no.pth')
    with pytest.raises(UserError, match='no such checkpoint'):
        mmnuc.apis.load(trained, tmp_path / 'no.pth')
    with pytest.raises(UserError, match='cannot use the device'):
        mmnuc.apis.load(trained, trained.parent / 'run/iter_6.pth', 'cuda:99')
    with pytest.raises(ValueError, match='must be an RGB image'):
        mmnuc.apis.load(trained, trained.parent / 'run/iter_6.pth', 'cpu')(
            [np.zeros((4, 4), np.uint8)]
        )


def test_the_model_goes_where_it_is_asked(trained: Path) -> None:
    with mmnuc.apis.load(trained, trained.parent / 'run/iter_6.pth', 'cpu') as model:
        assert next(model.network.parameters()).device.type == 'cpu'
    assert model.device.type == 'cpu'
    assert model([]) == []


@pytest.mark.parametrize('how', [{}, {'tta': True}, {'tile': 64, 'overlap': 16}])
def test_asking_for_sure_nuclei_is_leaving_out_the_others(model, images, how: dict) -> None:
    everything = segment(images[0], model, **how)
    # A score that occurs counts.
    score = float(np.sort(everything.scores)[len(everything) // 2])
    sure = segment(images[0], model, score_threshold=score, **how)
    assert_equal(sure, everything.filter(score_threshold=score))
    assert_equal(segment(images[0], model, **how), everything)


def test_no_masks_are_computed_of_doubtful_nuclei(model, images, monkeypatch) -> None:
    found = []
    head = model.network.roi_head
    predict_mask = head.predict_mask
    monkeypatch.setattr(
        head,
        'predict_mask',
        lambda features, metas, results, **rest: (
            found.append(len(results[0])) or predict_mask(features, metas, results, **rest)
        ),
    )
    everything = segment(images[0], model)
    segment(images[0], model, score_threshold=float(everything.scores.max()))
    assert found[1] < found[0]
