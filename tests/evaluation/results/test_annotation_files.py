"""Truths and predictions of every tool, in every pairing, score 1 where they are the same."""

import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from mmnuc.apis.evaluate import evaluate
from mmnuc.errors import UserError
from mmnuc.evaluation.results import read_ground_truth, read_predictions
from mmnuc.ops.crops import from_bitmaps
from mmnuc.structures import Nuclei

MASKS = np.zeros((3, 40, 50), np.uint8)
MASKS[0, 2:8, 3:12] = 1
MASKS[1, 10:20, 5:15] = 1
MASKS[2, 22:30, 20:33] = 1
CLASSES = ('epithelial', 'other')
NUCLEI = Nuclei(from_bitmaps(MASKS), np.array([0.9, 0.8, 0.7]), np.array([0, 1, 0]), CLASSES)
FILES = {
    'geojson': ('a.geojson', 'geojson'),
    'geojson of QuPath': ('a.tif.geojson', 'geojson'),
    'roi': ('a_rois.zip', 'roi'),
    'cellpose': ('a_seg.npy', 'cellpose'),
    'masks of Cellpose': ('a_cp_masks.png', 'png'),
    'hovernet': ('a.json', 'hovernet'),
    'our label map': ('a.labels.tif', 'tiff'),
    'label map': ('a.tif', 'tiff'),
    'StarDist': ('a.stardist.tif', 'tiff'),
}


