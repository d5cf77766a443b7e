"""ImageJ's regions as ``roifile`` writes them, and as Cellpose does."""

import io
import zipfile
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from roifile import ROI_OPTIONS, ROI_SUBTYPE, ROI_TYPE, ImagejRoi

from mmnuc.annotations.annotations import AnnotationError
from mmnuc.annotations.imagej_roi import class_names_of_rois, read_imagej_rois
from mmnuc.export.outlines import outlines
from mmnuc.ops.crops import from_bitmaps, to_bitmaps

SQUARE = [[10, 10], [20, 10], [20, 20], [10, 20]]


def zipped(*rois: ImagejRoi, names: list[str] | None = None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
        for i, roi in enumerate(rois):
            archive.writestr(names[i] if names else f'{i:04}.roi', roi.tobytes())
    return file.getvalue()


def roi(kind: str = 'POLYGON', points: list = SQUARE, **more) -> ImagejRoi:
    made = ImagejRoi.frompoints(points)
    made.roitype, made.options = ROI_TYPE[kind], ROI_OPTIONS.NONE
    for name, value in more.items():
        setattr(made, name, value)
    return made


def boxed(kind: str, **more) -> ImagejRoi:
    made = ImagejRoi(roitype=ROI_TYPE[kind], left=10, top=10, right=50, bottom=50)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def composite(*rings: list) -> ImagejRoi:
    path: list[float] = []
    for ring in rings:
        for i, (x, y) in enumerate(ring):
            path += [float(i > 0), x, y]
        path += [4.0]
    coordinates = np.array(path, np.float32)
    return ImagejRoi(
        roitype=ROI_TYPE.RECT,
        shape_roi_size=len(path),
        multi_coordinates=coordinates,
        right=60,
        bottom=60,
    )


def area(data: bytes) -> list[int]:
    return read_imagej_rois(data, 60, 60).crops.areas.tolist()


SUBPIXEL = {'options': ROI_OPTIONS.SUB_PIXEL_RESOLUTION}
KINDS = {
    'polygon': (roi(), 100),
    'freehand': (roi('FREEHAND'), 100),
    'traced': (roi('TRACED'), 100),
    'subpixel': (ImagejRoi.frompoints(np.array(SQUARE) + 0.6), 100),
    'rectangle': (boxed('RECT'), 1600),
    'rectangle of fractions': (
        boxed('RECT', xd=10.2, yd=10.2, widthd=40.0, heightd=40.0, **SUBPIXEL), 1600,
    ),
    'oval': (boxed('OVAL'), 1264),
    'composite': (composite(SQUARE, [(12, 12), (15, 12), (15, 15), (12, 15)]), 91),
    'leaving the image': (roi(points=[[-5, -5], [5, -5], [5, 5], [-5, 5]]), 25),
}  # fmt: skip


@pytest.mark.parametrize(('one', 'pixels'), KINDS.values(), ids=KINDS.keys())
def test_every_kind_alone_and_in_a_zip(one: ImagejRoi, pixels: int) -> None:
    assert area(one.tobytes()) == [pixels]
    assert area(zipped(one, boxed('RECT'))) == [pixels, 1600]


def test_masks_of_any_kind_come_back_as_composites(make_any: Callable) -> None:
    masks = make_any(10)
    rois = [
        composite(*(ring[:-1] for polygon in polygons for ring in polygon))
        for polygons in outlines(from_bitmaps(masks))
    ]
    assert np.array_equal(to_bitmaps(read_imagej_rois(zipped(*rois), 60, 60).crops), masks)


def test_what_cellpose_writes_comes_back(make_solid: Callable) -> None:
    """Outlines as its ``outlines_list`` finds them, through the centres of border pixels."""
    masks = make_solid(20)
    rois = []
    for mask in masks:
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        rois.append(ImagejRoi.frompoints(max(contours, key=len)[:, 0].astype(int)))
    found = read_imagej_rois(zipped(*rois), 60, 60)
    assert np.array_equal(to_bitmaps(found.crops), masks)
    assert found.notes == ('outlines run through the centres of pixels, as those of Cellpose do',)


def test_points_and_lines_are_passed_over_by_name() -> None:
    text = boxed('RECT', subtype=ROI_SUBTYPE.TEXT)
    found = read_imagej_rois(
        zipped(roi(), roi('POINT'), roi('POLYLINE'), boxed('LINE'), roi('POINT'), text), 60, 60
    )
    assert len(found) == 1
    assert found.notes == (
        'passed over 2 regions: point',
        'passed over 1 region: polyline',
        'passed over 1 region: line',
        'passed over 1 region: text',
    )


def test_slices_of_a_stack_are_told() -> None:
    assert read_imagej_rois(zipped(roi(position=1), roi(position=1)), 60, 60).notes == ()
    (note,) = read_imagej_rois(zipped(roi(position=3), roi(position=3)), 60, 60).notes
    assert note == 'the regions belong to slice 3 of a stack'
    for key in ('position', 'z_position', 't_position'):
        with pytest.raises(AnnotationError, match='several slices of a stack: 1, 3'):
            read_imagej_rois(zipped(roi(**{key: 1}), roi(**{key: 3})), 60, 60)


def test_classes_and_scores_of_our_own_files() -> None:
    one, other = (roi(props=f'class: {name}\nscore: 0.{i}\n') for i, name in ((5, 'a b'), (7, 'c')))
    found = read_imagej_rois(zipped(one, other), 60, 60)
    assert (found.class_names, found.labels.tolist()) == (('a b', 'c'), [0, 1])
    assert found.scores.tolist() == [0.5, 0.7]
    assert class_names_of_rois(zipped(one, other)) == ('a b', 'c')
    assert read_imagej_rois(zipped(one, roi()), 60, 60).scores is None


def test_members_are_read_wherever_their_names_lead() -> None:
    found = read_imagej_rois(zipped(roi(), names=['../../etc/evil.roi']), 60, 60)
    assert found.wheres == ('region evil',)


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', zipfile.ZIP_DEFLATED) as archive:
        archive.writestr('a.roi', b'\0' * (1 << 27))
    return file.getvalue()


def other_zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        archive.writestr('a.txt', b'')
    return file.getvalue()


BAD = {
    'empty': (b'', 'neither an ImageJ region nor a zip'),
    'other bytes': (b'abc' * 99, 'neither an ImageJ region nor a zip'),
    'cut off': (roi().tobytes()[:66], 'the region can not be read'),
    'a header alone': (b'Iout' + b'\0' * 20, 'the region can not be read'),
    'too many points': (roi().tobytes()[:16] + b'\x7f\xff' + roi().tobytes()[18:], 'not be read'),
    'a zip of something': (other_zip(), 'without .roi files'),
    'a cut zip': (zipped(roi())[:-30], 'neither'),
    'a zip without its beginning': (zipped(roi())[9:], 'neither an ImageJ region nor a zip'),
    'a bomb': (bomb(), 'unpacks to more'),
    'not numbers': (ImagejRoi.frompoints([[0.5, 1], [np.nan, 2], [3, 4]]).tobytes(), 'no numbers'),
}  # fmt: skip


@pytest.mark.filterwarnings('ignore:invalid value:RuntimeWarning')
@pytest.mark.parametrize(('data', 'told'), BAD.values(), ids=BAD.keys())
def test_what_is_no_region_is_told(data: bytes, told: str) -> None:
    with pytest.raises(AnnotationError, match=told):
        read_imagej_rois(data, 60, 60)


def test_what_a_mac_keeps_beside_regions_is_no_region() -> None:
    data = zipped(roi(), roi(), names=['a/1.roi', '__MACOSX/a/._1.roi'])
    assert read_imagej_rois(data, 60, 60).crops.areas.tolist() == [100]


def test_points_alone_do_not_say_that_there_is_no_nucleus() -> None:
    with pytest.raises(AnnotationError, match='holds no outline, only 1 object: point'):
        read_imagej_rois(zipped(boxed('POINT')), 60, 60)


@pytest.mark.parametrize(('arc', 'area'), [(0, 1600), (40, 1264), (400, 1264), (20, 1516)])
def test_rounded_rectangles(arc: int, area: int) -> None:
    found = read_imagej_rois(boxed('RECT', rounded_rect_arc_size=arc).tobytes(), 60, 60)
    # A polygon of 64 corners for the circle.
    assert abs(int(found.crops.areas[0]) - area) <= 8
