"""The pictures of the gallery: each a function from the folder of a demo to an RGB image."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mmnuc.apis.demo import demo_config
from mmnuc.apis.models import load
from mmnuc.apis.report import report
from mmnuc.apis.segmentation import segment
from mmnuc.evaluation.functional.errors import ErrorClass, classify_errors
from mmnuc.ops.codecs.rle import rles_to_crops
from mmnuc.ops.crops import Crops, take
from mmnuc.ops.drawing.draw import draw_instances
from mmnuc.ops.stain.hed import jitter_hed
from mmnuc.ops.stain.macenko import normalize_macenko
from mmnuc.ops.stain.reinhard import normalize_reinhard
from mmnuc.stitching.grid import Grid
from mmnuc.visualization.browse import browse_dataset
from mmnuc.visualization.panels import contact_sheet
from mmnuc.visualization.text import add_caption
from mmnuc.visualization.training_curve import plot_runs

Image = NDArray[np.uint8]

CONFIG = (
    Path(__file__).resolve().parents[2]
    / 'configs/mask_rcnn/mask-rcnn_r18_fpn-light_demo_synthetic.py'
)
SURE = 0.5  # score from which a nucleus is shown
# Okabe and Ito's colours: told apart by everyone.
ERROR_COLORS = {
    ErrorClass.HIT: (0, 158, 115),
    ErrorClass.MERGED: (240, 228, 66),
    ErrorClass.SPLIT: (86, 180, 233),
    ErrorClass.DUPLICATE: (204, 121, 167),
    ErrorClass.BADLY_OUTLINED: (230, 159, 0),
    ErrorClass.MISSED: (213, 94, 0),
    ErrorClass.INVENTED: (0, 0, 0),
}


def tile(run: Path) -> Image:
    """A test tile of the demo, as it was generated."""
    return add_caption(_read(_tiles(run)[0]), 'a synthetic tile', '512 x 512 pixels, seed 0')


def overlay(run: Path) -> Image:
    """The same tile with what the histology model finds on it."""
    image = _read(_tiles(run)[0])
    nuclei = _found(_tiles(run)[0])
    drawn = draw_instances(image, nuclei.crops, scale=2)
    return add_caption(drawn, f'{len(nuclei)} nuclei', 'histology, the model that comes along')


def errors(run: Path) -> Image:
    """True nuclei beside predictions of the demo's own model, each in the colour of its class."""
    name = _tiles(run)[0].name
    gt, _ = _annotated(run / 'data/test.json', run / 'data/test.json', name)
    pred, scores = _annotated(run / 'answer.json', run / 'data/test.json', name)
    sure = np.flatnonzero(scores >= SURE)
    pred, scores = take(pred, sure), scores[sure]
    found = classify_errors(gt, pred, scores)
    image = _read(_tiles(run)[0])
    left = _colored(image, gt, found.gt, 'ground truth')
    right = _colored(image, pred, found.pred, 'prediction')
    return np.concatenate([left, np.full((len(left), 6, 3), 24, np.uint8), right], axis=1)


def report_page(run: Path) -> Image:
    """The report on the demo's answer, as a browser shows it."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which('chromium') or shutil.which('chromium-browser')
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        file = Path(folder) / 'demo.html'
        report(run / 'data/test.json', run / 'answer.json', file)
        browser = play.chromium.launch(executable_path=chromium, args=['--no-sandbox'])
        page = browser.new_page(viewport={'width': 1280, 'height': 1000})
        page.goto(file.as_uri())
        page.wait_for_timeout(500)
        png = page.screenshot()
        browser.close()
    return _decode(png)


def browse(run: Path) -> Image:
    """What the network sees: training tiles after the pipeline, with their ground truth."""
    cfg = demo_config(CONFIG, run)
    with tempfile.TemporaryDirectory() as folder:
        return _read(browse_dataset(cfg, 'train', Path(folder), raw=False, limit=6)[-1])


def tiles_and_seams(run: Path) -> Image:
    """Four tiles that share 96 pixels; nuclei that reach into what is shared are filled."""
    path = _tiles(run)[1]
    image = _read(path)
    grid = Grid(*image.shape[:2], tile_hw=(304, 304), overlap=96)
    nuclei = segment(path, _model(), tile=304, overlap=96)
    nuclei = nuclei[nuclei.scores >= SURE]
    shared = _shared(grid)
    on_seam = np.array([shared[y1:y2, x1:x2].any() for x1, y1, x2, y2 in nuclei.boxes_xyxy])
    colors = np.where(on_seam[:, None], (230, 120, 0), (0, 110, 180)).astype(np.uint8)
    # What tiles share is a little lighter.
    lit = np.where(shared[..., None], 255 - (255 - image) // 10 * 7, image).astype(np.uint8)
    drawn = draw_instances(lit, nuclei.crops, colors=colors, fill=0.35, scale=2)
    for x1, y1, x2, y2 in (grid.boxes_xyxy * 2).tolist():
        cv2.rectangle(drawn, (x1 + 1, y1 + 1), (x2 - 2, y2 - 2), (30, 30, 30), 2)
    return add_caption(
        drawn, f'4 tiles, {len(nuclei)} nuclei', f'{on_seam.sum()} reach into what tiles share'
    )


def training_curve(run: Path) -> Image:
    """Losses, learning rate and scores of the demo's training."""
    with tempfile.TemporaryDirectory() as folder:
        return _read(plot_runs([run], Path(folder) / 'curve.png'))


