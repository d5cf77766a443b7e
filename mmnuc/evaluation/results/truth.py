"""The ground truth that result files are scored against."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from mmnuc.coco.categories import CocoCategory
from mmnuc.coco.image_names import NameIndex
from mmnuc.coco.images import CocoImage
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
        given_images: The ids that the file gives the images, where they are no numbers.
        given_categories: The ids that the file gives the classes, where it says more than
            ``category_ids``.
        by_name: The images by file name without folders and suffix.
    """

    images: tuple[ImageInfo, ...]
    gt: GroundTruth
    classes: tuple[str, ...] = ('nucleus',)
    category_ids: tuple[int, ...] = (1,)
    given_images: tuple[str, ...] = ()
    given_categories: tuple[tuple[str, ...], ...] = ()
    by_name: dict[str, ImageInfo] = field(init=False, repr=False)
    _names: NameIndex = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = {stem(image.file_name): image for image in self.images}
        object.__setattr__(self, 'by_name', names)
        index = NameIndex((image.file_name for image in self.images), 'the ground truth')
        object.__setattr__(self, '_names', index)

    def find(self, name: str, file: str) -> ImageInfo | None:
        """The image that a name means, by the folders that both share; None where there is none.

        Args:
            name: The name, which may have other folders and another suffix.
            file: Where it stands, for messages.

        Raises:
            UserError: Several images may be meant.
        """
        place = self._names.find(name, file)
        return None if place < 0 else self.images[place]

    def coco_images(self) -> list[CocoImage]:
        """The images as results refer to them by their ids."""
        given = self.given_images or [str(image.id) for image in self.images]
        return [
            CocoImage(image.id, text, image.file_name, image.height, image.width)
            for image, text in zip(self.images, given, strict=True)
        ]

    def coco_categories(self) -> list[CocoCategory]:
        """The classes as results refer to them by their ids."""
        given = self.given_categories or [(str(number),) for number in self.category_ids]
        return [
            CocoCategory(number, name, texts, {})
            for number, name, texts in zip(self.category_ids, self.classes, given, strict=True)
        ]

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
