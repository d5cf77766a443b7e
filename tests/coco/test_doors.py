"""The same COCO file through every door: read as it is meant, or refused in one line."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmnuc.converters import ConversionOptions, convert
from mmnuc.datasets import NucleiDataset
from mmnuc.errors import UserError
from mmnuc.evaluation.results import read_ground_truth, read_predictions
from mmnuc.evaluation.submission import tiny_voc, vrdl2021
from mmnuc.evaluation.submission.images import read_images

_SPEC = importlib.util.spec_from_file_location('malformed', Path(__file__).parent / 'malformed.py')
malformed = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(malformed)
READ, REFUSED = malformed.READ, malformed.REFUSED

PIPELINE = [
    dict(type='LoadImageFromFile'),
    dict(type='mmnuc.LoadNucleiAnnotations', with_bbox=True, with_mask=True),
]


@pytest.fixture(scope='module')
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp('doors')
    for seed, name in enumerate('ab'):
        pixels = np.random.default_rng(seed).integers(0, 255, (64, 64, 3), np.uint8)
        cv2.imwrite(str(path / f'{name}.png'), pixels)
    (path / 'truth.json').write_text(json.dumps(malformed.plain()))
    return path


def through_training(file: Path) -> list[int]:
    dataset = NucleiDataset(
        ann_file=str(file), data_prefix=dict(img=f'{file.parent}/'), pipeline=PIPELINE,
        serialize_data=False,
    )  # fmt: skip
    assert dataset.contents.lines()
    return [area for sample in dataset for area in sample['gt_masks'].areas.tolist()]


def through_convert(file: Path) -> list[int]:
    options = ConversionOptions(workers=1, val=0, overwrite=True)
    convert('coco', file, file.parent / 'out', options)
    content = json.loads((file.parent / 'out/all.json').read_text())
    return [annotation['area'] for annotation in content['annotations']]


def through_truth(file: Path) -> list[int]:
    truth = read_ground_truth(file)
    return truth.gt.rles.measure()[1].astype(int).tolist()


def through_results(file: Path) -> list[int]:
    truth = read_ground_truth(file.parent / 'truth.json')
    pred, _ = read_predictions(file, truth)
    return pred.rles.measure()[1].astype(int).tolist()


DOORS: dict[str, Callable[[Path], list[int]]] = {
    'training': through_training,
    'convert': through_convert,
    'truth': through_truth,
    'results': through_results,
}


def refusal(door: Callable[[Path], object], file: Path) -> str:
    """What a door says to a file; nothing where it reads it."""
    try:
        door(file)
    except UserError as error:
        return str(error)
    return ''


def put(folder: Path, content: bytes) -> Path:
    (folder / 'case.json').write_bytes(content)
    return folder / 'case.json'


@pytest.mark.parametrize('case', READ)
@pytest.mark.parametrize('door', DOORS)
def test_what_is_meant_is_read(folder: Path, door: str, case: str) -> None:
    assert DOORS[door](put(folder, malformed.as_bytes(READ[case]))) == [100, 100]


@pytest.mark.parametrize('case', REFUSED)
@pytest.mark.parametrize('door', DOORS)
def test_what_can_not_be_meant_is_one_line(folder: Path, door: str, case: str) -> None:
    file = put(folder, malformed.as_bytes(REFUSED[case]))
    with pytest.raises(UserError) as caught:
        DOORS[door](file)
    first, *listed = str(caught.value).splitlines()
    assert first.isprintable()
    assert 'case.json' in first or all('case.json' in line for line in listed)
    # A conversion lists what is bad, one a line.
    assert not listed or (door == 'convert' and all(line.startswith('  ') for line in listed))
    if b'NaN' in file.read_bytes():
        assert 'annotation 2' in str(caught.value)
        assert 'b.png' in str(caught.value)


@pytest.mark.parametrize('case', {**READ, **REFUSED})
def test_validators_say_what_they_see(folder: Path, case: str) -> None:
    images = read_images(folder / 'truth.json')
    content = malformed.as_bytes({**READ, **REFUSED}[case])
    try:
        entries = json.dumps(json.loads(content)['annotations']).encode()
    except (ValueError, RecursionError):
        entries = content
    for board in (vrdl2021, tiny_voc):
        for submission in (entries, content):
            for fault in board.validate(submission, images).faults:
                assert str(fault).isprintable()
    assert refusal(read_images, put(folder, content)).isprintable()


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4),
    st.integers(2**62, 2**66), st.just([]), st.just({}), st.lists(st.integers(-3, 70), max_size=9),
    st.lists(st.lists(st.floats(-1e7, 1e7), max_size=8), max_size=3),
    st.fixed_dictionaries({'size': st.just([64, 64]), 'counts': st.text('0123NPok`~', max_size=9)}),
    st.fixed_dictionaries({'counts': st.lists(st.integers(-1, 5000), max_size=4)}),
)  # fmt: skip


def places(content: object, path: tuple = ()) -> list[tuple]:
    """The way to every value of a file."""
    own = [path] if path else []
    inner = content.items() if isinstance(content, dict) else ()
    if isinstance(content, list):
        inner = enumerate(content)
    return own + [place for key, value in inner for place in places(value, (*path, key))]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_value_anywhere(folder: Path, data: st.DataObject) -> None:
    content = READ[data.draw(st.sampled_from(['as it should be', 'compressed run lengths']))]()
    for _ in range(data.draw(st.integers(1, 2))):
        *way, last = data.draw(st.sampled_from(places(content)))
        target = content
        for key in way:
            target = target[key]
        target[last] = data.draw(VALUES)
    file = put(folder, json.dumps(content).encode())
    for door in DOORS:
        assert all(line.isprintable() for line in refusal(DOORS[door], file).splitlines())


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_bytes_anywhere(folder: Path, data: st.DataObject) -> None:
    content = bytearray(malformed.as_bytes(READ['run lengths as numbers']))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=6))
    file = put(folder, bytes(content))
    for door in ('truth', 'results'):
        assert all(line.isprintable() for line in refusal(DOORS[door], file).splitlines())
