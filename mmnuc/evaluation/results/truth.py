"""The ground truth that result files are scored against."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from mmnuc.errors import UserError
from mmnuc.evaluation.functional.coco_instances import GroundTruth, ImageInfo


@dataclass(frozen=True)
class Truth:
    """Images and their true instances.

    Attributes:
        images: The images.
        gt: Their true instances.
        classes: Names of the classes.
        category_ids: The file's id of each class.
        by_name: The images by file name without folders and suffix.
    """

    images: tuple[ImageInfo, ...]
    gt: GroundTruth
    classes: tuple[str, ...] = ('nucleus',)
    category_ids: tuple[int, ...] = (1,)
    by_name: dict[str, ImageInfo] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        names = {stem(image.file_name): image for image in self.images}
        object.__setattr__(self, 'by_name', names)

    def require_names(self) -> None:
        """Refuse images that can't be told apart by name.

        Raises:
            UserError: Two images have one name.
        """
        if len(self.by_name) < len(self.images):
            raise UserError('several images of the ground truth have one name: match them by id')


def stem(name: str) -> str:
    """File name without folders and suffix.

    Example:
        >>> stem('train/a.b.png')
        'a.b'
    """
    return PurePosixPath(name).stem
