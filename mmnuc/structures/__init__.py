"""The project's value types; :class:`Nuclei` needs no torch, :class:`CropMasks` is mmdet's."""

from typing import TYPE_CHECKING

from mmnuc.lazy import lazy_names

if TYPE_CHECKING:
    from mmnuc.structures.crop_masks import CropMasks
    from mmnuc.structures.nuclei import Nuclei

__all__ = ['CropMasks', 'Nuclei']

__getattr__, __dir__ = lazy_names(
    __name__,
    {'CropMasks': 'mmnuc.structures.crop_masks', 'Nuclei': 'mmnuc.structures.nuclei'},
)
