"""COCO files as tools write them and as nobody means them: what to make of each.

Every case changes a file of two images of 64 x 64 with a square nucleus of 100 pixels each.
"""

import copy
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

SQUARE = [10, 10, 20, 10, 20, 20, 10, 20]
BITMAP = np.zeros((64, 64), np.uint8, order='F')
BITMAP[10:20, 10:20] = 1
COUNTS = [650, *[10, 54] * 9, 10, 4096 - 650 - 640 + 54]
RLE = {'size': [64, 64], 'counts': coco_mask.encode(BITMAP)['counts'].decode()}
DEEP: Any = []
for _ in range(400):
    DEEP = [DEEP]


def plain() -> dict[str, Any]:
    """The file that every case changes."""
    size, box = dict(height=64, width=64), dict(bbox=[10, 10, 10, 10], area=100, iscrowd=0)
    return dict(
        images=[dict(id=i, file_name=f'{name}.png', **size) for i, name in ((1, 'a'), (2, 'b'))],
        annotations=[
            dict(id=i, image_id=i, category_id=1, segmentation=[list(SQUARE)], **box)
            for i in (1, 2)
        ],
        categories=[dict(id=1, name='nucleus')],
    )


def every(**fields: Any) -> Callable[[], dict[str, Any]]:
    """Change fields of both annotations; those that are None are taken away."""

    def changed() -> dict[str, Any]:
        content = plain()
        content['annotations'] = [
            {k: v for k, v in {**each, **copy.deepcopy(fields)}.items() if v is not ...}
            for each in content['annotations']
        ]
        return content

    return changed


def second(**fields: Any) -> Callable[[], dict[str, Any]]:
    """Change fields of the second annotation."""

    def changed() -> dict[str, Any]:
        content = plain()
        content['annotations'][1].update(fields)
        return content

    return changed


def parts(**lists: Any) -> Callable[[], dict[str, Any]]:
    """Change whole lists."""
    return lambda: {**plain(), **lists}


def text(content: str) -> Callable[[], bytes]:
    """The file as it lies on the disk."""
    return lambda: content.encode('utf-8', 'surrogatepass')


def renamed(**ids: dict[Any, Any]) -> Callable[[], dict[str, Any]]:
    """Give other ids to images and categories."""

    def changed() -> dict[str, Any]:
        content = plain()
        for key, place in (('images', 'image_id'), ('categories', 'category_id')):
            new = ids.get(key, {})
            for entry in content[key]:
                entry['id'] = new.get(entry['id'], entry['id'])
            for entry in content['annotations']:
                entry[place] = new.get(entry[place], entry[place])
        return content

    return changed


def rle(counts: Any, **size: Any) -> dict[str, Any]:
    return {'size': [64, 64], 'counts': counts, **size}


def pairs(values: list[float]) -> list[list[float]]:
    return [list(pair) for pair in zip(values[::2], values[1::2], strict=True)]


