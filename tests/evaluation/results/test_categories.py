"""Labels and categories are matched by name, and never mixed up silently."""

import pytest

from mmnuc.errors import UserError
from mmnuc.evaluation.results.categories import categories_of_labels


def test_labels_follow_the_json() -> None:
    assert categories_of_labels(['cat', 'dog'], ['dogs', 'cat', 'dog'], [4, 9, 2], 'f') == (9, 2)


@pytest.mark.parametrize(
    ('classes', 'message'),
    [(['cat', 'cow'], 'but not cow'), (['dog', 'cat'], 'lists its categories as cat, dog')],
)
def test_what_does_not_fit_is_named(classes: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        categories_of_labels(classes, ['cat', 'dog'], [1, 2], 'a.json')
