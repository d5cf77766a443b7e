"""The images json: a COCO file or a bare list, and one clear line where it is neither."""

import json
from pathlib import Path

import pytest

from mmnuc.errors import UserError
from mmnuc.evaluation.submission.images import BoardImage, read_images

IMAGE = {'id': 1, 'file_name': 'a.png', 'height': 4, 'width': 6}


def write(folder: Path, content: object) -> Path:
    path = folder / 'test.json'
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_list_and_a_coco_file_say_the_same(tmp_path: Path) -> None:
    as_list = read_images(write(tmp_path, [IMAGE]))
    categories = [{'id': 3, 'name': 'cat'}]
    as_coco = read_images(write(tmp_path, {'images': [IMAGE], 'categories': categories}))
    assert as_list.images == as_coco.images == (BoardImage(1, 'a.png', 4, 6),)
    assert as_coco.category_ids == (3,)
    assert as_coco.category_names == ('cat',)


def test_the_order_is_the_file_s(tmp_path: Path) -> None:
    images = read_images(write(tmp_path, [IMAGE | {'id': i} for i in (5, 2, 9)])).images
    assert [image.image_id for image in images] == [5, 2, 9]


BROKEN = {
    'no json': ('{', 'is no COCO json: the file ends too early'),
    'no images': ({'annotations': []}, 'lists no images'),
    'an empty list': ([], 'lists no images'),
    'a text': ('"x"', 'is no object and no list'),
    'a list of names': (['a.png'], "image 0 is 'a.png'"),
    'no height': ([{'id': 1, 'file_name': 'a.png', 'width': 6}], 'height is None, not int'),
    'id as text': ([IMAGE | {'id': '1'}], "id is '1', not int"),
    'a height without end': ([IMAGE | {'height': 10**30}], 'height is 1000.*, not a whole number'),
    'no name': ([IMAGE | {'file_name': ''}], "file_name is '', not the name"),
    'a category without a name': ({'images': [IMAGE], 'categories': [{'id': 1}]}, 'has no name'),
    'one id twice': ([IMAGE, IMAGE], 'the same id'),
}


@pytest.mark.parametrize('name', BROKEN)
def test_a_broken_file_is_named(name: str, tmp_path: Path) -> None:
    content, message = BROKEN[name]
    with pytest.raises(UserError, match=message):
        read_images(write(tmp_path, content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'no such images json: .*nowhere\.json'):
        read_images(tmp_path / 'nowhere.json')
