"""Progress: lines in a log, a bar on a terminal."""

import doctest
import io
from types import SimpleNamespace

import pytest

from mmnuc.engine.hooks import ProgressHook, progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def runner(lines: list[str], batches: int) -> SimpleNamespace:
    """A runner that tests some batches and collects what is logged."""
    return SimpleNamespace(
        test_dataloader=range(batches),
        log_processor=SimpleNamespace(
            get_log_after_iter=lambda _, index, mode: ({}, f'{mode} {index + 1}')
        ),
        logger=SimpleNamespace(info=lines.append),
        message_hub=SimpleNamespace(runtime_info={'eta': 61.0}),
    )


def run_test(hook: ProgressHook, monkeypatch, batches: int, seconds_a_batch: float) -> list[str]:
    """Run the hook over a test."""
    lines, clock = [], [100.0]
    monkeypatch.setattr(progress.time, 'monotonic', lambda: clock[0])
    for index in range(batches):
        clock[0] += seconds_a_batch
        hook.after_test_iter(runner(lines, batches), batch_idx=index, data_batch=None, outputs=None)
    return lines


def test_example() -> None:
    assert doctest.testmod(progress).failed == 0


@pytest.mark.parametrize(
    ('seconds_a_batch', 'lines'),
    [(20, ['test 1', 'test 2', 'test 3', 'test 4']), (6, ['test 1', 'test 3', 'test 4'])],
    ids=['slow batches', 'fast batches'],
)
def test_a_line_every_ten_seconds_and_at_the_end(monkeypatch, seconds_a_batch, lines) -> None:
    assert run_test(ProgressHook(), monkeypatch, 4, seconds_a_batch) == lines


def test_a_log_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr('sys.stderr', stream)
    run_test(ProgressHook(), monkeypatch, 2, 1)
    assert stream.getvalue() == ''


def test_a_terminal_gets_a_bar_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr('sys.stderr', stream)
    run_test(ProgressHook(), monkeypatch, 2, 1)
    first, second, rest = stream.getvalue().split('\r')
    assert first == 'test [############............] 1/2, 0:01:01 left'
    assert second == 'test [########################] 2/2, 0:01:01 left'
    assert rest == '\x1b[K'


def test_a_bar_is_shorter_than_a_line_of_the_log() -> None:
    assert len(progress.bar('train', 2_160_000, 2_160_000, 900_000)) <= 80
