"""What lies on the disk afterwards, and what does not when something went wrong."""

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pycocotools.coco import COCO

from mmnuc.converters import ConversionOptions, convert
from mmnuc.errors import UserError

ONE = ConversionOptions(val=0.3, workers=1)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob('*'))
        if path.is_file()
    }


def load(folder: Path, name: str) -> dict:
    return json.loads((folder / f'{name}.json').read_text())


def test_folds_hold_every_image_once(homework, tmp_path: Path) -> None:
    report = convert(
        'vrdl2021', homework.root, tmp_path / 'out', ConversionOptions(folds=3, workers=1)
    )
    names = {name: report.images[name] for name in report.images}
    assert {name for name in names if name.startswith('val')} == {'val_0', 'val_1', 'val_2'}
    assert (names['train'], names['all'], names['test']) == (4, 4, 2)
    whole = {image['id'] for image in load(tmp_path / 'out', 'all')['images']}
    kept_out = []
    for fold in range(3):
        train, val = (load(tmp_path / 'out', f'{side}_{fold}') for side in ('train', 'val'))
        ids = [{image['id'] for image in part['images']} for part in (train, val)]
        groups = [{image['group'] for image in part['images']} for part in (train, val)]
        assert ids[0] | ids[1] == whole
        assert not groups[0] & groups[1]
        kept_out += ids[1]
    assert sorted(kept_out) == sorted(whole)


@pytest.mark.parametrize(('folds', 'message'), [(1, 'from 2 on, not 1'), (9, 'groups of images')])
def test_folds_that_there_are_not(homework, tmp_path: Path, folds: int, message: str) -> None:
    options = ConversionOptions(folds=folds, workers=1)
    with pytest.raises(UserError, match=message):
        convert('vrdl2021', homework.root, tmp_path / 'out', options)
    assert not (tmp_path / 'out').exists()


def test_a_data_set_is_complete(homework, tmp_path: Path) -> None:
    report = convert('vrdl2021', homework.root, tmp_path / 'out', ONE)
    assert report.images == {'train': 3, 'val': 1, 'all': 4, 'test': 2}
    assert report.nuclei == {'train': 6, 'val': 2, 'all': 8, 'test': 0}
    train, val, whole = (load(tmp_path / 'out', name) for name in ('train', 'val', 'all'))
    ids = {image['id']: image for image in whole['images']}
    assert sorted(ids) == [1, 2, 3, 4]
    assert train['images'] + val['images'] != []
    for image in train['images'] + val['images']:
        assert ids[image['id']] == image
        source = homework.root / 'dataset/train' / Path(image['file_name']).stem / 'images'
        copied = tmp_path / 'out/images' / image['file_name']
        assert copied.read_bytes() == (source / image['file_name']).read_bytes()
    groups = [{image['group'] for image in split['images']} for split in (train, val)]
    assert not groups[0] & groups[1]
    assert sorted(groups[0] | groups[1]) == ['TCGA-A-1', 'TCGA-B-1', 'TCGA-C-1']


def test_pycocotools_reads_the_masks_that_were_put_in(
    homework, tmp_path: Path, decode: Callable
) -> None:
    convert('vrdl2021', homework.root, tmp_path / 'out', ONE)
    coco = COCO(str(tmp_path / 'out' / 'all.json'))
    assert coco.getCatIds() == [1]
    assert coco.loadCats([1])[0]['name'] == 'nucleus'
    for image_id in coco.getImgIds():
        first, second = coco.loadAnns(coco.getAnnIds(imgIds=[image_id]))
        assert (first['bbox'], first['area']) == ([1, 2, 7, 4], 28)
        assert (second['bbox'], second['area']) == ([10, 2, 12, 28], 36)
        assert decode(first).sum() == 28
        assert decode(second)[2:6, 10:14].all()
        assert decode(second)[20:30, 20:22].all()
        assert first['id'] > 0


def test_the_bytes_depend_on_nothing_but_source_and_seed(homework, tmp_path: Path) -> None:
    convert('vrdl2021', homework.root, tmp_path / 'one', ONE)
    convert('vrdl2021', homework.zip(), tmp_path / 'two', ConversionOptions(val=0.3, workers=2))
    assert files(tmp_path / 'one') == files(tmp_path / 'two')


