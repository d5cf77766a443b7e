"""What files and folders mean: folders that are one image too."""

from pathlib import Path

from mmnuc.apis.image_files import find_images


def test_folders_that_are_one_image(tmp_path: Path) -> None:
    for name in ('b.zarr/0/c/0', 'north/c.zarr/0', 'north/dicom', 'south'):
        (tmp_path / name).mkdir(parents=True)
    for name in (
        'b.zarr/.zattrs',
        'b.zarr/0/c/0/0',
        'north/c.zarr/zarr.json',
        'a.png',
        'south/d.jpg',
    ):
        (tmp_path / name).touch()
    for name in ('1.dcm', '2.dcm'):
        (tmp_path / 'north/dicom' / name).write_bytes(bytes(128) + b'DICM')
    (tmp_path / 'north' / 'notes.txt').touch()
    found = find_images([tmp_path], tmp_path / 'out')
    want = ['a', 'b', 'north/c', 'north/dicom', 'south/d']
    assert [image.name for image in found.images] == want
    assert found.notes == ('1 file is no image by its suffix: north/notes.txt',)
    for name in ('b.zarr', 'north/dicom'):
        one = find_images([tmp_path / name], tmp_path / 'out').images
        assert [image.path for image in one] == [tmp_path / name]
