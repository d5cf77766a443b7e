"""Cellpose's files as its code writes them, with pickles that are never run."""

import io
import pickle
from collections.abc import Callable
from pathlib import PosixPath

import cv2
import numpy as np
import pytest

from mmnuc.annotations.annotations import AnnotationError
from mmnuc.annotations.cellpose import is_seg_npy, read_cp_outlines, read_seg_npy
from mmnuc.ops.codecs.label_map import crops_to_label_map
from mmnuc.ops.crops import from_bitmaps, to_bitmaps

MASKS = np.zeros((20, 30), np.uint16)
MASKS[2:6, 3:9] = 1
MASKS[10:16, 12:22] = 2


def saved(content: object, version: tuple[int, int] | None = None) -> bytes:
    file = io.BytesIO()
    if version is None:
        np.save(file, content, allow_pickle=True)
    else:
        np.lib.format.write_array(file, np.array(content, object), version, allow_pickle=True)
    return file.getvalue()


def seg(**more: object) -> dict:
    """What masks_flows_to_seg and the window of Cellpose save."""
    flows = [np.zeros((1, 20, 30, 3), np.uint8), np.zeros((1, 20, 30), np.uint8), [], [], [[]]]
    return {
        'outlines': MASKS,
        'masks': MASKS,
        'chan_choose': [0, 0],
        'ismanual': np.zeros(2, bool),
        'filename': '/home/me/a.tif',
        'flows': flows,
        'est_diam': np.float32(17.3),
        'diameter': np.nan,
        'colors': np.zeros((2, 3), np.uint8),
        'normalize_params': {'lowhigh': None, 'percentile': [1.0, 99.0]},
        'current_channel': 2,
    } | more


CONTENTS = {
    'as it is': seg(),
    'with a path': seg(filename=PosixPath('/home/me/a.tif')),
    'of 32 bits': seg(masks=MASKS.astype(np.int32)),
    'a plane of a stack': seg(masks=MASKS[None]),
    'counted from -1': seg(masks=MASKS.astype(np.int16) - 1),
    'Fortran order': seg(masks=np.asfortranarray(MASKS)),
}


@pytest.mark.parametrize('content', CONTENTS.values(), ids=CONTENTS.keys())
def test_masks_are_read(content: dict) -> None:
    found = read_seg_npy(saved(content))
    assert np.array_equal(crops_to_label_map(found.crops), MASKS)


@pytest.mark.parametrize('version', [(1, 0), (2, 0), (3, 0)])
def test_every_version_of_the_header(version: tuple[int, int]) -> None:
    data = saved(seg(), version)
    assert is_seg_npy(data)
    assert len(read_seg_npy(data)) == 2


class Evil:
    def __reduce__(self) -> tuple:
        return (print, ('run!',))


BAD = {
    'something that runs': (saved(seg(flows=[Evil()])), 'wants builtins.print'),
    'numbers alone': (saved(MASKS), 'is no _seg.npy of Cellpose'),
    'no masks': (saved({'a': 1}), 'it holds no masks'),
    'masks of text': (saved(seg(masks='x')), 'it holds no masks'),
    'several objects': (saved(np.array([{}, {}], object)), 'not of one dict'),
    'a list': (saved(np.array([[]], object)), 'is no _seg.npy'),
    'objects within': (saved(seg(masks=np.array([1, None], object))), 'several objects'),
    'a volume': (saved(seg(masks=np.stack([MASKS] * 3))), 'not one plane'),
    'cut off': (saved(seg())[:-200], 'is no _seg.npy'),
    'empty': (b'', 'is no _seg.npy'),
    'a pickle': (pickle.dumps(seg()), 'is no _seg.npy'),
    'itself': (saved((lambda d: d.__setitem__('me', d) or d)(seg())), 'it holds itself'),
    'fractions': (saved(seg(masks=MASKS / 3)), 'fractional'),
}  # fmt: skip


@pytest.mark.parametrize(('data', 'told'), BAD.values(), ids=BAD.keys())
def test_what_is_no_seg_file_is_told_and_not_run(data: bytes, told: str, capsys) -> None:
    with pytest.raises(AnnotationError, match=told):
        read_seg_npy(data)
    assert capsys.readouterr().out == ''


def test_outlines_as_text_come_back(make_solid: Callable) -> None:
    masks = make_solid(20)
    lines = []
    for mask in masks:
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        lines.append(','.join(map(str, max(contours, key=len).flatten())))
    found = read_cp_outlines('\n'.join(lines).encode() + b'\n', 60, 60)
    assert np.array_equal(to_bitmaps(found.crops), masks)
    assert len(from_bitmaps(masks)) == len(found)


@pytest.mark.parametrize('line', [b'1,2,3', b'a,b', b'1,2,3,nan', b'1,2e9', b'\xff\xfe'])
def test_lines_that_are_no_outlines_are_told(line: bytes) -> None:
    with pytest.raises(AnnotationError, match=r'^line 2 '):
        read_cp_outlines(b'1,2,3,4,5,6\n' + line, 9, 9)
