"""ImageNet backbones with Caffe2's names: R-50.pkl, R-101.pkl, X-101-32x8d.pkl."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from mmnuc.model_converters import resnet
from mmnuc.model_converters.detectron2 import identity_norms, trunk_table
from mmnuc.model_converters.imported import Imported, caffe_settings
from mmnuc.model_converters.tables import renamed

# The classifier, and a bias that Detectron2 leaves out too: a norm follows it.
UNUSED = re.compile(r'(fc\d*|pred)_[wb]|conv1_b')
# Parts of a name → Detectron2's, one after the other.
_PARTS = (
    (r'^(res_)?conv1_', 'stem.conv1_'),
    (r'^(res\d)_(\d+)_', r'\1.\2.'),
    ('branch1_', 'shortcut_'),
    ('branch2a_', 'conv1_'),
    ('branch2b_', 'conv2_'),
    ('branch2c_', 'conv3_'),
    (r'_bn_(s|gamma)$', '.norm.weight'),
    (r'_bn_(b|beta)$', '.norm.bias'),
    (r'_bn_(rm|running_mean)$', '.norm.running_mean'),
    (r'_bn_(riv|running_var)$', '.norm.running_var'),
    (r'_w$', '.weight'),
)


def import_backbone(arrays: Mapping[str, NDArray[Any]]) -> Imported:
    """Translate a backbone.

    Norms without statistics get those that change nothing: weight and bias hold them already.

    Args:
        arrays: Caffe2's name → array.

    Raises:
        UserError: A parameter is left over or missing.
    """
    unused = tuple(name for name in arrays if UNUSED.fullmatch(name))
    # What an optimizer left beside the weights.
    unused += tuple(name for name in arrays if name.endswith('_momentum') or name == 'lr')
    named = {detectron2_name(name): arrays[name] for name in arrays if name not in unused}
    trunk = resnet.DETECTRON2.trunk(named)
    named.update(identity_norms(named, trunk))
    return Imported(
        framework='an ImageNet backbone with Caffe2 names',
        state=renamed(named, trunk_table(trunk)),
        trunk=trunk,
        classes=None,
        settings=caffe_settings(trunk),
        unused=unused,
    )


def detectron2_name(name: str) -> str:
    """Detectron2's name of a tensor.

    Example:
        >>> detectron2_name('res4_22_branch2c_bn_s'), detectron2_name('res_conv1_bn_b')
        ('res4.22.conv3.norm.weight', 'stem.conv1.norm.bias')
    """
    for pattern, part in _PARTS:
        name = re.sub(pattern, part, name)
    return name