def test_bad_files_fail_with_the_full_list_and_leave_nothing(homework, tmp_path: Path) -> None:
    homework.mask('dataset/train/TCGA-B-1-x/masks/mask_0003.png')
    homework.mask('dataset/train/TCGA-C-1-x/masks/mask_0003.png', (1, 1, 2, 2), size=39)
    homework.truncate('dataset/train/TCGA-A-1-x/images/TCGA-A-1-x.png')
    with pytest.raises(UserError) as caught:
        convert('vrdl2021', homework.root, tmp_path / 'out', ONE)
    told = str(caught.value)
    assert '3 bad files or masks' in told
    assert 'empty-mask          dataset/train/TCGA-B-1-x/masks/mask_0003.png' in told
    assert 'mask_0003.png: 39x39, the image has 40x40' in told
    assert 'unreadable          dataset/train/TCGA-A-1-x/images/TCGA-A-1-x.png: truncated' in told
    assert [path.name for path in tmp_path.iterdir()] == ['source']


def test_bad_files_are_left_out_on_demand_and_listed(homework, tmp_path: Path) -> None:
    homework.mask('dataset/train/TCGA-B-1-x/masks/mask_0003.png')
    homework.truncate('dataset/train/TCGA-A-1-x/images/TCGA-A-1-x.png')
    options = ConversionOptions(val=0.3, workers=1, skip_bad=True)
    report = convert('vrdl2021', homework.root, tmp_path / 'out', options)
    assert report.images['all'] == 3
    assert report.nuclei['all'] == 6
    assert report.excluded == {'images': 1, 'masks': 1}
    names = [image['file_name'] for image in load(tmp_path / 'out', 'all')['images']]
    assert names == ['TCGA-A-1-y.png', 'TCGA-B-1-x.png', 'TCGA-C-1-x.png']
    assert not (tmp_path / 'out/images/TCGA-A-1-x.png').exists()
    faults = load(tmp_path / 'out', 'report')['faults']
    assert faults['unreadable']['occurrences'][0]['file'].endswith('TCGA-A-1-x.png')
    assert faults['empty-mask']['occurrences'] == [
        {'file': 'dataset/train/TCGA-B-1-x/masks/mask_0003.png', 'detail': ''}
    ]
    assert 'left out: 1 images, 1 masks' in report.summary()
    assert 'bad: 1 x empty-mask' in report.summary()


def test_nothing_left_is_an_error(tree, tmp_path: Path) -> None:
    tree.image('a/images/a.png')
    tree.mask('a/masks/1.png', (1, 1, 2, 2))
    tree.truncate('a/images/a.png')
    with pytest.raises(UserError, match='no image can be used'):
        convert('dsb2018', tree.root, tmp_path / 'out', ConversionOptions(skip_bad=True, workers=1))
    assert not (tmp_path / 'out').exists()


def test_equal_images_stay_on_one_side(tree, tmp_path: Path) -> None:
    for name in 'abcdef':
        tree.image(f'{name}/images/{name}.png', seed=0 if name in 'ad' else ord(name))
        tree.mask(f'{name}/masks/1.png', (1, 1, 5, 5))
    for seed in range(4):
        options = ConversionOptions(val=0.5, seed=seed, workers=1)
        report = convert('dsb2018', tree.root, tmp_path / str(seed), options)
        assert [(f.kind, f.file) for f in report.faults] == [('duplicate-image', 'd/images/d.png')]
        for split in ('train', 'val'):
            names = {i['file_name'][0] for i in load(tmp_path / str(seed), split)['images']}
            assert len(names & {'a', 'd'}) != 1


def test_a_group_of_ones_own_must_fit_the_names(homework, tmp_path: Path) -> None:
    options = ConversionOptions(val=2, group=r'TCGA-[A-Z]-1-(\w)', workers=1)
    convert('vrdl2021', homework.root, tmp_path / 'out', options)
    groups = {image['group'] for image in load(tmp_path / 'out', 'all')['images']}
    assert groups == {'x', 'y'}
    with pytest.raises(UserError, match='does not match 4 of 4 image names'):
        convert(
            'vrdl2021',
            homework.root,
            tmp_path / 'two',
            ConversionOptions(group='patient', workers=1),
        )


