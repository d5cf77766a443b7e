"""mmnuc: find and outline every nucleus in a tissue image, on MMDetection.

Importing this package loads nothing but the standard library; it only lets ``mmcv`` find its
operators when it was installed without compiled ones (see :mod:`mmnuc.mmcv_ext`).
"""

from mmnuc import mmcv_ext

__version__ = '0.2.0'

mmcv_ext.install()