def folder(where: Path, name: str, nuclei: Nuclei = NUCLEI) -> Path:
    file, form = FILES[name]
    where.mkdir(parents=True)
    nuclei.save(where / file, format=form)
    return where


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with the image."""
    (tmp_path / 'images').mkdir()
    tifffile.imwrite(tmp_path / 'images' / 'a.tif', np.zeros((40, 50, 3), np.uint8))
    return tmp_path / 'images'


@pytest.mark.parametrize('pred', FILES)
@pytest.mark.parametrize('gt', FILES)
def test_the_same_nuclei_score_1(tmp_path: Path, images: Path, gt: str, pred: str) -> None:
    truth, results = folder(tmp_path / 'gt', gt), folder(tmp_path / 'pred', pred)
    card = evaluate(truth, results, images=images, n_resamples=0)
    assert card.scores['nuclei/aji'] == card.scores['nuclei/pq'] == 1
    assert card.missing == []


@pytest.mark.parametrize('name', FILES)
def test_single_files_of_one_image(tmp_path: Path, images: Path, name: str) -> None:
    file, form = FILES[name]
    for side in ('gt', 'other'):
        NUCLEI.save(tmp_path / side / file.replace('a', side, 1), format=form)
    gt, pred = (tmp_path / side / file.replace('a', side, 1) for side in ('gt', 'other'))
    card = evaluate(gt, pred, images=images / 'a.tif', n_resamples=0)
    assert card.scores['nuclei/aji'] == 1


def test_a_label_map_among_the_results_says_how_large_the_image_is(tmp_path: Path) -> None:
    truth, results = folder(tmp_path / 'gt', 'roi'), folder(tmp_path / 'pred', 'our label map')
    assert evaluate(truth, results, n_resamples=0).scores['nuclei/aji'] == 1


def test_a_coco_file_among_the_results_says_it_too(tmp_path: Path) -> None:
    truth = folder(tmp_path / 'gt', 'hovernet')
    NUCLEI.save(tmp_path / 'all.coco.json')
    content = json.loads((tmp_path / 'all.coco.json').read_text())
    content['images'][0]['file_name'] = 'x/a.png'
    (tmp_path / 'all.json').write_text(json.dumps(content))
    assert evaluate(truth, tmp_path / 'all.json', n_resamples=0).scores['nuclei/aji'] > 0.99
    content['images'][0]['height'] = 'x'
    (tmp_path / 'all.json').write_text(json.dumps(content))
    with pytest.raises(UserError, match='states no size of its image'):
        evaluate(truth, tmp_path / 'all.json', n_resamples=0)


def test_without_a_size_it_is_asked_for(tmp_path: Path) -> None:
    truth = folder(tmp_path / 'gt', 'roi')
    with pytest.raises(UserError, match=r'a_rois.zip: states no size of its image: .* --images'):
        evaluate(truth, folder(tmp_path / 'pred', 'roi'), n_resamples=0)


def test_scores_and_classes_are_those_of_the_file(tmp_path: Path, images: Path) -> None:
    truth = read_ground_truth(folder(tmp_path / 'gt', 'geojson'), images=images)
    assert (truth.classes, truth.gt.labels.tolist()) == (CLASSES, [0, 1, 0])
    swapped = Nuclei(NUCLEI.crops, NUCLEI.scores, 1 - NUCLEI.labels, CLASSES[::-1])
    for name in ('geojson', 'roi', 'hovernet'):
        path = folder(tmp_path / name, name, swapped)
        pred, _ = read_predictions(path, truth)
        assert pred.labels.tolist() == [0, 1, 0]
        assert pred.scores.tolist() == ([0.9, 0.8, 0.7] if name != 'hovernet' else [1, 1, 1])


def test_types_without_names_are_numbers_of_categories(tmp_path: Path, images: Path) -> None:
    truth = read_ground_truth(folder(tmp_path / 'gt', 'geojson'), images=images)
    path = folder(tmp_path / 'pred', 'hovernet') / 'a.json'
    content = json.loads(path.read_text())
    del content['type_info']
    path.write_text(json.dumps(content))
    assert read_predictions(path, truth)[0].labels.tolist() == [0, 1, 0]
    content['nuc']['1']['type'] = 7
    path.write_text(json.dumps(content))
    with pytest.raises(UserError, match='class type 7 is none of those of the ground truth: epi'):
        read_predictions(path, truth)


def test_files_without_classes_are_said_to_have_none(
    tmp_path: Path, images: Path, caplog: pytest.LogCaptureFixture
) -> None:
    truth = read_ground_truth(folder(tmp_path / 'gt', 'geojson'), images=images)
    read_predictions(folder(tmp_path / 'pred', 'label map'), truth)
    assert 'a.tif: names no classes' in caplog.text


def test_a_picture_beside_masks_is_the_image(tmp_path: Path) -> None:
    for name in ('gt', 'pred'):
        folder(tmp_path / name, 'masks of Cellpose')
        tifffile.imwrite(
            tmp_path / name / 'a.tif',
            np.random.default_rng(0).integers(60, 200, (40, 50), np.uint8),
        )
    assert evaluate(tmp_path / 'gt', tmp_path / 'pred', n_resamples=0).scores['nuclei/aji'] == 1
    (tmp_path / 'gt' / 'a_cp_masks.png').unlink()
    with pytest.raises(UserError, match=r'^a.tif: looks like a picture'):
        evaluate(tmp_path / 'gt', tmp_path / 'pred', n_resamples=0)


def test_of_several_formats_the_best_is_read_and_the_others_told(
    tmp_path: Path, images: Path, caplog: pytest.LogCaptureFixture
) -> None:
    truth = read_ground_truth(folder(tmp_path / 'gt', 'geojson'), images=images)
    results = folder(tmp_path / 'pred', 'geojson')
    NUCLEI[:1].save(results / 'a.labels.tif')
    NUCLEI.save(results / 'a.csv')
    pred, _ = read_predictions(results, truth)
    assert len(pred.images) == 3
    assert 'a.labels.tif: passed over, the QuPath GeoJSON is read' in caplog.text
    NUCLEI[:1].save(results / 'a.tif.geojson')
    with pytest.raises(
        UserError, match=r'a.geojson and a.tif.geojson belong to one image: keep one'
    ):
        read_predictions(results, truth)


def test_equal_names_in_different_folders_stay_apart(tmp_path: Path) -> None:
    for side in ('gt', 'pred'):
        for count, name in enumerate(('p1', 'p2'), 1):
            folder(
                tmp_path / side / name,
                'label map' if side == 'gt' else 'masks of Cellpose',
                NUCLEI[:count],
            )
    truth = read_ground_truth(tmp_path / 'gt')
    assert [image.file_name for image in truth.images] == ['p1/a.tif', 'p2/a.tif']
    pred, mentioned = read_predictions(tmp_path / 'pred', truth)
    assert mentioned == []
    assert pred.images.tolist() == truth.gt.images.tolist() == [1, 2, 2]
    folder(tmp_path / 'flat', 'geojson')
    with pytest.raises(
        UserError, match=r'a.geojson may be p1/a.tif or p2/a.tif of the ground truth'
    ):
        read_predictions(tmp_path / 'flat', truth)


def test_outlines_of_another_image_are_refused(tmp_path: Path, images: Path) -> None:
    truth = read_ground_truth(folder(tmp_path / 'gt', 'label map'), images=images)
    path = tmp_path / 'pred' / 'a.geojson'
    far = [[[x / 50, y / 40] for x, y in ((1, 1), (9, 1), (9, 9))]]
    path.parent.mkdir()
    path.write_text(json.dumps([{'geometry': {'type': 'Polygon', 'coordinates': far}}]))
    with pytest.raises(
        UserError, match=r'none of its 1 outline holds a pixel of the image of 50 x 40'
    ):
        read_predictions(path, truth)


FAULTS: dict[str, tuple[str, bytes, str]] = {
    'another image': ('b.geojson', b'[]', r'1 of no image of the ground truth: b.geojson'),
    'no json': ('a.geojson', b'{', r'a.geojson: is no json'),
    'a COCO file in a folder': ('a.json', b'{"images": [], "annotations": []}', 'is a COCO file'),
    'no zip': ('a_rois.zip', b'x', r'a_rois.zip: is neither'),
    'another size': ('a.npy', b'', r'a.npy is 3 x 3, its image 40 x 50'),
}


@pytest.mark.parametrize('name', FAULTS)
def test_faults(tmp_path: Path, images: Path, name: str) -> None:
    truth = read_ground_truth(folder(tmp_path / 'gt', 'label map'), images=images)
    file, data, told = FAULTS[name]
    (tmp_path / 'pred').mkdir()
    (tmp_path / 'pred' / file).write_bytes(data)
    if file == 'a.npy':
        np.save(tmp_path / 'pred' / file, np.eye(3, dtype=int))
    with pytest.raises(UserError, match=told):
        read_predictions(tmp_path / 'pred', truth)


def test_images_that_are_not_there_are_told(tmp_path: Path) -> None:
    truth = folder(tmp_path / 'gt', 'geojson')
    with pytest.raises(UserError, match='no such images'):
        read_ground_truth(truth, images=tmp_path / 'missing')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(UserError, match='holds no images'):
        read_ground_truth(truth, images=tmp_path / 'empty')
    with pytest.raises(UserError, match='holds no label maps or outlines'):
        read_ground_truth(tmp_path / 'empty')


def test_files_without_nuclei_say_that_there_are_none(tmp_path: Path) -> None:
    empty = Nuclei.empty(40, 50)
    for name in ('geojson', 'hovernet', 'cellpose'):
        folder(tmp_path / name, name, empty)
    truth = read_ground_truth(folder(tmp_path / 'gt', 'label map', empty))
    for name in ('geojson', 'hovernet', 'cellpose'):
        pred, missing = read_predictions(tmp_path / name, truth)
        assert (len(pred.images), missing) == (0, [])


def test_our_own_geojson_says_how_large_its_image_is(tmp_path: Path) -> None:
    truth, results = folder(tmp_path / 'gt', 'geojson'), folder(tmp_path / 'pred', 'roi')
    card = evaluate(truth, results, n_resamples=0)
    assert card.scores['nuclei/aji'] == 1


def test_capitals_make_no_other_class(tmp_path: Path, images: Path) -> None:
    truth = read_ground_truth(folder(tmp_path / 'gt', 'geojson'), images=images)
    path = folder(tmp_path / 'pred', 'geojson') / 'a.geojson'
    first = truth.classes[0]
    path.write_text(path.read_text().replace(f'"{first}"', f'" {first.upper()}"'))
    assert read_predictions(path, truth)[0].labels.tolist() == [0, 1, 0]