@pytest.mark.parametrize('val', [float('inf'), -0.1, float('nan')])
def test_a_share_that_is_none_is_refused(homework, tmp_path: Path, val: float) -> None:
    with pytest.raises(UserError, match='--val is a fraction or a number of images'):
        convert('vrdl2021', homework.root, tmp_path / 'out', ConversionOptions(val=val, workers=1))


def test_without_validation_all_images_train(homework, tmp_path: Path) -> None:
    report = convert(
        'vrdl2021', homework.root, tmp_path / 'out', ConversionOptions(val=0, workers=1)
    )
    assert report.images == {'train': 4, 'all': 4, 'test': 2}
    assert not (tmp_path / 'out' / 'val.json').exists()


def test_a_folder_in_use_is_kept(homework, tmp_path: Path) -> None:
    (tmp_path / 'out').mkdir()
    (tmp_path / 'out' / 'thesis.txt').write_text('years of work')
    with pytest.raises(UserError, match='not empty'):
        convert('vrdl2021', homework.root, tmp_path / 'out', ONE)
    with pytest.raises(UserError, match='something else than an earlier conversion'):
        convert('vrdl2021', homework.root, tmp_path / 'out', ConversionOptions(overwrite=True))
    with pytest.raises(UserError, match='is a file'):
        convert('vrdl2021', homework.root, tmp_path / 'out/thesis.txt', ONE)
    assert files(tmp_path / 'out') == {'thesis.txt': b'years of work'}


def test_a_conversion_does_not_replace_its_own_source(homework, tmp_path: Path) -> None:
    convert('vrdl2021', homework.root, tmp_path / 'out', ONE)
    before = files(tmp_path / 'out')
    with pytest.raises(UserError, match='lies in'):
        convert(
            'coco', tmp_path / 'out/all.json', tmp_path / 'out', ConversionOptions(overwrite=True)
        )
    assert files(tmp_path / 'out') == before


def test_an_earlier_conversion_is_replaced_only_by_a_whole_one(homework, tmp_path: Path) -> None:
    convert('vrdl2021', homework.root, tmp_path / 'out', ONE)
    before = files(tmp_path / 'out')
    again = ConversionOptions(val=0, workers=1, overwrite=True)
    homework.mask('dataset/train/TCGA-B-1-x/masks/mask_0003.png')
    with pytest.raises(UserError, match='1 bad files'):
        convert('vrdl2021', homework.root, tmp_path / 'out', again)
    assert files(tmp_path / 'out') == before
    (homework.root / 'dataset/train/TCGA-B-1-x/masks/mask_0003.png').unlink()
    convert('vrdl2021', homework.root, tmp_path / 'out', again)
    assert 'val.json' not in files(tmp_path / 'out')
    assert sorted(path.name for path in tmp_path.iterdir()) == ['out', 'source']


@pytest.mark.parametrize('stop', [OSError(errno.ENOSPC, 'No space left'), KeyboardInterrupt()])
def test_a_full_disk_or_an_interrupt_leaves_nothing(
    homework, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    def write(*_: object) -> None:
        raise stop

    monkeypatch.setattr(Path, 'write_bytes', write)
    with pytest.raises(type(stop)):
        convert('vrdl2021', homework.root, tmp_path / 'out', ONE)
    assert [path.name for path in tmp_path.iterdir()] == ['source']


def test_two_images_of_one_name_are_refused(tree, tmp_path: Path) -> None:
    for place in ('one', 'two'):
        tree.image(f'{place}/train/a/images/a.png')
        tree.mask(f'{place}/train/a/masks/1.png', (1, 1, 5, 5))
    with pytest.raises(UserError, match=r'two images have the same name: one/.* and two/.*'):
        convert('vrdl2021', tree.root, tmp_path / 'out', ONE)
