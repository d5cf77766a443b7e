"""The Data Science Bowl's table with the first lines and names that tools give it."""

import json
from pathlib import Path

import pytest

from mmnuc.errors import UserError
from mmnuc.evaluation.results import Truth, read_ground_truth, read_predictions

NAMES = ('p1/a.png', 'p2/a.png', 'b.c.png')


@pytest.fixture
def truth(tmp_path: Path) -> Truth:
    images = [dict(id=i, file_name=n, height=4, width=5) for i, n in enumerate(NAMES, 7)]
    content = dict(images=images, annotations=[], categories=[dict(id=1, name='nucleus')])
    (tmp_path / 'truth.json').write_text(json.dumps(content))
    return read_ground_truth(tmp_path / 'truth.json')


TABLES = {
    'as the board has it': 'ImageId,EncodedPixels\nb.c,1 2\n',
    'with suffixes': 'ImageId,EncodedPixels\nb.c.png,1 2\n',
    'with spaces': 'ImageId, EncodedPixels\nb.c, 1 2 \n',
    'other names': 'image_id,rle\nb.c,1 2\n',
    'small letters': 'imageid,encodedpixels\nb.c,1 2\n',
    'quoted': '"ImageId","EncodedPixels"\n"b.c","1 2"\n',
    'semicolons': 'ImageId;EncodedPixels\nb.c;1 2\n',
    'tabs': 'ImageId\tEncodedPixels\nb.c\t1 2\n',
    'a mark of the bytes': '\ufeffImageId,EncodedPixels\nb.c,1 2\n',
    'of Windows': 'ImageId,EncodedPixels\r\nb.c,1 2\r\n',
    'more columns': 'ImageId,EncodedPixels,Height,Width,Usage\nb.c,1 2,4,5,Ignored\n',
    'another order': 'EncodedPixels,ImageId\n1 2,b.c\n',
    'an index before': ',ImageId,EncodedPixels\n0,b.c,1 2\n',
    'no line end': 'ImageId,EncodedPixels\nb.c,1 2',
}


@pytest.mark.parametrize('table', TABLES.values(), ids=TABLES.keys())
def test_first_lines_and_names(tmp_path: Path, truth: Truth, table: str) -> None:
    (tmp_path / 'r.csv').write_text(table, newline='')
    pred, missing = read_predictions(tmp_path / 'r.csv', truth)
    assert (pred.images.tolist(), missing) == ([9], ['p1/a.png', 'p2/a.png'])
    assert pred.boxes_xywh.tolist() == [[0, 0, 1, 2]]


@pytest.mark.parametrize('nothing', ['', ' ', 'nan', '-1', 'None'])
def test_an_empty_row_is_an_image_without_a_nucleus(
    tmp_path: Path, truth: Truth, nothing: str
) -> None:
    (tmp_path / 'r.csv').write_text(f'ImageId,EncodedPixels\np1/a,1 2\nb.c,{nothing}\n')
    pred, missing = read_predictions(tmp_path / 'r.csv', truth)
    assert (pred.images.tolist(), missing) == ([7], ['p2/a.png'])


def test_images_of_one_name_are_told_apart_by_their_folders(tmp_path: Path, truth: Truth) -> None:
    (tmp_path / 'r.csv').write_text('ImageId,EncodedPixels\np1/a,1 2\np2/a.png,3 4\np1/a,9 1\n')
    pred, _ = read_predictions(tmp_path / 'r.csv', truth)
    assert pred.images.tolist() == [7, 7, 8]


FAULTS = {
    'no such image': ('ImageId,EncodedPixels\nx,1 2\n', r"r.csv, line 2: 'x' is no image"),
    'an ambiguous one': (
        'ImageId,EncodedPixels\na,1 2\n', r'line 2: a.png may be p1/a.png or p2/a.png of',
    ),
    'an unknown header': ('name,area\nb.c,3\n', r"the header is 'name,area'; wanted are 'Im"),
    'nothing': ('', r"the header is ''"),
    'a short row': ('ImageId,EncodedPixels\nb.c\n', r'line 2: 1 fields, the header has 2'),
    'letters': ('ImageId,EncodedPixels\nb.c,1 x\n', r"1 faults: line 2, b.c.png: has 'x' among"),
    'beyond the image': ('ImageId,EncodedPixels\nb.c,1 200\n', r'line 2, b.c.png: has a run that'),
    'shared pixels': ('ImageId,EncodedPixels\nb.c,1 3\nb.c,3 1\n', r'line 3, b.c.png: shares 1'),
}  # fmt: skip


@pytest.mark.parametrize(('table', 'told'), FAULTS.values(), ids=FAULTS.keys())
def test_faults_are_one_line(tmp_path: Path, truth: Truth, table: str, told: str) -> None:
    (tmp_path / 'r.csv').write_text(table)
    with pytest.raises(UserError, match=told) as caught:
        read_predictions(tmp_path / 'r.csv', truth)
    assert '\n' not in str(caught.value)


def test_what_is_no_text_is_told(tmp_path: Path, truth: Truth) -> None:
    (tmp_path / 'r.csv').write_bytes(b'\xff\xfe\0')
    with pytest.raises(UserError, match='no table in UTF-8'):
        read_predictions(tmp_path / 'r.csv', truth)


def test_a_column_of_scores_is_not_read_and_that_is_said(
    tmp_path: Path, truth: Truth, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / 'r.csv').write_text('ImageId,EncodedPixels,Confidence\nb.c,1 2,0.3\n')
    pred, _ = read_predictions(tmp_path / 'r.csv', truth)
    assert pred.scores.tolist() == [1]
    assert 'its column Confidence is not read' in caplog.text
