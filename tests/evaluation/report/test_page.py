"""The report in a headless browser: what a person clicks, and that nothing is left unanswered."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mmnuc.apis.report import report
from mmnuc.errors import UserError
from mmnuc.evaluation.report.page import write_report
from mmnuc.evaluation.results import read_ground_truth, read_predictions
from mmnuc.evaluation.scorecard import score_images
from mmnuc.ops.codecs.label_map import label_map_to_crops
from mmnuc.ops.codecs.rle import crops_to_rles

CHROMIUM = next(filter(None, map(shutil.which, ('chromium', 'chromium-browser'))), None)
SIDE = 400
NASTY = '<b>a&"\'{{ data }}.png'


def tile(count: int, shift: int) -> np.ndarray:
    """Squares of 6 pixels in a grid of 8."""
    label_map = np.zeros((SIDE, SIDE), np.int32)
    for number in range(count):
        y, x = divmod(number, SIDE // 8)
        label_map[8 * y + 1 : 8 * y + 7, 8 * x + 1 + shift : 8 * x + 7 + shift] = number + 1
    return label_map


def annotations(label_map: np.ndarray, image: int, category: dict) -> list[dict]:
    crops = label_map_to_crops(label_map)[0]
    rles, boxes = crops_to_rles(crops), crops.boxes_xyxy.tolist()
    return [
        dict(image_id=image, segmentation=rle, bbox=[x, y, 6, 6], area=36, iscrowd=0, **category)
        for rle, (x, y, _, _) in zip(rles, boxes, strict=True)
    ]


@pytest.fixture(scope='module')
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An image of two thousand nuclei and one of nine, whose name wants to be code."""
    folder = tmp_path_factory.mktemp('report')
    (folder / 'images').mkdir()
    names, counts = ('dense.png', NASTY), (2000, 9)
    truth, found = [], []
    for image, (name, count) in enumerate(zip(names, counts, strict=True), 1):
        grey = np.full((SIDE, SIDE, 3), 220, np.uint8)
        (folder / 'images' / name).write_bytes(cv2.imencode('.png', grey)[1].tobytes())
        truth += annotations(tile(count, 0), image, dict(category_id=1))
        found += annotations(tile(count - 2, 1), image, dict(category_id=1, score=0.75))
    content = dict(
        images=[
            dict(id=i, file_name=name, height=SIDE, width=SIDE) for i, name in enumerate(names, 1)
        ],
        annotations=[dict(entry, id=i) for i, entry in enumerate(truth, 1)],
        categories=[dict(id=1, name='nucleus')],
    )
    (folder / 'truth.json').write_text(json.dumps(content))
    (folder / 'found.json').write_text(json.dumps(found))
    return folder / 'truth.json', folder / 'found.json'


@pytest.fixture(scope='module')
def written(files: tuple[Path, Path]) -> Path:
    return report(*files, files[0].parent / 'report.html', n_resamples=20).path


def test_the_same_content_gives_the_same_page(files: tuple[Path, Path], tmp_path: Path) -> None:
    truth = read_ground_truth(files[0])
    predictions, _ = read_predictions(files[1], truth)
    card = score_images(truth.images, truth.gt, predictions, n_resamples=0)
    pages = [tmp_path / name for name in ('a.html', 'b.html')]
    for page in pages:
        write_report(page, 'one & two', truth, predictions, card, None)
    assert pages[0].read_bytes() == pages[1].read_bytes()
    assert '<title>one &amp; two' in pages[0].read_text()


def test_it_needs_nothing_else(written: Path) -> None:
    page = written.read_text()
    assert '{{ ' not in page.replace('{{ data }}', '')
    assert page.count('data:image/jpeg;base64,') == 2
    assert '<b>a' not in page
    for wanted in ('src="http', "src='http", 'href=', '@import', 'url('):
        assert wanted not in page


def test_without_images(files, tmp_path: Path) -> None:
    (tmp_path / 'truth.json').write_text(files[0].read_text())
    out = report(tmp_path / 'truth.json', files[1], tmp_path / 'r.html', n_resamples=0)
    assert '"picture":null' in out.path.read_text()


def test_bad_input(files, tmp_path: Path) -> None:
    for out, images, said in (
        (tmp_path / 'r.pdf', None, 'name it .html'),
        (tmp_path / 'no/r.html', None, 'there is no such folder'),
        (tmp_path / 'r.html', tmp_path / 'none', 'no such folder of images'),
    ):
        with pytest.raises(UserError, match=said):
            report(*files, out, images=images)


