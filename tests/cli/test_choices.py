"""The names that the command line offers are those of the modules that own them."""

from mmnuc.apis.model_zoo import publish
from mmnuc.cli import choices
from mmnuc.cli.main import parse
from mmnuc.converters import build, formats, split
from mmnuc.evaluation.submission.formats import FORMATS as SUBMISSIONS
from mmnuc.visualization import panels


def test_tables_equal_their_owners() -> None:
    assert {name: known.content for name, known in formats.FORMATS.items()} == choices.SOURCES
    assert tuple(split.GROUPS) == choices.GROUPS
    assert build.CROWDS == choices.CROWDS
    assert tuple(sorted(SUBMISSIONS)) == choices.SUBMISSIONS
    assert panels.STYLES == choices.STYLES
    assert all(parse(['publish', 'a', 'b', '--format', name]) for name in publish.FORMATS)
