"""`python -m mmnuc` is the command."""

import mmnuc.__main__ as entry
from mmnuc.cli import main


def test_it_is_the_command() -> None:
    assert entry.main_and_exit is main.main_and_exit
