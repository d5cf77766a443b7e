"""Pictures on the disk."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from mmnuc.visualization.picture_file import write_picture

PICTURE = np.full((8, 9, 3), (200, 100, 50), np.uint8)


@pytest.mark.parametrize(
    ('name', 'expected'),
    [
        ('tile.png', 'tile.png'),
        ('tile.jpg', 'tile.jpg'),
        ('tile.JPEG', 'tile.JPEG'),
        ('tile.tif', 'tile.png'),
        ('TCGA-18.5592', 'TCGA-18.png'),
        ('tile', 'tile.png'),
    ],
)
def test_names_keep_their_stem_and_end_as_png_or_jpeg(
    tmp_path: Path, name: str, expected: str
) -> None:
    path = write_picture(tmp_path / 'new' / name, PICTURE)
    assert [file.name for file in path.parent.iterdir()] == [expected]
    read = cv2.imread(str(path))[..., ::-1]
    assert np.abs(read.astype(int) - PICTURE).max() <= 3


def test_a_failed_write_leaves_the_old_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_picture(tmp_path / 'tile.png', PICTURE)
    before = path.read_bytes()

    def full(*_: object) -> int:
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(Path, 'write_bytes', full)
    with pytest.raises(OSError, match='No space left'):
        write_picture(path, PICTURE // 2)
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1
