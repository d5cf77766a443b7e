"""The hook's settings become tiles and rules of merging."""

from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from mmnuc.engine.hooks.segment import SegmentHook, WholeImages
from mmnuc.errors import UserError
from mmnuc.images import Picture
from mmnuc.inference.tiles import DEFAULT_RULES, segment_tiles
from mmnuc.registry import HOOKS
from mmnuc.structures import Nuclei
from mmnuc.structures.host import POST_PROCESSED

MERGING: dict[str, tuple[dict[str, Any], int]] = {
    'by default': ({}, 1),
    'asked for': (dict(merge=True), 1),
    'asked for by the old key': (dict(mend=True), 1),
    'not wanted': (dict(merge=False), 2),
    'not wanted by the old key': (dict(mend=False), 2),
    'the old key of a config, and the new one on the command line': (
        dict(mend=True, merge=False),
        2,
    ),
}


def dark(tiles: list[np.ndarray]) -> list[Nuclei]:
    return [Nuclei.from_label_map((tile[..., 0] < 128).astype(int)) for tile in tiles]


@pytest.mark.parametrize(('settings', 'count'), MERGING.values(), ids=MERGING)
def test_merges_what_tiles_cut(settings: dict[str, Any], count: int) -> None:
    hook = HOOKS.build(dict(type='mmnuc.SegmentHook', tile=8, **settings))
    assert isinstance(hook, SegmentHook)
    rules = hook.tiling.rules
    assert (rules == DEFAULT_RULES) == (count == 1)
    assert count == 1 or (rules.overlap, rules.contact) == (inf, inf)
    image = np.full((8, 16, 3), 255, np.uint8)
    image[2:6, 5:11] = 0
    assert len(segment_tiles(Picture(image), dark, hook.tiling)) == count


def test_an_overlap_that_does_not_fit() -> None:
    with pytest.raises(ValueError, match='overlap of 8 pixels does not fit tiles of 8'):
        SegmentHook(tile=8, overlap=8)


class Sample:
    """What the hook needs of mmdet's samples."""

    def __init__(self, path: str) -> None:
        self.img_path = path
        self.metainfo: dict[str, Any] = {}

    def clone(self) -> 'Sample':
        return Sample(self.img_path)

    def set_metainfo(self, about: dict[str, Any]) -> None:
        self.metainfo.update(about)


class Dark:
    """Finds what is dark; trained at 0.25 µm."""

    pixel_size, diameter = 0.25, 20.0

    def __init__(self) -> None:
        self.seen: list[tuple[int, ...]] = []

    def __call__(self, tiles: list[np.ndarray]) -> list[Nuclei]:
        self.seen += [tile.shape[:2] for tile in tiles]
        return dark(tiles)


@pytest.fixture
def image(tmp_path: Path) -> str:
    """A file of 0.5 µm with a dark square."""
    pixels = np.full((20, 30, 3), 255, np.uint8)
    pixels[4:10, 6:12] = 0
    resolution = dict(resolution=(20_000, 20_000), resolutionunit='CENTIMETER')
    tifffile.imwrite(tmp_path / 'a.tif', pixels, **resolution)
    return str(tmp_path / 'a.tif')


SEEN = {
    'as it is': ({}, (20, 30), None),
    'of a stated size': (dict(pixel_size=0.5), (40, 60), (40, 60)),
    'not square': (dict(pixel_size=[0.5, 0.25]), (20, 60), (20, 60)),
    "of the file's size": (dict(pixel_size='auto'), (40, 60), (40, 60)),
    'at the size of the model': (dict(pixel_size=0.26), (20, 30), None),
    'by its nuclei': (dict(diameter=40), (10, 15), (10, 15)),
}


@pytest.mark.parametrize(('settings', 'seen', 'finished'), SEEN.values(), ids=SEEN)
def test_images_are_seen_at_the_scale_of_the_model(
    image: str, settings: dict[str, Any], seen: tuple[int, int], finished: tuple[int, int] | None
) -> None:
    """Results are in the image's own pixels, post-processed at the model's scale, once."""
    sizes: list[tuple[int, int]] = []

    def finish(nuclei: Nuclei) -> Nuclei:
        sizes.append((nuclei.height, nuclei.width))
        return nuclei

    hook, model = SegmentHook(**settings), Dark()
    pipeline = [dict(type='mmnuc.LoadNucleiImage')]
    images = WholeImages(model, hook.tiling, pipeline, hook.seeing, finish)
    (done,) = images(dict(data_samples=[Sample(image)]))
    assert model.seen == [seen]
    assert sizes == ([] if finished is None else [finished])
    assert bool(done.metainfo.get(POST_PROCESSED)) == (finished is not None)
    assert done.pred_instances.bboxes.tolist() == [[6, 4, 12, 10]]
    assert (done.pred_instances.masks.height, done.pred_instances.masks.width) == (20, 30)


@pytest.mark.parametrize('size', [0, -1, [1, 2, 3], [0.5], 'large'])
def test_sizes_that_are_none(size: Any) -> None:
    with pytest.raises(UserError, match='pixel_size'):
        SegmentHook(pixel_size=size)
