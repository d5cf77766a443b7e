"""mmnuc: find and outline every nucleus in a tissue image, on MMDetection.

Importing this package loads nothing but the standard library; it only lets ``mmcv`` find its
operators when it was installed without compiled ones (see :mod:`mmnuc.mmcv_ext`). The functions
below come in when they are first asked for.
"""

from typing import TYPE_CHECKING

from mmnuc import mmcv_ext
from mmnuc.lazy import lazy_names

if TYPE_CHECKING:
    from mmnuc.apis.evaluate import evaluate
    from mmnuc.apis.models import load
    from mmnuc.apis.predict import predict
    from mmnuc.apis.segmentation import segment
    from mmnuc.apis.test import test
    from mmnuc.apis.train import train
    from mmnuc.structures.nuclei import Nuclei

__version__ = '0.2.0'

__all__ = ['Nuclei', 'evaluate', 'load', 'predict', 'segment', 'test', 'train']

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        'Nuclei': 'mmnuc.structures.nuclei',
        'evaluate': 'mmnuc.apis.evaluate',
        'load': 'mmnuc.apis.models',
        'predict': 'mmnuc.apis.predict',
        'segment': 'mmnuc.apis.segmentation',
        'test': 'mmnuc.apis.test',
        'train': 'mmnuc.apis.train',
    },
)

mmcv_ext.install()
