"""The ground truth that result files are scored against."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath

from mmnuc.annotations.names import AmbiguousNameError, ImageNames
from mmnuc.coco.categories import CocoCategory
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
    """

    images: tuple[ImageInfo, ...]
    gt: GroundTruth
    classes: tuple[str, ...] = ('nucleus',)
    category_ids: tuple[int, ...] = (1,)
    given_images: tuple[str, ...] = ()
    given_categories: tuple[tuple[str, ...], ...] = ()
    _names: ImageNames = field(init=False, repr=False)
    _by_file: dict[str, ImageInfo] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        files = {image.file_name.replace('\\', '/'): image for image in self.images}
        object.__setattr__(self, '_by_file', files)
        object.__setattr__(self, '_names', ImageNames(files))

    def find(self, name: str, file: str = '') -> ImageInfo | None:
        """Return the image that a file belongs to by its name; None if it is none of these.

        Folders tell images of one name apart, and the suffix where they don't; endings that tools
        put behind the name of an image do not count (:mod:`mmnuc.annotations.names`).

        Args:
            name: Path of the file, with forward slashes.
            file: Where the name stands, for messages.

        Raises:
            UserError: There are several.

        Example:
            >>> from mmnuc.evaluation.results.columns import joined
            >>> image = ImageInfo(1, 'train/a.png', 4, 4)
            >>> Truth((image,), joined([]).ground_truth()).find('a_cp_masks.tif') is image
            True
        """
        try:
            found = self._names.find(name)
        except AmbiguousNameError as error:
            # Of a.png and a.tif the one of the same kind.
            alike = [image for image in error.images if image.lower().endswith(_suffix(name))]
            if len(alike) != 1:
                where = f'{file}: {name}' if file else name
                first, second, *_ = error.images
                raise UserError(
                    f'{where} may be {first} or {second} of the ground truth: write it with its '
                    'folder'
                ) from None
            found = alike[0]
        return None if found is None else self._by_file[found]

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


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower() or '/'
