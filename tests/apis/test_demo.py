"""The demo, in small: everything it promises is there, and the terminal stays readable."""

import io
from pathlib import Path

import cv2
import pytest

from mmnuc.apis.demo import ProgressLines, demo_config, run_demo, score_table
from mmnuc.converters.synthetic.dataset import Plan
from mmnuc.errors import UserError
from mmnuc.evaluation.submission.formats import FORMATS
from mmnuc.evaluation.submission.images import read_images

CONFIG = Path(__file__).parents[2] / 'configs/mask_rcnn/mask-rcnn_r18_fpn-light_demo_synthetic.py'
SMALL = Plan(seed=1, train=2, val=1, test=2, train_size=64, test_size=96)


@pytest.fixture(scope='module')
def small_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('configs') / 'small.py'
    path.write_text(
        f'_base_ = [{str(CONFIG)!r}]\n'
        'train_cfg = dict(max_iters=2, val_interval=2)\n'
        'train_dataloader = dict(batch_size=1, num_workers=0, persistent_workers=False)\n'
        'val_dataloader = dict(num_workers=0, persistent_workers=False)\n'
        'test_dataloader = dict(num_workers=0)\n'
        'default_hooks = dict(logger=dict(interval=1))\n'
        'param_scheduler = []\n'
    )
    return path


def test_demo(small_config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = run_demo(small_config, tmp_path / 'demo', SMALL)
    said = capsys.readouterr().out
    demo = tmp_path / 'demo'
    images = read_images(demo / 'data' / 'test.json')
    assert FORMATS['vrdl2021'].validate((demo / 'answer.json').read_bytes(), images).valid
    overlays = sorted(path.name for path in (demo / 'overlays').iterdir())
    assert overlays == ['test_001.png', 'test_002.png']
    # Truth and prediction side by side.
    picture = cv2.imread(str(demo / 'overlays' / 'test_001.png'))
    assert picture.shape[1] > 1.5 * picture.shape[0]
    assert cv2.imread(str(demo / 'curve.png')) is not None
    assert (demo / 'scores.txt').read_text().strip() in said
    assert 0 <= scores['coco/segm_mAP_50'] <= 1
    assert said.splitlines()[-1].endswith(str(demo))
    assert len(said.splitlines()) < 15
    histology = sorted(path.name for path in (demo / 'histology').iterdir())
    assert histology == ['predict.json', 'test_001.geojson', 'test_001.overlay.png']
    assert 'mmengine' in (demo / 'output.log').read_text()

    before = (demo / 'data' / 'train.json').stat().st_mtime_ns
    run_demo(small_config, demo, SMALL)
    assert 'are there already' in capsys.readouterr().out
    assert (demo / 'data' / 'train.json').stat().st_mtime_ns == before


def test_missing_config_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='no such config'):
        run_demo(tmp_path / 'none.py', tmp_path / 'demo', SMALL)


def test_foreign_data_is_left_alone(small_config: Path, tmp_path: Path) -> None:
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data' / 'mine.txt').write_text('mine')
    with pytest.raises(UserError, match='something else'):
        run_demo(small_config, tmp_path, SMALL)
    assert (tmp_path / 'data' / 'mine.txt').read_text() == 'mine'


def test_everything_is_in_one_folder(tmp_path: Path) -> None:
    cfg = demo_config(CONFIG, tmp_path)
    for split in ('train', 'val', 'test'):
        assert Path(cfg[f'{split}_dataloader'].dataset.data_root) == tmp_path / 'data'
    evaluators = [*cfg.val_evaluator, *cfg.test_evaluator]
    assert [Path(e.ann_file).relative_to(tmp_path).as_posix() for e in evaluators] == [
        'data/val.json',
        'data/val.json',
        'data/test.json',
        'data/test.json',
        'data/test.json',
    ]
    assert Path(evaluators[-1].outfile) == tmp_path / 'answer.json'


def test_table_shows_what_was_scored() -> None:
    keys = [f'coco/{kind}_mAP{at}' for kind in ('segm', 'bbox') for at in ('', '_50', '_75')]
    table = score_table(dict(zip(keys, (0.4, 0.8, 0.3, 0.5, 0.9, 0.2), strict=True)))
    assert [line.split() for line in table.splitlines()] == [
        ['AP', 'AP50', 'AP75'],
        ['masks', '0.400', '0.800', '0.300'],
        ['boxes', '0.500', '0.900', '0.200'],
    ]
    nuclei = {'nuclei/aji': 0.61, 'nuclei/pq': 0.5, 'nuclei/dice': 0.8}
    both = score_table(dict(zip(keys, (0.4,) * 6, strict=True)) | nuclei)
    assert both.splitlines()[-1] == 'nuclei   AJI 0.610   PQ 0.500   Dice 0.800'


@pytest.mark.parametrize(('seconds', 'lines'), [(0.0, 3), (1000.0, 0)])
def test_progress_lines(seconds: float, lines: int) -> None:
    class Training:
        iter = 0
        max_iters = 3

    out, runner = io.StringIO(), Training()
    hook = ProgressLines(out, seconds)
    hook.before_train(runner)
    for runner.iter in range(3):
        hook.after_train_iter(runner, runner.iter)
    assert len(out.getvalue().splitlines()) == lines
    assert ('3/3, 0:00:00 left' in out.getvalue()) == bool(lines)
