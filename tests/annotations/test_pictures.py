"""Which files are images by their names."""

import pytest

from mmnuc.annotations.pictures import is_picture_name, pictures_among

FOLDERS = {
    'arrays alone': (['a.npy', 'b.NPY'], ['a.npy', 'b.NPY']),
    'what Cellpose writes': (['a.png', 'a_seg.npy', 'b_seg.npy'], ['a.png']),
    'label maps beside images': (['a.png', 'a.npy', 'b.npy'], ['a.png', 'b.npy']),
    'of another folder': (['x/a.png', 'y/a.npy'], ['x/a.png', 'y/a.npy']),
    'by their names': (['a_inst.npy', 'b_masks.npy', 'c_dp.npy', 'd_features.npy'], []),
    'a zipped store': (['a.zarr.zip', 'b.zip', 'c.ozx'], ['a.zarr.zip', 'c.ozx']),
}


@pytest.mark.parametrize(('names', 'want'), FOLDERS.values(), ids=FOLDERS)
def test_images_of_a_folder(names: list[str], want: list[str]) -> None:
    assert pictures_among(names) == want


def test_an_array_is_no_image_by_its_suffix_alone() -> None:
    assert is_picture_name('x/a.svs')
    assert not is_picture_name('x/a.npy')
