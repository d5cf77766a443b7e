"""Which files of a folder are images, and what their results are called."""

import glob
from pathlib import Path

import pytest

from mmnuc.apis.image_files import _globbed, find_images
from mmnuc.errors import UserError


def filled(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_results_of_other_tools_beside_their_images_are_passed_over(tmp_path: Path) -> None:
    filled(
        tmp_path, 'a.tif', 'a_masks.tif', 'a_cp_masks.png', 'a_flows_cp_masks.tif', 'a.overlay.png'
    )
    filled(tmp_path, 'p1/b_mask.png', 'p1/b.png', 'c_mask.png', 'p2/b_mask.png')
    found = find_images([tmp_path], tmp_path / 'out')
    assert [image.name for image in found.images] == ['a', 'c_mask', 'p1/b', 'p2/b_mask']
    (note,) = found.notes
    assert note.startswith('5 files are results beside their images: a.overlay.png, a_cp_masks.png')


def test_a_file_that_is_named_is_taken(tmp_path: Path) -> None:
    filled(tmp_path, 'a.tif', 'a_masks.tif')
    found = find_images([tmp_path / 'a_masks.tif', tmp_path / 'a.tif'], tmp_path / 'out')
    assert [image.name for image in found.images] == ['a_masks', 'a']
    assert found.notes == ()


def test_equal_names_in_different_folders_stay_apart(tmp_path: Path) -> None:
    filled(tmp_path, 'p1/a.png', 'p2/a.png', 'p2/a.tif')
    found = find_images([tmp_path], tmp_path / 'out')
    assert [image.name for image in found.images] == ['p1/a', 'p2/a.png', 'p2/a.tif']
    assert [image.file_name for image in found.images] == ['p1/a.png', 'p2/a.png', 'p2/a.tif']
    with pytest.raises(UserError, match=r'would both be called a.png: give the folder above them'):
        find_images([tmp_path / 'p1', tmp_path / 'p2/a.png'], tmp_path / 'out')


def test_nothing_but_results_are_images(tmp_path: Path) -> None:
    filled(tmp_path, 'a_masks.tif')
    assert [i.name for i in find_images([tmp_path], tmp_path / 'out').images] == ['a_masks']


def test_links_that_lead_back_are_not_followed(tmp_path: Path) -> None:
    folder = filled(tmp_path / 'in', 'a.png', 'deep/b.png')
    for number in range(4):
        (folder / f'loop{number}').symlink_to(folder)
        (folder / 'deep' / f'up{number}').symlink_to('..')
    (tmp_path / 'other').mkdir()
    (folder / 'c').symlink_to(filled(tmp_path / 'other', 'c.png'))
    found = find_images([folder], tmp_path / 'out')
    assert [image.name for image in found.images] == ['a', 'c/c', 'deep/b']


def test_a_name_that_no_file_has(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='can not be read'):
        find_images(['a' * 5000], tmp_path / 'out')


def test_a_folder_of_other_files_says_which(tmp_path: Path) -> None:
    filled(tmp_path, 'a.nd2', 'b.nd2')
    with pytest.raises(
        UserError, match=r'no images in .*; 2 files are none by their suffix: a\.nd2'
    ):
        find_images([tmp_path], tmp_path / 'out')


PATTERNS = [
    '**/*.png',
    'a/**/*.png',
    'a/**/c/*.png',
    '**/b/**/*.png',
    '*/**/?.png',
    '**/none/*.png',
]


@pytest.mark.parametrize('pattern', PATTERNS)
def test_patterns_of_any_depth_are_those_of_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    monkeypatch.chdir(tmp_path)
    filled(tmp_path, '1.png', 'a/2.png', 'a/b/3.png', 'a/b/c/4.png', 'a/.d/5.png', '[x]/6.png')
    want = {Path(one) for one in glob.glob(pattern, recursive=True)}
    assert {Path(one) for one in _globbed(pattern)} == want
    assert {Path(one) for one in _globbed(str(tmp_path / pattern))} == {
        tmp_path / one for one in want
    }


def test_patterns_do_not_go_round(tmp_path: Path) -> None:
    filled(tmp_path, 'a.png', 'deep/b.png')
    for number in range(4):
        (tmp_path / f'loop{number}').symlink_to(tmp_path)
    found = find_images([f'{tmp_path}/**/*.png'], tmp_path / 'out')
    assert [image.path.name for image in found.images] == ['a.png', 'b.png']


@pytest.mark.parametrize('out', ['.', '..'])
def test_results_beside_their_images(tmp_path: Path, out: str) -> None:
    folder = filled(tmp_path / 'in', 'a.png', 'a.labels.tif', 'a.geojson', 'deep/b.png')
    found = find_images([folder], folder / out)
    assert [image.name for image in found.images] == ['a', 'deep/b']


def test_an_input_without_a_name_is_not_the_folder_at_hand(tmp_path: Path) -> None:
    for given in ('', ' '):
        with pytest.raises(UserError, match='an input has no name'):
            find_images([given], tmp_path)
