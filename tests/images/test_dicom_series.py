"""Files of a DICOM slide count as one image wherever folders are searched."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmnuc.apis.image_files import find_images
from mmnuc.converters import ConversionOptions, convert
from mmnuc.images.dicom_series import one_of_each_series, series_of
from mmnuc.images.formats import is_one_image

RGB = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
SYNTAXES = {
    'explicit': {},
    'implicit': {'implicit_vr': True, 'little_endian': True, 'force_encoding': True},
}


@pytest.mark.parametrize('how', SYNTAXES.values(), ids=SYNTAXES)
def test_the_series_of_a_file(tmp_path: Path, write_dicom: Callable[..., None], how: dict) -> None:
    path = tmp_path / 'a.dcm'
    write_dicom(path, RGB, '1.2.3')
    data = pydicom.dcmread(path)
    # Sequences of both kinds before it, with a series of their own.
    inner = pydicom.Dataset()
    inner.SeriesInstanceUID = '9.9'
    data.ReferencedSeriesSequence = pydicom.Sequence([inner, inner])
    data.ReferencedStudySequence = pydicom.Sequence([inner])
    data['ReferencedStudySequence'].is_undefined_length = True
    if how:
        data.file_meta.TransferSyntaxUID = '1.2.840.10008.1.2'
    pydicom.dcmwrite(path, data, **how)
    assert series_of(path) == '1.2.3'


def test_what_is_no_whole_slide_has_none(tmp_path: Path, write_dicom: Callable[..., None]) -> None:
    path = tmp_path / 'a.dcm'
    write_dicom(path, RGB, '1.2.3')
    data = pydicom.dcmread(path)
    data.SOPClassUID = '1.2.840.10008.5.1.4.1.1.7'
    pydicom.dcmwrite(path, data)
    assert series_of(path) is None
    path.write_bytes(b'no DICOM')
    assert series_of(path) is None
    assert series_of(tmp_path / 'b.dcm') is None


@given(cut=st.integers(132, 900), at=st.integers(132, 900), byte=st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_damaged_heads_end(tmp_path_factory, cut: int, at: int, byte: int) -> None:
    folder = tmp_path_factory.mktemp('damaged')
    content = bytearray(HEAD[:cut])
    if at < len(content):
        content[at] = byte
    (folder / 'a.dcm').write_bytes(content)
    series_of(folder / 'a.dcm')


HEAD = bytes(128) + b'DICM' + b'\x02\0\x10\0UI\x14\x001.2.840.10008.1.2.1\0'
HEAD += b'\x08\0\x15\x11SQ\0\0\xff\xff\xff\xff' + b'\xfe\xff\x00\xe0\xff\xff\xff\xff' * 80


def test_a_slide_is_listed_once(tmp_path: Path, write_dicom: Callable[..., None]) -> None:
    cv2.imwrite(str(tmp_path / 'p.png'), RGB)
    for name, series in (('a', '1.2.3'), ('b', '1.2.3'), ('c', '1.2.4'), ('d', '1.2.3')):
        write_dicom(tmp_path / f'{name}.dcm', RGB, series)
    found = find_images([tmp_path], tmp_path / 'out')
    assert [image.name for image in found.images] == ['a', 'c', 'p']
    assert found.notes == ('2 files belong to a DICOM slide above: b.dcm, d.dcm',)
    assert [path.name for path in one_of_each_series([tmp_path / 'd.dcm', tmp_path / 'a.dcm'])] == [
        'd.dcm'
    ]
    # A file that is named is taken.
    named = find_images([tmp_path / 'b.dcm'], tmp_path / 'out')
    assert [image.name for image in named.images] == ['b']


def test_a_folder_of_several_slides_is_a_folder_of_images(
    tmp_path: Path, write_dicom: Callable[..., None]
) -> None:
    for name, series in (('a', '1.2.3'), ('b', '1.2.3')):
        write_dicom(tmp_path / f'{name}.dcm', RGB, series)
    assert is_one_image(tmp_path)
    write_dicom(tmp_path / 'c.dcm', RGB, '1.2.4')
    assert not is_one_image(tmp_path)
    assert len(find_images([tmp_path], tmp_path / 'out').images) == 2


def test_conversion_takes_a_slide_for_one_image(
    tmp_path: Path, write_dicom: Callable[..., None]
) -> None:
    for name, step, series in (('s/a', 1, '1.3'), ('s/b', 2, '1.3'), ('t', 1, '1.4')):
        path = tmp_path / f'source/images/{name}.dcm'
        path.parent.mkdir(parents=True, exist_ok=True)
        write_dicom(path, RGB[::step, ::step], series, 0.00025 * step)
    labels = tmp_path / 'source/labels'
    labels.mkdir()
    for name in 'st':
        cv2.imwrite(str(labels / f'{name}.png'), np.eye(24, 32, dtype=np.uint8))
    how = ConversionOptions(val=0, workers=1)
    convert('label-maps', tmp_path / 'source', tmp_path / 'out', how)
    for name in 'st':
        pixels = cv2.imread(str(tmp_path / f'out/images/{name}.png'))[..., ::-1]
        assert np.array_equal(pixels, RGB)
