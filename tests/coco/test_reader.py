"""Reading a COCO json entry by entry."""

import json
from pathlib import Path

import pytest

from mmnuc.coco import reader as coco_reader
from mmnuc.coco.reader import read_images_first, read_items
from mmnuc.errors import UserError

CONTENT = {
    'info': {'year': 2026, 'names': ['ä', '"', '\\', '\u2028']},
    'licenses': [],
    'annotations': [{'id': i, 'bbox': [i, 1.25e3, -7, 0.5], 'flag': i % 2 == 0} for i in range(50)],
    'images': [{'id': 1, 'file_name': 'a b.png'}],
    'version': 12345,
    'nothing': None,
}
LAYOUTS = {
    'one line': {},
    'indented': {'indent': 3},
    'ASCII only': {'ensure_ascii': True},
    'no spaces': {'separators': (',', ':')},
    'other letters kept': {'ensure_ascii': False},
}


def entries(content: dict) -> list:
    return list(read_items(content))


@pytest.mark.parametrize('chunk', [1, 2, 7, 64, 1 << 20])
@pytest.mark.parametrize('layout', LAYOUTS)
def test_whatever_the_chunks(tmp_path: Path, monkeypatch, layout: str, chunk: int) -> None:
    monkeypatch.setattr(coco_reader, '_CHUNK', chunk)
    path = tmp_path / 'coco.json'
    path.write_text(json.dumps(CONTENT, **LAYOUTS[layout]) + '\n', encoding='utf-8')
    assert list(read_items(path)) == entries(CONTENT)


def test_a_number_at_the_very_end_is_read_whole(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(coco_reader, '_CHUNK', 3)
    path = tmp_path / 'coco.json'
    path.write_text('{"a": [1234567, 89], "b": 1234567}')
    assert list(read_items(path)) == [
        ('a', None, []),
        ('a', 0, 1234567),
        ('a', 1, 89),
        ('b', None, 1234567),
    ]


def test_nothing_in_it(tmp_path: Path) -> None:
    path = tmp_path / 'coco.json'
    path.write_text(' { } ')
    assert list(read_items(path)) == []


@pytest.mark.parametrize('chunk', [1, 5, 1 << 20])
def test_a_list_at_the_top(tmp_path: Path, monkeypatch, chunk: int) -> None:
    monkeypatch.setattr(coco_reader, '_CHUNK', chunk)
    path = tmp_path / 'coco.json'
    path.write_bytes(b'\xef\xbb\xbf[{"a": "\xc3\xa4"}, 2]\n')
    wanted = [('', None, []), ('', 0, {'a': 'ä'}), ('', 1, 2)]
    assert list(read_items(path)) == list(read_items(path.read_bytes())) == wanted
    assert list(read_items([{'a': 'ä'}, 2])) == wanted


ORDERS = [('images', 'annotations', 'z'), ('z', 'annotations', 'images'), ('annotations', 'z'), ()]


@pytest.mark.parametrize('order', ORDERS)
def test_images_come_before_annotations(order: tuple[str, ...]) -> None:
    content = {key: [key, 2] for key in order}
    items = list(read_images_first(content))
    assert sorted(items, key=str) == sorted(read_items(content), key=str)
    keys = [item.key for item in items]
    if {'images', 'annotations'} <= set(keys):
        assert keys.index('images') < keys.index('annotations')


def test_not_a_number_is_left_to_the_table() -> None:
    items = list(read_items(b'{"a": [NaN, -Infinity, 1e999]}'))
    assert str([item.value for item in items[1:]]) == '[nan, -inf, inf]'


FAULTS = {
    'an empty file': (b'', 'it is empty'),
    'a word at the top': (b'"images"', 'it is no object and no list'),
    'cut short': (b'{"images": [{"id": 1}, {"id"', 'at character'),
    'cut after a list': (b'{"images": [{"id": 1}]', 'ends too early'),
    'no comma': (b'{"images": [{"id": 1} {"id": 2}]}', r"'\{' instead of , or \] at character 22"),
    'a word': (b'{"images": [oops]}', 'Expecting value at character 12'),
    'no colon': (b'{"images" []}', 'instead of :'),
    'a key that is no text': (b'{3: []}', 'instead of "'),
    'two jsons': (
        b'{"images": []}\n{"images": []}',
        "goes on behind its end with '{' at character 15",
    ),
    'UTF-16': ('{"images": []}'.encode('utf-16'), 'UTF-16 text; save it as UTF-8'),
    'UTF-16 without a mark': ('{"images": []}'.encode('utf-16-le'), 'binary, or UTF-16'),
    'UTF-32': ('{"images": []}'.encode('utf-32'), 'UTF-32 text; save it as UTF-8'),
    'Latin letters': (b'{"images": ["\xe4"]}', r'not UTF-8 text \(byte 0xe4\)'),
    'a letter cut off': (b'{"images": ["\xc3', 'not UTF-8 text|Unterminated|ends too early'),
    'a list twice': (b'{"images": [], "images": [{}]}', "it has 'images' twice"),
    'a key twice': (b'{"images": [{"id": 1, "id": 2}]}', "has the key 'id' twice"),
    'lists without end': (b'{"images": [' + b'[' * 100_000, 'lists within lists without end'),
    'objects without end': (b'{"images": ' + b'{"a":' * 100_000, 'lists within lists without end'),
    'a number without end': (
        b'{"images": [' + b'9' * 5000 + b']}',
        'a number of thousands of digits',
    ),
}


@pytest.mark.parametrize('chunk', [4, 1 << 20])
@pytest.mark.parametrize('fault', FAULTS)
def test_faults(tmp_path: Path, monkeypatch, fault: str, chunk: int) -> None:
    monkeypatch.setattr(coco_reader, '_CHUNK', chunk)
    content, message = FAULTS[fault]
    path = tmp_path / 'coco.json'
    path.write_bytes(content)
    with pytest.raises(UserError, match=f'coco.json is no COCO json: .*({message})') as caught:
        list(read_items(path))
    assert '\n' not in str(caught.value)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'no such file: .*none\.json'):
        list(read_items(tmp_path / 'none.json'))
    with pytest.raises(UserError, match=r'cannot read .*: Is a directory'):
        list(read_items(tmp_path))


def test_a_long_entry_is_not_parsed_again_and_again(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(coco_reader, '_CHUNK', 64)
    parsed = []
    decode = coco_reader._DECODER.raw_decode
    counting = type('Counting', (), {'raw_decode': lambda _, *a: (parsed.append(1), decode(*a))[1]})
    monkeypatch.setattr(coco_reader, '_DECODER', counting())
    path = tmp_path / 'coco.json'
    path.write_text(json.dumps({'images': [list(range(50_000))]}))
    assert len(list(read_items(path))) == 2
    assert len(parsed) < 40


def test_a_fault_far_from_the_end_stops_the_reading(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(coco_reader, '_CHUNK', 64)
    path = tmp_path / 'coco.json'
    path.write_text('{"images": [' + 'x' * 100_000)
    reader = coco_reader._Reader(path.open('rb'))
    with pytest.raises(ValueError, match='Expecting value'):
        list(reader.members())
    assert reader.file.tell() < 1000
    reader.file.close()