TWICE = [*plain()['categories'], dict(id=2, name='nucleus')]
# What is meant is read: two nuclei of 100 pixels.
READ: dict[str, Callable[[], Any]] = {
    'as it should be': plain,
    'a flat outline': every(segmentation=SQUARE),
    'points': every(segmentation=[pairs(SQUARE)]),
    'points without a list around them': every(segmentation=pairs(SQUARE)),
    'points as objects': every(segmentation=[[dict(x=x, y=y) for x, y in pairs(SQUARE)]]),
    'six points': every(segmentation=[pairs([10, 10, 15, 10, 20, 10, 20, 20, 15, 20, 10, 20])]),
    'x and y apart': every(segmentation=dict(x=SQUARE[::2], y=SQUARE[1::2])),
    'x and y as VIA has them': every(
        segmentation=dict(name='polygon', all_points_x=SQUARE[::2], all_points_y=SQUARE[1::2])
    ),
    'an outline closed once more': every(segmentation=[[*SQUARE, *SQUARE[:2]]]),
    'two outlines that meet': every(
        segmentation=[[10, 10, 15, 10, 15, 20, 10, 20], [15, 10, 20, 10, 20, 20, 15, 20]]
    ),
    'a point beside the outline': every(segmentation=[SQUARE, [3, 3]]),
    'compressed run lengths': every(segmentation=RLE),
    'run lengths as numbers': every(segmentation=rle(COUNTS)),
    'run lengths as whole floats': every(segmentation=rle([float(n) for n in COUNTS])),
    'run lengths without size': every(segmentation=dict(counts=COUNTS)),
    'run lengths of size None': every(segmentation=dict(counts=RLE['counts'], size=None)),
    'run lengths in a list': every(segmentation=[RLE]),
    'several run lengths in a list': every(segmentation=[RLE, rle(COUNTS)]),
    'run lengths beside an outline': every(segmentation=[RLE, SQUARE]),
    'run lengths as text': every(segmentation=json.dumps(RLE)),
    'an outline as text': every(segmentation=json.dumps([SQUARE])),
    'the string alone': every(segmentation=RLE['counts']),
    'no box': every(bbox=...),
    'a box of None': every(bbox=None),
    'an empty box': every(bbox=[]),
    'no area': every(area=...),
    'no iscrowd': every(iscrowd=...),
    'iscrowd as text': every(iscrowd='0'),
    'iscrowd as a word': every(iscrowd=False),
    'iscrowd of None': every(iscrowd=None),
    'no ids of annotations': every(id=...),
    'category as text': every(category_id='1'),
    'category as a float': every(category_id=1.0),
    'category by name': every(category_id='nucleus'),
    'no category where there is one': every(category_id=...),
    'image ids as text': renamed(images={1: 'one', 2: 'two'}),
    'image ids beyond 64 bits': renamed(images={1: 2**70, 2: 2**71}),
    'negative image ids': renamed(images={1: -1, 2: -2}),
    'category ids as text': renamed(categories={1: 'nuc'}),
    'category id 0': renamed(categories={1: 0}),
    'ids of numbers and text': lambda: {
        **plain(),
        'annotations': [{**a, 'image_id': f'{a["image_id"]}'} for a in plain()['annotations']],
    },
    'one name twice': parts(categories=TWICE),
    'annotations first': lambda: {k: plain()[k] for k in ('annotations', 'categories', 'images')},
    'a byte order mark': lambda: b'\xef\xbb\xbf' + json.dumps(plain()).encode(),
    'keys that nobody knows': lambda: {**plain(), 'extra': DEEP[:1], 'info': None},
    'height as a float': lambda: {
        **plain(), 'images': [{**image, 'height': 64.0} for image in plain()['images']]
    },
}  # fmt: skip


def nan_in(place: int) -> list[list[float]]:
    return [[math.nan if k == place else value for k, value in enumerate(SQUARE)]]


