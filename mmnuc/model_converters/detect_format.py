"""Which framework a file comes from, by the names of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

from mmnuc.errors import UserError
from mmnuc.model_converters import caffe2, detectron2, torchvision
from mmnuc.model_converters.imported import Imported

# Where training scripts keep the weights in what they save.
WRAPPERS = ('model', 'state_dict', 'model_state_dict', 'model_state', 'blobs')


def weights_in(content: Any) -> dict[str, Any]:
    """Find the weights in what a checkpoint file holds.

    Args:
        content: Tensors or arrays by name, bare or in one of :data:`WRAPPERS`.

    Returns:
        Name → tensor or array, without the prefix of data-parallel training.

    Raises:
        UserError: There are none.

    Example:
        >>> import numpy as np
        >>> list(weights_in({'model': {'module.a': np.zeros(1)}, 'iteration': 3}))
        ['a']
        >>> weights_in({'epoch': 3})
        Traceback (most recent call last):
        mmnuc.errors.UserError: it holds no weights, but: epoch
    """
    if not isinstance(content, Mapping):
        raise UserError(f'it holds no weights, but: {type(content).__name__}')
    for wrapper in WRAPPERS:
        if isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
            break
    weights = {str(name): value for name, value in content.items() if hasattr(value, 'shape')}
    if not weights:
        raise UserError('it holds no weights, but: ' + ', '.join(map(str, list(content)[:5])))
    others = [str(name) for name, value in content.items() if not hasattr(value, 'shape')]
    if others:
        raise UserError('beside weights it holds: ' + ', '.join(others[:5]))
    if all(name.startswith('module.') for name in weights):
        weights = {name.removeprefix('module.'): value for name, value in weights.items()}
    return weights


def import_mmdet(arrays: Mapping[str, NDArray[Any]]) -> Imported:
    """Take weights of MMDetection as they are: the config says the rest."""
    rows = arrays.get('roi_head.bbox_head.fc_cls.weight')
    if rows is None:
        raise UserError('weights of MMDetection, but not of a Mask R-CNN with one box head')
    return Imported(
        framework='MMDetection',
        state=dict(arrays),
        trunk=None,
        classes=int(rows.shape[0]) - 1,
        settings=None,
    )


# How a name begins that no other framework has → what translates.
_KINDS: tuple[tuple[str, Callable[[Mapping[str, NDArray[Any]]], Imported]], ...] = (
    ('backbone.bottom_up.', detectron2.import_detector),
    ('backbone.body.', torchvision.import_detector),
    ('backbone.layer1.', import_mmdet),
    ('neck.', import_mmdet),
    ('res2_0_branch2a_w', caffe2.import_backbone),
    ('res2.0.', detectron2.import_backbone),
    ('layer1.0.', torchvision.import_backbone),
)


def translate(arrays: Mapping[str, NDArray[Any]]) -> Imported:
    """Recognise the framework of some weights and give them MMDetection's names.

    Args:
        arrays: Name → array, as the framework saved them.

    Raises:
        UserError: They are of none of the known networks, or a parameter is left over or missing.

    Example:
        >>> import numpy as np
        >>> translate({'encoder.weight': np.zeros(1)})
        Traceback (most recent call last):
        mmnuc.errors.UserError: no network that is known here has a parameter encoder.weight
    """
    for mark, importer in _KINDS:
        if any(name.startswith(mark) for name in arrays):
            return importer(arrays)
    first = next(iter(arrays), '(there is none)')
    raise UserError(f'no network that is known here has a parameter {first}')
