"""The nuclei of one image: what every model, tool and export of the project speaks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmnuc import export
from mmnuc.ops import crops as crop_ops
from mmnuc.ops.codecs.label_map import crops_to_label_map, label_map_to_crops
from mmnuc.ops.crops import Crops
from mmnuc.ops.crops import geometry as crops_geometry
from mmnuc.ops.overlap.masks import pixel_counts
from mmnuc.ops.overlap.resolve import resolve_overlaps
from mmnuc.structures.host import from_instances, to_numpy

if TYPE_CHECKING:
    from mmnuc.images.pixel_size import PixelSize
    from mmnuc.structures.crop_masks import CropMasks


@dataclass(frozen=True, eq=False, repr=False)
class Nuclei:
    """N nuclei found in one image (detections), as a value: operations return new ones.

    What a model finds in a tile, what tiles and ensembles are merged to, what exports write and
    scores count: all of it is this. It needs NumPy alone; what else an operation needs, such as
    OpenCV to draw, comes in when it is asked for.

    Args:
        crops: One mask a nucleus, of the image's size, or what holds them: ``CropMasks``. They
            may overlap. Values other than 0 are inside; on the way into a fusion
            (:mod:`mmnuc.stitching.fusion`) they are probabilities of 0 to 255.
        scores: How sure the model is of each, of shape (N,); becomes ``float32``.
        labels: Class of each, counted from 0, of shape (N,); becomes ``int64``.
        class_names: Names of the classes.
        pixel_size: Micrometres a pixel, where they are known: a number, a pair of width and
            height, or both in one; becomes :class:`~mmnuc.images.pixel_size.PixelSize`.

    Raises:
        ValueError: The parts do not fit one another.

    Example:
        >>> nuclei = Nuclei.from_label_map(np.array([[1, 1, 0, 2]]), scores=[0.9, 0.4])
        >>> nuclei
        Nuclei(2 nuclei in 1 x 4 pixels)
        >>> len(nuclei), nuclei.areas.tolist(), nuclei.filter(score_threshold=0.5).areas.tolist()
        (2, [2, 1], [2])
    """

    crops: Crops
    scores: NDArray[np.float32]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...] = ('nucleus',)
    pixel_size: PixelSize | None = None

    def __post_init__(self) -> None:
        crops = getattr(self.crops, 'crops', self.crops)
        if not isinstance(crops, Crops):
            raise ValueError(f'crops must be Crops or CropMasks, not {type(crops).__name__}')
        self._set('crops', crops)
        self._set('scores', _row(self.scores, np.float32))
        self._set('labels', _row(self.labels, np.int64))
        self._set('class_names', tuple(self.class_names))
        counts = {len(crops), len(self.scores), len(self.labels)}
        if len(counts) > 1:
            raise ValueError(
                f'{len(crops)} masks, {len(self.scores)} scores and {len(self.labels)} labels'
            )
        if np.isnan(self.scores).any():
            raise ValueError(f'{np.isnan(self.scores).sum()} scores are not a number')
        self._check_labels()
        if self.pixel_size is not None:
            # Only here: readers of images are not needed for anything else.
            from mmnuc.images.pixel_size import PixelSize

            self._set('pixel_size', PixelSize.of(self.pixel_size))

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    def _check_labels(self) -> None:
        known = len(self.class_names)
        outside = self.labels[(self.labels < 0) | (self.labels >= known)]
        if len(outside):
            raise ValueError(f'label {outside[0]} has no name: there are {known} class names')

    @classmethod
    def empty(cls, height: int, width: int, **rest: Any) -> Nuclei:
        """Return no nuclei, in an image of this size; ``rest`` as for the class.

        Example:
            >>> Nuclei.empty(4, 5)
            Nuclei(0 nuclei in 4 x 5 pixels)
        """
        return cls.of_crops(crop_ops.empty(height, width), **rest)

    @classmethod
    def of_crops(cls, crops: Crops, scores: Any = None, labels: Any = None, **rest: Any) -> Nuclei:
        """Take tight crops: without scores each is 1, without labels each is of the first class."""
        scores = np.ones(len(crops)) if scores is None else scores
        labels = np.zeros(len(crops)) if labels is None else labels
        return cls(crops, scores, labels, **rest)

    @classmethod
    def from_label_map(cls, label_map: NDArray[np.integer], **rest: Any) -> Nuclei:
        """Take every instance of a label map (H, W), in rising order of their numbers.

        Args:
            label_map: ``0`` is background; numbers may have gaps.
            **rest: ``scores``, ``labels`` and so on, one for each number that occurs.
        """
        return cls.of_crops(label_map_to_crops(label_map)[0], **rest)

    @staticmethod
    def from_instance_data(
        instances: Any, class_names: Sequence[str] = ('nucleus',), **rest: Any
    ) -> Nuclei:
        """Take what a model of mmdet predicted; see :func:`mmnuc.structures.host.from_instances`.

        Example:
            >>> from mmengine.structures import InstanceData
            >>> found = dict(scores=[0.5], labels=[0], masks=np.ones((1, 2, 2), bool))
            >>> Nuclei.from_instance_data(InstanceData(**found)).areas.tolist()
            [4]
        """
        return from_instances(instances, class_names, **rest)

    @classmethod
    def cat(cls, parts: Sequence[Nuclei]) -> Nuclei:
        """Put nuclei of one image one after the other.

        Raises:
            ValueError: There are no parts, or their images, classes or pixel sizes differ.

        Example:
            >>> one = Nuclei.from_label_map(np.eye(2, dtype=int))
            >>> len(Nuclei.cat([one, one]))
            2
        """
        if len({(part.class_names, part.pixel_size) for part in parts}) > 1:
            names, sizes = {p.class_names for p in parts}, {p.pixel_size for p in parts}
            raise ValueError(f'nuclei of different classes {names} or pixel sizes {sizes}')
        crops = crop_ops.concatenate([part.crops for part in parts])
        scores = np.concatenate([part.scores for part in parts])
        labels = np.concatenate([part.labels for part in parts])
        return replace(parts[0], crops=crops, scores=scores, labels=labels)

    @property
    def masks(self) -> CropMasks:
        """The masks as mmdet takes them for its own; loads torch and mmdet."""
        from mmnuc.structures.crop_masks import CropMasks

        return CropMasks.from_crops(self.crops)

    @property
    def height(self) -> int:
        """Height of the image in pixels."""
        return self.crops.height

    @property
    def width(self) -> int:
        """Width of the image in pixels."""
        return self.crops.width

    @property
    def boxes_xyxy(self) -> NDArray[np.int32]:
        """Tight boxes in whole pixels, right and bottom ends excluded, of shape (N, 4)."""
        return self.crops.boxes_xyxy

    @property
    def areas(self) -> NDArray[np.int64]:
        """Pixels of each nucleus, of shape (N,)."""
        return pixel_counts(self.crops)

    def __len__(self) -> int:
        return len(self.crops)

    def __repr__(self) -> str:
        noun = 'nucleus' if len(self) == 1 else 'nuclei'
        return f'{type(self).__name__}({len(self)} {noun} in {self.height} x {self.width} pixels)'

    def __iter__(self) -> Iterator[Nuclei]:
        """Give each nucleus, as nuclei of length one."""
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Nuclei:
        """Select by int (as nuclei of length one), slice, numbers or N booleans.

        Example:
            >>> nuclei = Nuclei.from_label_map(np.array([[1, 2, 2]]))
            >>> nuclei[-1].areas.tolist(), nuclei[nuclei.areas < 2].areas.tolist()
            ([2], [1])
        """
        index = index if isinstance(index, slice) else np.atleast_1d(to_numpy(index))
        if not isinstance(index, slice) and index.size == 0:
            index = index.astype(np.int64)
        crops = crop_ops.take(self.crops, index)
        return replace(self, crops=crops, scores=self.scores[index], labels=self.labels[index])

    def filter(
        self,
        *,
        score_threshold: float | None = None,
        min_area: float | None = None,
        max_area: float | None = None,
        classes: Collection[str] | None = None,
    ) -> Nuclei:
        """Keep the nuclei that meet every limit; those at a limit stay.

        Args:
            score_threshold: Lowest score.
            min_area: Fewest pixels.
            max_area: Most pixels.
            classes: Names of the classes to keep.

        Raises:
            ValueError: A class has no such name here.
        """
        unknown = set(classes or ()) - set(self.class_names)
        if unknown:
            raise ValueError(f'no class {sorted(unknown)}; there are {list(self.class_names)}')
        keep = np.ones(len(self), bool)
        if score_threshold is not None:
            keep &= self.scores >= score_threshold
        if min_area is not None or max_area is not None:
            low, high = min_area or 0, float('inf') if max_area is None else max_area
            keep &= (self.areas >= low) & (self.areas <= high)
        if classes is not None:
            keep &= np.isin(self.labels, [self.class_names.index(name) for name in classes])
        return self[keep]

    def translate(
        self, dx: int, dy: int, height: int | None = None, width: int | None = None
    ) -> Nuclei:
        """Move by whole pixels, right and down, into an image of another size or the same.

        Nuclei are cut at the borders of the image; those that leave it altogether are dropped.

        Example:
            >>> Nuclei.from_label_map(np.array([[2, 0, 1, 1]])).translate(-1, 0).areas.tolist()
            [2]
        """
        height = self.height if height is None else height
        width = self.width if width is None else width
        moved = crops_geometry.shift(self.crops, int(dx), int(dy), int(height), int(width))
        placed = replace(self, crops=moved)
        return placed[moved.offsets[1:] > moved.offsets[:-1]]

    def to_label_map(self) -> NDArray[np.int32]:
        """Write nucleus ``i`` as ``i + 1`` into a map (H, W).

        Where nuclei overlap the more confident one owns the pixel, of equals the earlier one.

        Example:
            >>> from mmnuc.ops.crops import from_bitmaps
            >>> crops = from_bitmaps(np.array([[[1, 1, 0]], [[0, 1, 1]]], np.uint8))
            >>> Nuclei(crops, [0.5, 0.9], [0, 0]).to_label_map()
            array([[1, 2, 2]], dtype=int32)
        """
        return crops_to_label_map(resolve_overlaps(self.crops, self.scores))

    def to_dataframe(self, image: Any = None) -> Any:
        """Measure each nucleus, as a pandas data frame with a row for each that has pixels.

        Args:
            image: Its RGB image, of shape (H, W, 3), to measure colours and stains too.

        Returns:
            The columns of :func:`mmnuc.export.measure.measure`: shapes as scikit-image's
            ``regionprops`` defines them, in pixels and, where the pixel size is known, in µm.

        Example:
            >>> nuclei = Nuclei.from_label_map(np.array([[1, 1, 0, 2]]), pixel_size=0.5)
            >>> nuclei.to_dataframe()[['id', 'area', 'area_um2']].values.tolist()
            [[1.0, 2.0, 0.5], [2.0, 1.0, 0.25]]
        """
        return export.to_dataframe(self, image)

    def save(self, path: str | Path, image: Any = None, format: str | None = None) -> Path:
        """Write a file for another tool, whole or not at all.

        Args:
            path: The file; its suffix chooses the format: ``.geojson`` for QuPath, ``.json`` for
                COCO, ``.tif`` or ``.png`` for a label image, ``.csv`` or ``.parquet`` for
                measurements, ``.overlay.png`` for a picture, ``.dsb.csv`` for run lengths.
            image: The RGB image, of shape (H, W, 3), for measurements of colour and the picture.
            format: Name of the format, of :data:`mmnuc.export.FORMATS`, whatever the suffix.

        Returns:
            The path.

        Raises:
            ValueError: There is no such format, or the image is not that of the nuclei.

        Example:
            >>> import tempfile
            >>> nuclei = Nuclei.from_label_map(np.array([[1, 1, 0, 2]]))
            >>> nuclei.save(Path(tempfile.mkdtemp()) / 'tile.geojson').name
            'tile.geojson'
        """
        return export.save(path, self, image, format)

    def draw(self, image: NDArray[Any] | None = None, **look: Any) -> NDArray[np.uint8]:
        """Outline the nuclei on an image (H, W[, C]), or on black.

        Args:
            image: The image, see :func:`mmnuc.ops.drawing.draw.to_rgb`.
            **look: Of :func:`mmnuc.ops.drawing.draw.draw_instances`: ``scale``, ``fill`` and so on.

        Returns:
            RGB image of shape (H, W, 3).
        """
        # Only here: OpenCV is not needed for anything else.
        from mmnuc.ops.drawing.draw import draw_instances

        black = np.zeros((self.height, self.width), np.uint8)
        return draw_instances(black if image is None else image, self.crops, **look)

    def plot(self, image: NDArray[Any] | None = None, axes: Any = None, **look: Any) -> Any:
        """Show the nuclei with matplotlib, as a notebook does at once.

        Args:
            image: As for :meth:`draw`.
            axes: Where to show them; by default a new figure.
            **look: As for :meth:`draw`.

        Returns:
            The axes.
        """
        if axes is None:
            # Only here: it is slow to import, and picks a window system.
            from matplotlib import pyplot

            axes = pyplot.figure().add_subplot()
        axes.imshow(self.draw(image, **look))
        axes.set_axis_off()
        axes.set_title(f'{len(self):,} nuclei')
        return axes


def _row(values: Any, dtype: type[np.generic]) -> NDArray[Any]:
    """One number a nucleus, of shape (N,)."""
    row = np.asarray(to_numpy(values), dtype)
    if row.ndim != 1:
        raise ValueError(f'one number a nucleus is wanted, not an array of shape {row.shape}')
    return row