# What can't be meant is one line.
REFUSED: dict[str, Callable[[], Any]] = {
    'nothing': text(''),
    'no json': text('nuclei'),
    'cut off': lambda: json.dumps(plain()).encode()[:-40],
    'UTF-16': lambda: json.dumps(plain()).encode('utf-16'),
    'another encoding': lambda: json.dumps(plain()).replace('a.png', 'ä.png').encode('latin-1'),
    'twice': lambda: json.dumps(plain()).encode() * 2,
    'nested without end': text('{"images": ' + '[' * 200_000),
    'annotations as an object': parts(annotations={'1': plain()['annotations'][0]}),
    'annotations of None': parts(annotations=None),
    'annotations as numbers': parts(annotations=[1, 2]),
    'images as an object': parts(images={'1': plain()['images'][0]}),
    'images as names': parts(images=['a.png', 'b.png']),
    'an image without a name': parts(images=[dict(id=1, height=64, width=64)]),
    'an image whose name is a number': parts(images=[{**plain()['images'][0], 'file_name': 5}]),
    'half a letter in a name': parts(images=[{**plain()['images'][0], 'file_name': '\ud800.png'}]),
    'two images of one id': parts(images=[*plain()['images'], plain()['images'][0]]),
    'an image without end': parts(images=[{**i, 'height': 10**9} for i in plain()['images']]),
    'an image of no height': parts(images=[{**i, 'height': 0} for i in plain()['images']]),
    'an image of negative width': parts(images=[{**i, 'width': -64} for i in plain()['images']]),
    'categories as names': parts(categories=['nucleus']),
    'a category without a name': parts(categories=[dict(id=1)]),
    'no mask': second(segmentation=[]),
    'a mask of None': second(segmentation=None),
    'a mask of True': second(segmentation=True),
    'a mask of a number': second(segmentation=7),
    'an empty object in a list': second(segmentation=[{}]),
    'an empty object': second(segmentation={}),
    'NaN': second(segmentation=nan_in(5)),
    'NaN at the start': second(segmentation=nan_in(0)),
    'infinity': second(segmentation=[[*SQUARE[:-1], math.inf]]),
    'a corner far away': second(segmentation=[[10, 10, 2e8, 10, 20, 20]]),
    'a corner beyond any float': second(segmentation=[[10, 10, 10**400, 10, 20, 20]]),
    'a corner that is a word': second(segmentation=[[10, 10, 'x', 10, 20, 20]]),
    'a corner that is None': second(segmentation=[[10, 10, None, 10, 20, 20]]),
    'two points': second(segmentation=[SQUARE[:4]]),
    'an odd count': second(segmentation=[SQUARE[:7]]),
    'points of three numbers': second(segmentation=[[[10, 10, 0], [20, 10, 0], [20, 20, 0]]]),
    'deep lists': second(segmentation=DEEP),
    'outlines in fractions': every(segmentation=[[value / 64 for value in SQUARE]]),
    'outlines of several masks mixed': second(segmentation=[SQUARE, 7]),
    'x and y of two lengths': second(segmentation=dict(x=[1, 2, 3], y=[1, 2])),
    'no counts': second(segmentation=dict(size=[64, 64])),
    'counts of None': second(segmentation=rle(None)),
    'counts that end early': second(segmentation=rle([650, 10])),
    'counts that go on': second(segmentation=rle([650, 10, 99999])),
    'counts below 0': second(segmentation=rle([-5, 4101])),
    'counts that are not whole': second(segmentation=rle([0.5, 4095.5])),
    'counts of words': second(segmentation=rle(['a', 'b'])),
    'counts that wrap around': second(segmentation=rle([1, 2**63 - 1, 2**63 - 1, 4097])),
    'counts beyond 64 bits': second(segmentation=rle([2**70, 4096 - 2**70])),
    'letters of no run lengths': second(segmentation=rle('\x01\x02')),
    'letters beyond ASCII': second(segmentation=rle('äöü')),
    'a string that wraps around': second(
        segmentation=rle('1oooooooooooo7oooooooooooo7RRPPPPPPPPPPH')
    ),
    'a string cut off': second(segmentation=rle(RLE['counts'][:-2])),
    'a string of another size': second(segmentation=dict(size=[8, 8], counts='0T2')),
    'size as text': second(segmentation=rle(RLE['counts'], size='64x64')),
    'size of one': second(segmentation=rle(RLE['counts'], size=[64])),
    'another size': second(segmentation=rle(RLE['counts'], size=[64, 32])),
    'a category that is not listed': second(category_id=9),
    'a category that is a list': second(category_id=[1]),
    'an image that is a list': second(image_id=[1]),
    'no image': second(image_id=None),
    'an id that is a list': second(id=[2]),
    'iscrowd of two': second(iscrowd=2),
    'iscrowd as another word': second(iscrowd='maybe'),
    'a key twice': text(json.dumps(plain()).replace('"area": 100', '"area": 1, "area": 2')),
    'a name without end': parts(images=[dict(id=1, file_name='a' * 999)]),
    'a name that moves the cursor': parts(images=[dict(id=1, file_name='\x1b[2J')]),
}  # fmt: skip


def as_bytes(case: Callable[[], Any]) -> bytes:
    """The file of a case."""
    content = case()
    return content if isinstance(content, bytes) else json.dumps(content).encode()
