"""Labels and categories are matched by name, and never mixed up silently."""

import pytest

from mmnuc.errors import UserError
from mmnuc.evaluation.results.categories import categories_of_labels


def test_labels_follow_the_json() -> None:
    assert categories_of_labels(['cat', 'dog'], ['dogs', 'cat', 'dog'], [4, 9, 2], 'f') == (9, 2)


def test_the_order_of_the_json_does_not_matter() -> None:
    assert categories_of_labels(['dog', 'cat'], ['cat', 'dog'], [1, 2], 'f') == (2, 1)


def test_what_does_not_fit_is_named() -> None:
    with pytest.raises(UserError, match=r'a\.json has the categories cat, dog, but not cow'):
        categories_of_labels(['cat', 'cow'], ['cat', 'dog'], [1, 2], 'a.json')
