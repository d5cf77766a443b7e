"""The homework: its test images keep the ids of the board."""

from pathlib import Path

import pytest

from mmnuc.converters import ConversionOptions, convert, vrdl2021
from mmnuc.converters.source import open_tree
from mmnuc.errors import UserError

BOARD = {
    1: 'TCGA-A7-A13E-01Z-00-DX1.png',
    2: 'TCGA-50-5931-01Z-00-DX1.png',
    3: 'TCGA-G2-A2EK-01A-02-TSB.png',
    4: 'TCGA-AY-A8YK-01A-01-TS1.png',
    5: 'TCGA-G9-6336-01Z-00-DX1.png',
    6: 'TCGA-G9-6348-01Z-00-DX1.png',
}


@pytest.mark.parametrize('folder', ['', 'dataset'])
def test_the_folder_may_be_any_of_those_around_it(homework, folder: str) -> None:
    listing = vrdl2021.find(open_tree(homework.root / folder))
    assert [(r.file_name, r.image_id) for r in listing.records if r.annotation is None] == [
        ('b.png', 1),
        ('a.png', 2),
    ]
    assert sum(r.annotation is not None for r in listing.records) == 4
    assert listing.faults == ()


def test_the_training_folder_alone_will_do(homework) -> None:
    listing = vrdl2021.find(open_tree(homework.root / 'dataset/train'))
    assert len(listing.records) == 4


def test_test_images_and_their_table_must_agree(homework) -> None:
    (homework.root / 'dataset/test/a.png').rename(homework.root / 'dataset/test/c.png')
    faults = vrdl2021.find(open_tree(homework.root)).faults
    assert [(f.kind, f.detail) for f in faults] == [
        ('missing-image', 'a.png is not in test/'),
        ('no-test-ids', 'not in test_img_ids.json; left out'),
    ]


def test_without_their_table_test_images_are_numbered_by_name(homework, tmp_path: Path) -> None:
    (homework.root / 'dataset/test_img_ids.json').unlink()
    report = convert('vrdl2021', homework.root, tmp_path / 'out', ConversionOptions(workers=1))
    assert [f.file for f in report.faults if f.kind == 'no-test-ids'] == ['dataset/test']
    assert report.images['test'] == 2


def test_a_table_that_is_none_is_told(homework) -> None:
    homework.bytes('dataset/test_img_ids.json', b'[{"id": 1}]')
    (fault,) = vrdl2021.find(open_tree(homework.root)).faults
    assert (fault.kind, fault.file) == ('unreadable', 'dataset/test_img_ids.json')


def test_a_test_image_of_another_size_is_told(homework, tmp_path: Path) -> None:
    homework.image('dataset/test/a.png', size=30)
    with pytest.raises(UserError, match=r'wrong-size +dataset/test/a.png: 30x30, not 40x40'):
        convert('vrdl2021', homework.root, tmp_path / 'out', ConversionOptions(workers=1))


def test_another_format_is_refused_by_what_it_holds(tree) -> None:
    tree.bytes('x/readme.txt', b'')
    with pytest.raises(UserError, match=r'holds no train/NAME/.*; it holds 1 files: x/readme.txt'):
        vrdl2021.find(open_tree(tree.root))


def test_the_real_set_is_complete_and_in_order(shared) -> None:
    listing = vrdl2021.find(open_tree(shared / 'data' / 'vrdl2021_dataset.zip'))
    known = [record for record in listing.records if record.annotation is not None]
    assert (len(known), sum(len(record.annotation) for record in known)) == (24, 14598)
    tests = [record for record in listing.records if record.annotation is None]
    assert {record.image_id: record.file_name for record in tests} == BOARD
    assert listing.faults == ()
