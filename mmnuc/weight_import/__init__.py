"""Weights of other frameworks under MMDetection's names, with the settings that go with them."""

from mmnuc.weight_import.child_config import WRITTEN_HERE, child_config
from mmnuc.weight_import.imported import Imported, Pixels, Settings
from mmnuc.weight_import.recognise import translate, weights_in

__all__ = [
    'WRITTEN_HERE',
    'Imported',
    'Pixels',
    'Settings',
    'child_config',
    'translate',
    'weights_in',
]
