"""Images of one name in different folders stay apart."""

import pytest

from mmnuc.coco.image_names import NameIndex
from mmnuc.errors import UserError

INDEX = NameIndex(['x/a.png', 'y/a.png', 'b.png', 'b.tif', 'deep/er/c.png'], 'truth.json')


@pytest.mark.parametrize(
    ('name', 'place'),
    [
        ('x/a.png', 0),
        ('out/y/a.json', 1),
        (r'D:\out\y\a.png', 1),
        ('b.tif', 3),
        ('B.png', -1),
        ('elsewhere/c.jpg', 4),
        ('', -1),
    ],
)
def test_found(name: str, place: int) -> None:
    assert INDEX.find(name, 'found.json') == place


@pytest.mark.parametrize('name', ['a.png', 'z/a.png', 'b.jpg'])
def test_several_may_be_meant(name: str) -> None:
    with pytest.raises(UserError, match=rf'^found\.json: {name} may be .* or .* of truth\.json'):
        INDEX.find(name, 'found.json')