def stain(run: Path) -> Image:
    """The bluest and the reddest tile as they are, normalised in two ways, and jittered."""
    steps: dict[str, Callable[[Image], Image]] = {
        'as scanned': lambda image: image,
        'Macenko': normalize_macenko,
        'Reinhard': normalize_reinhard,
        'HED jitter': lambda image: jitter_hed(image, np.array([0.7, 1.3, 1.0]), np.zeros(3)),
    }
    images = [_read(path)[:256, :256] for path in sorted((run / 'data/images').glob('*.png'))]
    images.sort(key=lambda image: float(image[..., 0].mean() - image[..., 2].mean()))
    crops = [np.ascontiguousarray(image) for image in (images[0], images[-1])]
    panels = [add_caption(step(crop), name) for crop in crops for name, step in steps.items()]
    return contact_sheet(panels, columns=len(steps))


ALL: dict[str, Callable[[Path], Image]] = {
    'tile': tile,
    'overlay': overlay,
    'errors': errors,
    'report': report_page,
    'browse': browse,
    'tiles': tiles_and_seams,
    'curve': training_curve,
    'stain': stain,
}


def _tiles(run: Path) -> list[Path]:
    return sorted((run / 'data/images').glob('test_*.png'))


def _read(path: Path) -> Image:
    return _decode(path.read_bytes())


def _decode(content: bytes) -> Image:
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


@cache
def _model() -> Any:
    return load(fast=False)  # the same pixels on every processor


def _found(path: Path) -> Any:
    nuclei = segment(path, _model())
    return nuclei[nuclei.scores >= SURE]


def _annotated(path: Path, images: Path, name: str) -> tuple[Crops, NDArray[np.float64]]:
    """Masks and scores of one image, of a COCO file or of a list of results."""
    image = next(i for i in json.loads(images.read_text())['images'] if i['file_name'] == name)
    content = json.loads(path.read_text())
    entries = content if isinstance(content, list) else content['annotations']
    own = [entry for entry in entries if entry['image_id'] == image['id']]
    rles = [entry['segmentation'] for entry in own]
    scores = np.array([entry.get('score', 1.0) for entry in own])
    return rles_to_crops(rles, image['height'], image['width']), scores


def _colored(image: Image, masks: Crops, classes: NDArray[np.int64], title: str) -> Image:
    """Masks in the colours of their classes, with a legend."""
    colors = np.array([ERROR_COLORS[ErrorClass(one)] for one in classes], np.uint8).reshape(-1, 3)
    drawn = draw_instances(image, masks, colors=colors, fill=0.45, scale=2)
    for row, one in enumerate(ErrorClass):
        text = f'{one.name.lower().replace("_", " ")} {int((classes == one).sum())}'
        y = 24 + 26 * row
        cv2.rectangle(drawn, (8, y - 16), (200, y + 8), (255, 255, 255), -1)
        cv2.rectangle(drawn, (12, y - 12), (28, y + 4), ERROR_COLORS[one], -1)
        cv2.putText(
            drawn, text, (36, y + 3), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0,) * 3, 1, cv2.LINE_AA
        )
    return add_caption(drawn, title)


def _shared(grid: Grid) -> NDArray[np.bool_]:
    """Pixels that more than one tile sees, of shape (H, W)."""
    seen = np.zeros((grid.height, grid.width), np.uint8)
    for x1, y1, x2, y2 in grid.boxes_xyxy.tolist():
        seen[y1:y2, x1:x2] += 1
    return seen > 1
