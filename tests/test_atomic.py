"""Files appear whole or not at all."""

from pathlib import Path

import pytest

from mmnuc.atomic import atomic_folder, atomic_path


def test_the_file_appears_only_at_the_end(tmp_path: Path) -> None:
    final = tmp_path / 'new' / 'scores.json'
    with atomic_path(final) as path:
        path.write_text('whole')
        assert not final.exists()
        assert path.parent == final.parent
        assert path.suffix == '.json'
    assert final.read_text() == 'whole'
    assert list(final.parent.iterdir()) == [final]


@pytest.mark.parametrize('stop', [KeyboardInterrupt, OSError(28, 'No space left on device')])
def test_a_writer_that_is_stopped_leaves_the_old_file(tmp_path: Path, stop: BaseException) -> None:
    final = tmp_path / 'scores.json'
    final.write_text('old')

    def write() -> None:
        with atomic_path(final) as path:
            path.write_text('half')
            raise stop

    with pytest.raises((KeyboardInterrupt, OSError)):
        write()
    assert final.read_text() == 'old'
    assert list(tmp_path.iterdir()) == [final]


def test_a_writer_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    final = tmp_path / 'scores.json'
    final.write_text('old')
    with pytest.raises(FileNotFoundError), atomic_path(final):
        pass
    assert final.read_text() == 'old'


def test_a_folder_appears_whole_and_replaces_the_old_one(tmp_path: Path) -> None:
    final = tmp_path / 'new' / 'data'
    for content in ('first', 'second'):
        with atomic_folder(final) as folder:
            (folder / f'{content}.txt').write_text(content)
            assert not (final / f'{content}.txt').exists()
        assert [path.name for path in final.iterdir()] == [f'{content}.txt']
    assert list(final.parent.iterdir()) == [final]


def test_a_folder_that_fails_leaves_the_old_one(tmp_path: Path) -> None:
    final = tmp_path / 'data'
    final.mkdir()
    (final / 'old.txt').write_text('old')

    def write() -> None:
        with atomic_folder(final) as folder:
            (folder / 'new.txt').write_text('new')
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert [path.name for path in final.iterdir()] == ['old.txt']
    assert list(tmp_path.iterdir()) == [final]


def test_a_folder_behind_a_link_is_replaced_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / 'large_disk').mkdir()
    (tmp_path / 'data').symlink_to(tmp_path / 'large_disk')
    with atomic_folder(tmp_path / 'data') as folder:
        (folder / 'a.txt').write_text('a')
    assert (tmp_path / 'data').is_symlink()
    assert (tmp_path / 'large_disk' / 'a.txt').read_text() == 'a'
