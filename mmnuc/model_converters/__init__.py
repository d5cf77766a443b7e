"""Weights of other frameworks under MMDetection's names, with the settings that go with them."""

from mmnuc.model_converters.child_config import WRITTEN_HERE, child_config
from mmnuc.model_converters.detect_format import translate, weights_in
from mmnuc.model_converters.imported import Imported, Pixels, Settings

__all__ = [
    'WRITTEN_HERE',
    'Imported',
    'Pixels',
    'Settings',
    'child_config',
    'translate',
    'weights_in',
]
