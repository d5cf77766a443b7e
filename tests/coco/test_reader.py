"""Reading a COCO json entry by entry."""

import json
from pathlib import Path

import pytest

from mmnuc.coco import reader as coco_reader
from mmnuc.coco.reader import read_coco

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
    return list(read_coco(content))


@pytest.mark.parametrize('chunk', [1, 2, 7, 64, 1 << 20])
@pytest.mark.parametrize('layout', LAYOUTS)
def test_whatever_the_chunks(tmp_path: Path, monkeypatch, layout: str, chunk: int) -> None:
    monkeypatch.setattr(coco_reader, '_CHUNK', chunk)
    path = tmp_path / 'coco.json'
    path.write_text(json.dumps(CONTENT, **LAYOUTS[layout]) + '\n', encoding='utf-8')
    assert list(read_coco(path)) == entries(CONTENT)


def test_a_number_at_the_very_end_is_read_whole(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(coco_reader, '_CHUNK', 3)
    path = tmp_path / 'coco.json'
    path.write_text('{"a": [1234567, 89], "b": 1234567}')
    assert list(read_coco(path)) == [('a', 1234567), ('a', 89), ('b', 1234567)]


def test_nothing_in_it(tmp_path: Path) -> None:
    path = tmp_path / 'coco.json'
    path.write_text(' { } ')
    assert list(read_coco(path)) == []


FAULTS = {
    'an empty file': ('', 'ends too early'),
    'a list at the top': ('[1, 2]', r"'\[' instead of \{ at character 0"),
    'cut short': ('{"images": [{"id": 1}, {"id"', 'at character'),
    'cut after a list': ('{"images": [{"id": 1}]', 'ends too early'),
    'no comma': ('{"images": [{"id": 1} {"id": 2}]}', r"'\{' instead of , or \] at character 22"),
    'a word': ('{"images": [oops]}', 'Expecting value at character 12'),
    'no colon': ('{"images" []}', 'instead of :'),
}


@pytest.mark.parametrize('chunk', [4, 1 << 20])
@pytest.mark.parametrize('fault', FAULTS)
def test_faults(tmp_path: Path, monkeypatch, fault: str, chunk: int) -> None:
    monkeypatch.setattr(coco_reader, '_CHUNK', chunk)
    text, message = FAULTS[fault]
    path = tmp_path / 'coco.json'
    path.write_text(text)
    with pytest.raises(ValueError, match=f'coco.json is no COCO json: .*{message}'):
        list(read_coco(path))


def test_a_fault_far_from_the_end_stops_the_reading(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(coco_reader, '_CHUNK', 64)
    path = tmp_path / 'coco.json'
    path.write_text('{"images": [' + 'x' * 100_000)
    reader = coco_reader._Reader(path.open(encoding='utf-8'))
    with pytest.raises(ValueError, match='Expecting value'):
        list(reader.members())
    assert reader.file.tell() < 1000
    reader.file.close()
