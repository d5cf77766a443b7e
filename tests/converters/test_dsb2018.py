"""The Data Science Bowl: stages with masks train, stages without test."""

import json
from pathlib import Path

import pytest

from mmnuc.converters import ConversionOptions, convert, dsb2018
from mmnuc.converters.source import open_tree
from mmnuc.errors import UserError


def fill(tree, stage: str, *names: str, masks: bool = True) -> None:
    for name in names:
        tree.image(f'{stage}{name}/images/{name}.png', seed=ord(name))
        if masks:
            tree.mask(f'{stage}{name}/masks/1.png', (1, 1, 5, 5))


def test_a_stage_without_masks_becomes_test_images(tree, tmp_path: Path) -> None:
    fill(tree, 'stage1_train/', 'a', 'b', 'c')
    fill(tree, 'stage1_test/', 'd', 'e', masks=False)
    report = convert('dsb2018', tree.root, tmp_path / 'out', ConversionOptions(val=1, workers=1))
    assert report.images == {'train': 2, 'val': 1, 'all': 3, 'test': 2}
    assert report.faults == ()


def test_the_folder_of_a_stage_alone_will_do(tree) -> None:
    fill(tree, '', 'a', 'b')
    assert len(dsb2018.find(open_tree(tree.root)).records) == 2


def test_an_image_without_masks_among_others_was_forgotten(tree) -> None:
    fill(tree, 'stage1_train/', 'a', 'b')
    fill(tree, 'stage1_train/', 'c', masks=False)
    (fault,) = dsb2018.find(open_tree(tree.root)).faults
    assert (fault.kind, fault.file) == ('image-without-masks', 'stage1_train/c/images/c.png')


def test_an_empty_folder_of_masks_says_that_there_are_no_nuclei(tree, tmp_path: Path) -> None:
    fill(tree, '', 'a')
    fill(tree, '', 'b', masks=False)
    tree.path('b/masks/x')
    report = convert('dsb2018', tree.zip(), tmp_path / 'out', ConversionOptions(workers=1))
    assert [(f.kind, f.file) for f in report.faults] == [('no-nuclei', 'b/images/b.png')]
    assert report.images['all'] == 2


def test_another_format_is_refused(tree) -> None:
    tree.bytes('a.txt', b'')
    with pytest.raises(UserError, match=r'holds no ID/images/ID.png'):
        dsb2018.find(open_tree(tree.root))


def test_the_real_set_is_complete(shared) -> None:
    listing = dsb2018.find(open_tree(shared / 'data' / 'dsb2018_stage1_train.zip'))
    assert len(listing.records) == 664
    assert sum(len(record.annotation) for record in listing.records) == 28986
    assert listing.faults == ()


def test_images_of_one_name_keep_their_folders(tree, tmp_path: Path) -> None:
    for number, place in enumerate(('stage1/x', 'stage1/y', 'stage2/x')):
        tree.image(f'{place}/images/image.png', seed=number)
        tree.mask(f'{place}/masks/1.png', (1, 1, 5 + number, 5))
    convert('dsb2018', tree.root, tmp_path / 'out', ConversionOptions(workers=1))
    content = json.loads((tmp_path / 'out' / 'all.json').read_text())
    names = {image['id']: image['file_name'] for image in content['images']}
    assert {names[entry['image_id']]: entry['area'] for entry in content['annotations']} == {
        'stage1/x/image.png': 16, 'stage1/y/image.png': 20, 'stage2/x/image.png': 24,
    }  # fmt: skip


def test_true_masks_in_a_table_are_not_read_and_that_is_said(tree) -> None:
    fill(tree, 'stage1_train/', 'a', masks=False)
    tree.bytes('stage1_train_labels.csv', b'ImageId,EncodedPixels\n')
    (fault,) = dsb2018.find(open_tree(tree.root)).faults
    assert (fault.kind, fault.file) == ('passed-over', 'stage1_train_labels.csv')
