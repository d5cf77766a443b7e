"""Runs are called as they are named, or as their files."""

import pytest

from mmnuc.cli.commands.compare import named
from mmnuc.errors import UserError


def test_names_of_runs() -> None:
    assert named(['plain=a/x.pkl', 'b/y.pkl']) == {'plain': 'a/x.pkl', 'y': 'b/y.pkl'}
    with pytest.raises(UserError, match='two runs are called x'):
        named(['a/x.pkl', 'b/x.pkl'])
