"""Files appear whole or not at all."""

from pathlib import Path

import pytest

from mmnuc.atomic import atomic_path


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
