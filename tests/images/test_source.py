"""Where an image comes from: files, folders, contents; nothing that would be waited for."""

import os
from pathlib import Path

import pytest

from mmnuc.errors import UserError
from mmnuc.images import open_image, read_bgr
from mmnuc.images.source import Source


def test_a_file_and_its_content_are_alike(tmp_path: Path) -> None:
    path = tmp_path / 'a.TIF'
    path.write_bytes(b'II*\0' + bytes(9000))
    file, content = Source(str(path), path), Source('a.TIF', data=path.read_bytes())
    assert file.suffix == content.suffix == '.tif'
    assert file.start == content.start
    assert len(file.start) < 9000
    assert file.read() == content.read()


@pytest.mark.parametrize('read', [open_image, read_bgr])
def test_a_pipe_is_not_waited_for(tmp_path: Path, read: object) -> None:
    path = tmp_path / 'a.png'
    os.mkfifo(path)
    with pytest.raises(UserError, match=r'a\.png is no file, but a pipe or a device'):
        read(path)


@pytest.mark.skipif(not Path('/dev/zero').exists(), reason='there is no such device')
def test_a_device_is_not_read_to_its_end() -> None:
    with pytest.raises(UserError, match='is no file, but a pipe or a device'):
        open_image('/dev/zero')


def test_a_link_to_a_file_is_a_file(tmp_path: Path) -> None:
    (tmp_path / 'a').write_bytes(b'content')
    (tmp_path / 'link').symlink_to('a')
    assert Source('link', tmp_path / 'link').read() == b'content'
    (tmp_path / 'dangling').symlink_to('nowhere')
    with pytest.raises(UserError, match='no such image'):
        Source('dangling', tmp_path / 'dangling').read()
