"""One file a nucleus: what is a mask and what is not."""

import cv2
import numpy as np
import pytest
from PIL import Image

from mmnuc.converters.mask_files import find_units, list_units, read_mask
from mmnuc.converters.record import SourceError
from mmnuc.converters.source import File, open_tree

INSIDE = np.zeros((20, 30), np.uint8)
INSIDE[5:9, 7:12] = 1
INSIDE[5, 7] = 0

GOOD = {
    '0 and 1': INSIDE,
    '0 and 255': INSIDE * 255,
    '0 and 65535': INSIDE * np.uint16(65535),
    'grey in three channels': np.dstack([INSIDE * 255] * 3),
    'grey and opaque': np.dstack([INSIDE * 255] * 3 + [np.full_like(INSIDE, 255)]),
}

HALF = INSIDE * 255
HALF[6, 8] = 128
BAD = {
    'two values inside': (HALF, 'non-binary', 'values 0, 128, 255'),
    'one odd value inside': (INSIDE * 7, 'non-binary', 'values 0, 7'),
    'in colour': (np.dstack([INSIDE * 255, INSIDE, INSIDE]), 'unreadable', 'colour'),
    'of another size': (INSIDE[:, :-1] * 255, 'wrong-size', '29x20, the image has 30x20'),
}


@pytest.mark.parametrize('pixels', GOOD.values(), ids=GOOD.keys())
@pytest.mark.parametrize('suffix', ['png', 'tif'])
def test_masks_come_as_tight_crops(tree, pixels: np.ndarray, suffix: str) -> None:
    tree.write(f'm.{suffix}', pixels)
    mask = read_mask(File(str(tree.root), f'm.{suffix}'), 20, 30)
    assert (mask.x, mask.y) == (7, 5)
    assert np.array_equal(mask.pixels, INSIDE[5:9, 7:12])


@pytest.mark.parametrize(('pixels', 'kind', 'told'), BAD.values(), ids=BAD.keys())
def test_what_is_no_mask_is_told(tree, pixels: np.ndarray, kind: str, told: str) -> None:
    tree.write('m.png', pixels)
    with pytest.raises(SourceError) as caught:
        read_mask(File(str(tree.root), 'm.png'), 20, 30)
    assert (caught.value.fault.kind, caught.value.fault.file) == (kind, 'm.png')
    assert told in caught.value.fault.detail


def test_one_bit_is_enough(tree) -> None:
    Image.fromarray(INSIDE > 0).save(tree.path('m.png'))
    assert np.array_equal(
        read_mask(File(str(tree.root), 'm.png'), 20, 30).pixels, INSIDE[5:9, 7:12]
    )


def test_a_mask_of_nothing_has_no_pixels(tree) -> None:
    tree.write('m.png', INSIDE * 0)
    assert read_mask(File(str(tree.root), 'm.png'), 20, 30).pixels.size == 0


@pytest.mark.parametrize('suffix', ['png', 'tif'])
def test_a_truncated_mask_is_refused(tree, suffix: str) -> None:
    tree.write(f'm.{suffix}', INSIDE * 255)
    tree.truncate(f'm.{suffix}', 0.9)
    with pytest.raises(SourceError, match='unreadable'):
        read_mask(File(str(tree.root), f'm.{suffix}'), 20, 30)


def test_every_real_mask_is_read_as_opencv_reads_it(shared) -> None:
    tree = open_tree(shared / 'data' / 'dsb2018_stage1_train.zip')
    for unit in find_units(tree)[:200:50]:
        for file in unit.masks:
            dense = cv2.imdecode(np.frombuffer(file.read(), np.uint8), cv2.IMREAD_UNCHANGED)
            mask = read_mask(file, *dense.shape)
            h, w = mask.pixels.shape
            again = np.zeros_like(dense)
            again[mask.y : mask.y + h, mask.x : mask.x + w] = mask.pixels * 255
            assert np.array_equal(again, dense)


def test_units_pair_images_and_masks_or_say_why_not(tree) -> None:
    tree.image('good/images/a.png')
    tree.mask('good/masks/1.png', (1, 1, 3, 3))
    tree.bytes('good/masks/readme.txt', b'')
    tree.image('nothing/images/b.png')
    tree.path('nothing/masks/x').parent.mkdir(exist_ok=True)
    tree.image('forgotten/images/c.png')
    tree.mask('orphan/masks/1.png', (1, 1, 3, 3))
    tree.image('twins/images/d.png')
    tree.image('twins/images/e.png')
    records, faults = list_units(find_units(open_tree(tree.root)))
    assert [(r.file_name, len(r.annotation)) for r in records] == [('a.png', 1), ('b.png', 0)]
    assert {fault.kind: fault.file for fault in faults} == {
        'ignored-file': 'good/masks/readme.txt',
        'image-without-masks': 'forgotten/images/c.png',
        'masks-without-image': 'orphan/masks',
        'ambiguous': 'twins/images',
    }
