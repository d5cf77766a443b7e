"""Measure what it is worth to read images at the scale of the model, on tiles of 40x made 20x.

Tiles of 20x are means of 2 x 2 pixels; their truth is brought to their pixels. AJI of the histology
model's predictions of score 0.5 and more.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

import cv2  # noqa: E402
import numpy as np  # noqa: E402
import tifffile  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from pycocotools import mask as coco_mask  # noqa: E402
from scipy.io import loadmat  # noqa: E402

from mmnuc.apis import Model, load  # noqa: E402
from mmnuc.apis.segmentation import find  # noqa: E402
from mmnuc.cli.run import run  # noqa: E402
from mmnuc.evaluation.functional import aggregated_jaccard_index  # noqa: E402
from mmnuc.ops.codecs.label_map import label_map_to_crops  # noqa: E402
from mmnuc.ops.crops import Crops  # noqa: E402
from mmnuc.ops.crops.resample import resize  # noqa: E402
from mmnuc.ops.crops.rescale import rescale  # noqa: E402
from mmnuc.structures import Nuclei  # noqa: E402

MICROMETRES = 0.25
CONSEP = (1, 3, 5, 8, 10, 13, 14, 16, 19, 22, 25, 27)


@dataclass(frozen=True)
class Tile:
    """A tile at 40x: its name, its pixels and its true nuclei."""

    name: str
    rgb: NDArray[np.uint8]
    truth: Crops

    def at(self, factor: float) -> Tile:
        """The tile as another objective would have seen it."""
        if factor == 1:
            return self
        side = [round(length * factor) for length in self.rgb.shape[:2]]
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        rgb = cv2.resize(self.rgb, side[::-1], interpolation=how)
        return Tile(self.name, rgb.astype(np.uint8), rescale(self.truth, *side))

    def aji(self, nuclei: Nuclei) -> float:
        """Score nuclei in pixels of this tile."""
        return aggregated_jaccard_index(self.truth, nuclei.crops, nuclei.scores)


def tiles(vrdl: Path, consep: Path) -> Iterator[Tile]:
    """Give the tiles of VRDL 2021 that the model was not trained on, and some of CoNSeP."""
    yield from of_coco(vrdl)
    yield from consep_tiles(consep, CONSEP)


def of_coco(folder: Path) -> Iterator[Tile]:
    """Give the tiles that `mmnuc convert --val` kept aside."""
    content = json.loads((folder / 'val.json').read_text())
    by_image: dict[int, list[dict[str, object]]] = {image['id']: [] for image in content['images']}
    for entry in content['annotations']:
        by_image[entry['image_id']].append(entry)
    for image in content['images']:
        label_map = np.zeros((image['height'], image['width']), np.int32)
        for number, entry in enumerate(by_image[image['id']], start=1):
            label_map[_mask(entry['segmentation'], label_map.shape) > 0] = number
        rgb = cv2.imread(str(folder / 'images' / image['file_name']))[..., ::-1]
        truth = label_map_to_crops(label_map)[0]
        yield Tile(image['file_name'][:12], np.ascontiguousarray(rgb), truth)


def consep_tiles(consep: Path, numbers: Iterable[int]) -> Iterator[Tile]:
    """Give training tiles of CoNSeP, by their numbers."""
    with zipfile.ZipFile(consep) as archive:
        for number in numbers:
            data = archive.read(f'CoNSeP/Train/Images/train_{number}.png')
            rgb = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
            labels = loadmat(io.BytesIO(archive.read(f'CoNSeP/Train/Labels/train_{number}.mat')))
            truth = label_map_to_crops(labels['inst_map'].astype(np.int32))[0]
            yield Tile(f'CoNSeP train_{number}', np.ascontiguousarray(rgb), truth)


def _mask(segmentation: object, size: tuple[int, ...]) -> NDArray[np.uint8]:
    if isinstance(segmentation, list):
        segmentation = coco_mask.merge(coco_mask.frPyObjects(segmentation, *size))
    elif isinstance(segmentation, dict) and isinstance(segmentation['counts'], list):
        segmentation = coco_mask.frPyObjects(segmentation, *size)
    mask: NDArray[np.uint8] = coco_mask.decode(segmentation)
    return mask


def by_pixel_size(model: Model, tile: Tile) -> list[float]:
    """AJI at 40x and of four ways at 20x."""
    half = tile.at(0.5)
    side = tile.rgb.shape[1::-1]
    large = cv2.resize(half.rgb, side, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    by_hand = _found(model, large)
    back = resize(by_hand.crops, *half.rgb.shape[:2])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'tile.tif'
        per_centimetre = 1e4 / (2 * MICROMETRES)
        resolution = (per_centimetre, per_centimetre)
        tifffile.imwrite(path, half.rgb, resolution=resolution, resolutionunit='CENTIMETER')
        scaled = find(path, model, score_threshold=0.5).nuclei
    return [
        tile.aji(_found(model, tile.rgb)),
        half.aji(_found(model, half.rgb)),
        tile.aji(by_hand),
        half.aji(Nuclei(back, by_hand.scores, by_hand.labels)),
        half.aji(scaled),
    ]


def _found(model: Model, rgb: NDArray[np.uint8]) -> Nuclei:
    return find(rgb, model, score_threshold=0.5).nuclei


def middle(tile: Tile, side: int) -> Tile:
    """The middle of a tile, or all of a smaller one."""
    height, width = tile.rgb.shape[:2]
    high, wide = min(side, height), min(side, width)
    top, left = (height - high) // 2, (width - wide) // 2
    nuclei = Nuclei.of_crops(tile.truth).translate(-left, -top, high, wide)
    rgb = np.ascontiguousarray(tile.rgb[top : top + high, left : left + wide])
    return Tile(tile.name, rgb, nuclei.crops)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('vrdl', type=Path, help='VRDL 2021 as `mmnuc convert --val 0.2` wrote it')
    parser.add_argument('consep', type=Path, help='consep_train.zip')
    parser.add_argument('--out', type=Path, help='file for the table, in Markdown')
    options = parser.parse_args(argv)
    model = load(device='cpu')
    rows, sums = [], []
    for tile in tiles(options.vrdl, options.consep):
        scores = by_pixel_size(model, tile)
        sums.append(scores)
        rows.append([tile.name, *(f'{score:.3f}' for score in scores)])
        print(*rows[-1], file=sys.stderr, flush=True)
    rows.append(['mean', *(f'{score:.3f}' for score in np.mean(sums, axis=0))])
    head = ['40x', '20x as it is', 'by hand, at 40x', 'by hand', 'scaled']
    lines = [' | '.join(row) for row in (['tile', *head], ['---'] * (len(head) + 1), *rows)]
    table = '\n'.join(f'| {line} |' for line in lines)
    print(table)
    if options.out:
        options.out.write_text(table + '\n')


if __name__ == '__main__':
    run(main)
