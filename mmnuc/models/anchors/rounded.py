"""torchvision's anchors, for weights that were trained with them."""

from __future__ import annotations

from typing import Any

from mmdet.models.task_modules import AnchorGenerator
from torch import Tensor

from mmnuc.registry import TASK_UTILS


@TASK_UTILS.register_module()
class RoundedAnchorGenerator(AnchorGenerator):
    """Anchors of whole pixels, on a grid that spans the image.

    torchvision differs from mmdet in two ways. The corners of an anchor around the origin are
    rounded: one of 45.3 x 22.6 pixels is 46 x 22. And a level's stride is the size of the padded
    image over the size of its map, rounded down: where the coarsest map of a side of 800 pixels
    has 13 rows, they lie 61 pixels apart and not 64.

    Its arguments are those of mmdet's ``AnchorGenerator``.
    """

    strides: Any

    def gen_single_level_base_anchors(self, *args: Any, **kwargs: Any) -> Tensor:
        """Round the anchors of a level, halves to even numbers, as torchvision."""
        return super().gen_single_level_base_anchors(*args, **kwargs).round()

    def grid_priors(self, featmap_sizes: list[tuple[int, int]], *args: Any, **kwargs: Any) -> Any:
        """Place the anchors on maps of these sizes; the first one has no remainder."""
        given = self.strides
        height, width = (
            size * stride for size, stride in zip(featmap_sizes[0], given[0][::-1], strict=True)
        )
        self.strides = [(width // columns, height // rows) for rows, columns in featmap_sizes]
        try:
            return super().grid_priors(featmap_sizes, *args, **kwargs)
        finally:
            self.strides = given