@pytest.fixture
def page(written: Path) -> Iterator[Any]:
    """The report, opened offline; whatever the console says is a failure."""
    if CHROMIUM is None:
        pytest.skip('needs Chromium: apt-get install chromium')
    playwright = pytest.importorskip('playwright.sync_api', reason='needs playwright')
    flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run']
    said: list[str] = []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        context = browser.new_context(viewport={'width': 1200, 'height': 900}, offline=True)
        opened = context.new_page()
        opened.on('console', lambda message: said.append(message.text))
        opened.on('pageerror', lambda error: said.append(str(error)))
        opened.goto(written.as_uri())
        opened.wait_for_function('window.report && window.report.viewer.picture')
        yield opened
        browser.close()
    assert said == []


def colours(page: Any) -> int:
    """Pixels of the canvas that are neither the grey of the image nor dark."""
    return page.evaluate(
        """async () => {
            const { canvas } = window.report.viewer;
            window.report.viewer.paint();
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
            copy.drawImage(canvas, 0, 0);
            const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
            let count = 0;
            for (let i = 0; i < data.length; i += 4) {
                const most = Math.max(data[i], data[i + 1], data[i + 2]);
                count += data[i + 3] > 0 && most - Math.min(data[i], data[i + 1], data[i + 2]) > 60;
            }
            return count;
        }"""
    )


def test_outlines_can_be_switched_off(page) -> None:
    both = colours(page)
    page.uncheck('#gt')
    one = colours(page)
    page.uncheck('#pred')
    assert both > one > 0 == colours(page)
    page.uncheck('#picture')
    page.check('#gt')
    assert colours(page) > 0


def test_classes_filter(page) -> None:
    both = colours(page)
    page.click('.chip[data-name="hit"]')
    assert page.get_attribute('.chip[data-name="hit"]', 'aria-pressed') == 'false'
    missed = colours(page)
    assert 0 < missed < both / 10
    page.dblclick('.chip[data-name="missed"]')
    assert colours(page) == missed
    assert page.inner_text('.chip[data-name="missed"]') == 'missed 2 / 0'


def test_hover_tells_score_and_size(page) -> None:
    view = page.evaluate('window.report.viewer.view')
    box = page.locator('#canvas').bounding_box()
    assert not page.is_visible('#card')
    page.mouse.move(
        box['x'] + view['x'] + 4 * view['scale'], box['y'] + view['y'] + 4 * view['scale']
    )
    card = page.inner_text('#card')
    assert card.splitlines() == ['prediction: hit', 'score 0.750 · size 36 px · IoU 0.714']
    page.uncheck('#pred')
    page.mouse.move(
        box['x'] + view['x'] + 3 * view['scale'], box['y'] + view['y'] + 4 * view['scale']
    )
    assert 'ground truth: hit' in page.inner_text('#card')


def test_zoom_and_move(page) -> None:
    scale = 'window.report.viewer.view.scale'
    fitted = page.evaluate(scale)
    box = page.locator('#canvas').bounding_box()
    page.mouse.move(box['x'] + 300, box['y'] + 200)
    page.mouse.wheel(0, -400)
    page.wait_for_function(f'{scale} > {2 * fitted}')
    page.mouse.down()
    before = page.evaluate('window.report.viewer.view.x')
    page.mouse.move(box['x'] + 350, box['y'] + 200)
    page.mouse.up()
    assert page.evaluate('window.report.viewer.view.x') == pytest.approx(before + 50)
    page.focus('#canvas')
    page.keyboard.press('0')
    assert page.evaluate(scale) == fitted
    page.keyboard.press('+')
    page.click('#out')
    assert page.evaluate(scale) == pytest.approx(fitted)


def test_images_are_ranked_and_opened(page) -> None:
    cells = 'document.querySelectorAll("#ranking tbody td:first-child")'
    names = f'Array.from({cells}, cell => cell.textContent)'
    assert page.evaluate(names) == [NASTY, 'dense.png']
    page.click('#ranking th button:has-text("aji") >> nth=0')
    assert page.evaluate(names) == ['dense.png', NASTY]
    page.click('#ranking tbody tr >> nth=1')
    assert page.evaluate('window.report.viewer.image.name') == NASTY
    assert page.inner_text('.chip[data-name="hit"]') == 'hit 7'
    page.click('#previous')
    assert page.evaluate('window.report.viewer.image.name') == 'dense.png'
    assert page.inner_text('#errors tbody tr >> nth=0').split('\t')[:2] == ['true nuclei', '2005']


def test_scores_and_upper_bound_are_shown(page) -> None:
    assert page.is_visible('#cap')
    assert 'vrdl2021/ap50' in page.inner_text('#scores')
    assert page.locator('.curves polyline').count() == 4
