"""Pixel sizes from a table, by the names of images."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmnuc.errors import UserError
from mmnuc.images.pixel_size import PixelSize
from mmnuc.images.pixel_size_table import PixelSizeTable, read_pixel_sizes

HALF, TALL = PixelSize(0.5, 0.5), PixelSize(0.25, 0.5)
TABLES = {
    'plain': ('image,pixel_size\na.tif,0.5\n', HALF),
    'both sides': ('file_name,pixel_size_x,pixel_size_y\na.tif,0.25,0.5\n', TALL),
    'with a unit': ('Image,Pixel size (µm)\na.tif,0.5\n', HALF),
    'semicolons, decimal commas': ('image;pixel_size\na.tif;0,5\n', HALF),
    'tabs': ('image\tmpp\na.tif\t0.5\n', HALF),
    'without suffix': ('image,mpp\na,0.5\n', HALF),
    'with a folder': ('image,mpp\nnorth/a.tif,0.5\nsouth/a.tif,1\n', HALF),
    'a folder counts more': ('image,mpp\na.tif,1\nnorth/a,0.5\n', HALF),
    'a suffix counts more': ('image,mpp\na,1\na.tif,0.5\n', HALF),
    'Windows': ('\ufeffimage,mpp\r\nnorth\\a.tif,0.5\r\n\r\n', HALF),
    'other columns': ('patient,image,mpp,x\n1,a.tif,0.5,\n', HALF),
    'said twice': ('image,mpp\na.tif,0.5\na.tif,0.5\n', HALF),
    'another image': ('image,mpp\nb.tif,0.5\nsouth/a.tif,0.5\n', None),
    'the end of a name': ('image,mpp\north/a.tif,0.5\n', None),
}


@pytest.mark.parametrize(('text', 'want'), TABLES.values(), ids=TABLES)
def test_tables(tmp_path: Path, text: str, want: PixelSize | None) -> None:
    path = tmp_path / 'sizes.csv'
    path.write_text(text, encoding='utf-8', newline='')
    size = read_pixel_sizes(path).of('data/north/a.tif')
    assert size == want
    assert size is None or size.source == path.name


BAD = {
    'no header': ('a.tif,0.5\n', r'sizes\.csv, line 1: the columns are a\.tif, 0\.5; wanted are'),
    'one side': ('image,pixel_size_x\na,1\n', 'line 1: the columns are'),
    'empty': ('', 'the columns are none'),
    'no rows': ('image,mpp\n', 'has no row'),
    'no number': ('image,mpp\nb,1\na,about 1\n', 'line 3: .* above 0, not "about 1"'),
    'too few cells': ('image,mpp\na\n', 'line 2: .*not ""'),
    '0': ('image,mpp\na,0\n', 'line 2: .*not "0"'),
    'NaN': ('image,mpp\na,nan\n', 'line 2: .*not "nan"'),
    'a column twice': ('image,mpp,mpp\na,1,2\n', 'line 1: the column mpp is there twice'),
    'an endless cell': (f'image,mpp\n{"a" * 200_000},1\n', 'is no table of pixel sizes'),
    'no name': ('image,mpp\n,1\n', 'line 2: no image is named'),
    'two sizes': ('image,mpp\na,1\na,2\n', 'line 3: a has another size further up'),
}


@pytest.mark.parametrize(('text', 'words'), BAD.values(), ids=BAD)
def test_bad_tables(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / 'sizes.csv'
    path.write_text(text, encoding='utf-8')
    with pytest.raises(UserError, match=words):
        read_pixel_sizes(path)


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r'none\.csv can not be read'):
        read_pixel_sizes(tmp_path / 'none.csv')
    path = tmp_path / 'a.xlsx'
    path.write_bytes(b'PK\xff\xfe\0')
    with pytest.raises(UserError, match='is no text'):
        read_pixel_sizes(path)


def test_an_ambiguous_name(tmp_path: Path) -> None:
    path = tmp_path / 'sizes.csv'
    path.write_text('image,mpp\n/data/a.tif,1\ndata/a.tif,2\n')
    with pytest.raises(UserError, match=r'/data/a\.tif and data/a\.tif for data/a\.tif, of diff'):
        read_pixel_sizes(path).of('data/a.tif')


MEANT = {
    'all': (['a.tif', 'north/b'], ''),
    'another case': (['a.tif', 'B.tif'], 't.csv has 1 name of no image here: B.tif'),
    'patterns': (['a', '*.tif'], r't.csv has 1 name of no image here: *.tif'),
    'many others': (['a', *'vwxyz'], 't.csv has 5 names of no image here: v, w, x, ...'),
}


@pytest.mark.parametrize(('names', 'want'), MEANT.values(), ids=MEANT)
def test_names_of_no_image_are_said(names: list[str], want: str) -> None:
    table = PixelSizeTable(dict.fromkeys(names, HALF), 't.csv')
    assert table.check(['data/a.tif', Path('data/north/b.tif')]) == want


def test_a_table_of_other_images_is_refused() -> None:
    table = PixelSizeTable({'A.TIF': HALF}, 't.csv')
    with pytest.raises(UserError, match=r't\.csv has the size of none of the images; .* A\.TIF'):
        table.check(['a.tif'])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(['a', 'b', 'a.b', 'c.tif']), min_size=1, max_size=3),
    st.lists(st.sampled_from(['a', 'b', 'a.b', 'c.tif']), min_size=1, max_size=3),
)
def test_what_is_checked_is_what_is_found(entry: list[str], image: list[str]) -> None:
    table = PixelSizeTable({'/'.join(entry): HALF, 'another': HALF})
    path = '/'.join(image)
    try:
        table.check([path])
        is_meant = True
    except UserError:
        is_meant = False
    assert is_meant == (table.of(path) is not None)
