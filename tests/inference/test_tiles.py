"""Images of any size through a function of tiles."""

import numpy as np
import pytest

from mmnuc.images import Picture
from mmnuc.images.pixel_size import PixelSize
from mmnuc.inference.tiles import Tiling, segment_tiles
from mmnuc.structures import Nuclei


@pytest.mark.parametrize('size', [(501, 383), (64, 64), (1, 1), (90, 700)])
@pytest.mark.parametrize('tile', [64, 128, 333, 1024])
@pytest.mark.parametrize('batch_size', [1, 3])
def test_the_oracle_comes_back(
    oracle, painting, size: tuple[int, int], tile: int, batch_size: int
) -> None:
    truth = painting(*size, 300, 12)
    for overlap in (25, 40):
        tiling = Tiling(tile, overlap, batch_size)
        truth.check(segment_tiles(Picture(truth.rgb), oracle(), tiling))
        truth.check(segment_tiles(Picture(truth.rgb), oracle(stride=8), tiling))


def test_the_whole_image_at_once(oracle, painting) -> None:
    truth, model = painting(70, 50, 20, 9), oracle()
    truth.check(segment_tiles(Picture(truth.rgb), model))
    assert model.batches == [[(70, 50, 3)]]


def test_batches_and_strides(oracle) -> None:
    model = oracle(stride=32)
    image = Picture(np.zeros((100, 300, 3), np.uint8))
    segment_tiles(image, model, Tiling(100, 20, batch_size=2))
    assert [len(batch) for batch in model.batches] == [2, 2, 1]
    starts = Tiling(100, 20).grid(100, 300, 32).boxes_xyxy[:, 0]
    assert starts.tolist() == [0, 64, 128, 192, 224]


def test_parts_stay_as_they_were_asked_for() -> None:
    assert Tiling(50, 0).grid(100, 100, 32).boxes_xyxy[:, :2].tolist() == [
        [0, 0],
        [50, 0],
        [0, 50],
        [50, 50],
    ]


def test_an_image_is_read_row_by_row(oracle) -> None:
    """Of a large image only one row of tiles is asked for at a time."""
    read = []

    class Slide:
        height, width = 4096, 64

        def read(self, x1: int, y1: int, x2: int, y2: int) -> np.ndarray:
            read.append((y1, y2))
            return np.zeros((y2 - y1, x2 - x1, 3), np.uint8)

    segment_tiles(Slide(), oracle(), Tiling(64, 16))
    assert read == sorted(read)
    assert max(y2 - y1 for y1, y2 in read) == 64


def test_post_processing_sees_the_whole_image(oracle, painting) -> None:
    model = oracle()
    model.finish = lambda nuclei: nuclei[:1]
    image = Picture(painting(100, 100, 30, 8).rgb)
    found = segment_tiles(image, model, Tiling(40, 20), pixel_size=0.25)
    assert len(found) == 1
    assert found.pixel_size == PixelSize(0.25, 0.25)


def named(name: str) -> Nuclei:
    return Nuclei.empty(8, 8, class_names=(name,))


WRONG = {
    'too few answers': (lambda _: [], 'answered 0 times to 1 tiles'),
    'no nuclei': (lambda _: [3], 'must return Nuclei, not int'),
    'another size': (lambda _: [Nuclei.empty(4, 5)], 'for a tile of 8 x 8 pixels'),
}


@pytest.mark.parametrize(('model', 'message'), WRONG.values(), ids=WRONG)
def test_says_what_is_wrong_with_an_answer(model, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        segment_tiles(Picture(np.zeros((8, 8, 3), np.uint8)), model)


def test_says_that_classes_change() -> None:
    answers = iter(['a', 'b'])
    image = Picture(np.zeros((8, 16, 3), np.uint8))
    with pytest.raises(ValueError, match='names its classes differently'):
        segment_tiles(image, lambda _: [named(next(answers))], Tiling(8))


BAD_TILINGS = {
    'overlap as large as a tile': (dict(tile=64, overlap=64), 'overlap of 64'),
    'negative overlap': (dict(tile=64, overlap=-1), 'overlap of -1'),
    'no batch': (dict(batch_size=0), 'at least one tile'),
}


@pytest.mark.parametrize(('settings', 'message'), BAD_TILINGS.values(), ids=BAD_TILINGS)
def test_says_what_is_wrong_with_tiles(settings: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Tiling(**settings)


def test_a_tile_below_the_stride() -> None:
    with pytest.raises(ValueError, match='below the stride of the network, 32'):
        Tiling(16).grid(100, 100, 32)
