"""MoNuSeg's outlines, by hand and against the homework's masks of the same tiles."""

from pathlib import Path

import numpy as np
import pytest

from mmnuc.converters import ConversionOptions, convert, monuseg
from mmnuc.converters.annotation_files import AnnotationFile
from mmnuc.converters.mask_files import find_units, read_mask
from mmnuc.converters.record import Mask, SourceError, SourceFault
from mmnuc.converters.source import File, open_tree
from mmnuc.errors import UserError

Points = list[tuple[float, float]]


def aperio(*outlines: Points) -> bytes:
    regions = ''.join(
        '<Region Id="1"><Vertices>'
        + ''.join(f'<Vertex X="{x}" Y="{y}"/>' for x, y in points)
        + '</Vertices></Region>'
        for points in outlines
    )
    return (
        f'<Annotations><Annotation><Regions>{regions}</Regions></Annotation></Annotations>'.encode()
    )


def box(x1: float, y1: float, x2: float, y2: float) -> Points:
    return [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]


def read(tree, *outlines: Points) -> list[Mask | SourceFault]:
    tree.bytes('a.xml', aperio(*outlines))
    return list(AnnotationFile(File(str(tree.root), 'a.xml'), 'aperio').read(40, 40))


def test_outlines_count_from_one_and_hold_the_pixels_whose_centre_is_inside(tree) -> None:
    # The centres of columns 3..5 and rows 2..3, counted from 0, lie at 4..6 and 3..4 from 1.
    (mask,) = read(tree, box(3.6, 2.6, 6.4, 4.4))
    assert (mask.x, mask.y, mask.pixels.tolist()) == (3, 2, [[1, 1, 1], [1, 1, 1]])


def test_outlines_end_at_the_border_of_the_image(tree) -> None:
    (mask,) = read(tree, box(-2.0, -2.0, 2.4, 2.4))
    assert (mask.x, mask.y, mask.pixels.shape) == (0, 0, (2, 2))


def test_outlines_around_nothing_are_told_and_left_out(tree, tmp_path: Path) -> None:
    stray, tiny, outside = [(5.0, 5.0), (6.0, 6.0)], box(7.1, 7.1, 7.3, 7.3), box(90, 90, 99, 99)
    tree.image('a.tif')
    tree.bytes('a.xml', aperio(stray, tiny, outside, [], box(10, 10, 20, 20)))
    options = ConversionOptions(workers=1, max_loss=0.8)
    report = convert('monuseg', tree.root, tmp_path / 'out', options)
    assert [(fault.kind, fault.file, fault.detail) for fault in report.faults] == [
        ('degenerate-outline', f'a.xml, region {number}', 'no pixel of the image inside')
        for number in (1, 2, 3, 4)
    ]
    assert report.nuclei['all'] == 1


def test_overlapping_outlines_are_told_and_kept_whole(tree, tmp_path: Path) -> None:
    tree.image('a.tif')
    tree.bytes('a.xml', aperio(box(1.5, 1.5, 7.5, 7.5), box(5.5, 5.5, 9.5, 9.5)))
    report = convert('monuseg', tree.zip(), tmp_path / 'out', ConversionOptions(workers=1))
    assert [(fault.kind, fault.detail) for fault in report.faults] == [
        ('overlapping-masks', '4 pixels shared with a.xml, region 2')
    ]
    assert report.nuclei['all'] == 2


BROKEN = {
    'cut off': aperio(box(1, 1, 5, 5))[:-9],
    'of another kind': b'<html><Region/></html>',
    'without coordinates': aperio(box(1, 1, 5, 5)).replace(b'X="1"', b''),
    'with words for numbers': aperio(box(1, 1, 5, 5)).replace(b'X="1"', b'X="one"'),
    'with no numbers': aperio(box(1, 1, 5, 5)).replace(b'X="1"', b'X="nan"'),
    'empty': b'',
}


@pytest.mark.parametrize('content', BROKEN.values(), ids=BROKEN.keys())
def test_a_file_without_outlines_is_refused(tree, content: bytes) -> None:
    tree.bytes('a.xml', content)
    with pytest.raises(SourceError) as caught:
        list(AnnotationFile(File(str(tree.root), 'a.xml'), 'aperio').read(40, 40))
    assert (caught.value.fault.kind, caught.value.fault.file) == ('unreadable', 'a.xml')


def test_images_and_outlines_pair_by_name_wherever_they_lie(tree) -> None:
    for name in ('a', 'b', 'c'):
        tree.image(f'Tissue Images/{name}.tif')
    tree.image('Overlays/a.png')
    for name in ('a', 'b', 'd'):
        tree.bytes(f'Annotations/{name}.xml', aperio())
    listing = monuseg.find(open_tree(tree.root))
    assert [record.file_name for record in listing.records] == ['a.tif', 'b.tif']
    assert {fault.kind: fault.file for fault in listing.faults} == {
        'image-without-masks': 'Tissue Images/c.tif',
        'masks-without-image': 'Annotations/d.xml',
    }


def test_images_without_any_outlines_are_for_testing(tree, tmp_path: Path) -> None:
    tree.image('a.tif', seed=1)
    tree.image('b.tif', seed=2)
    report = convert('monuseg', tree.root, tmp_path / 'out', ConversionOptions(workers=1))
    assert report.images == {'test': 2}


def test_two_outlines_of_one_name_are_ambiguous(tree) -> None:
    tree.image('a.tif')
    tree.bytes('x/a.xml', aperio())
    tree.bytes('y/a.xml', aperio())
    (fault,) = monuseg.find(open_tree(tree.root)).faults
    assert (fault.kind, fault.detail) == (
        'ambiguous',
        'several files of this name: x/a.xml, y/a.xml',
    )


def test_another_format_is_refused(tree) -> None:
    tree.bytes('a.txt', b'')
    with pytest.raises(UserError, match=r'holds no NAME.tif with NAME.xml'):
        monuseg.find(open_tree(tree.root))


def paste(mask: Mask) -> np.ndarray:
    dense = np.zeros((1000, 1000), bool)
    h, w = mask.pixels.shape
    dense[mask.y : mask.y + h, mask.x : mask.x + w] = mask.pixels
    return dense


def test_real_outlines_give_the_masks_of_the_homework(shared) -> None:
    name = 'TCGA-CH-5767-01Z-00-DX1'
    outlines = open_tree(shared / 'data' / 'monuseg_sample.zip').file(f'Annotations/{name}.xml')
    homework = open_tree(shared / 'data' / 'vrdl2021_dataset.zip')
    (unit,) = (u for u in find_units(homework) if u.folder.endswith(name))
    masks = [paste(mask) for mask in AnnotationFile(outlines, 'aperio').read(1000, 1000)]
    theirs = [read_mask(file, 1000, 1000) for file in unit.masks]
    # The homework gives shared pixels to the first outline, and forgets no nucleus.
    owner = np.zeros((1000, 1000), int)
    for number in range(len(masks), 0, -1):
        owner[masks[number - 1]] = number
    ours = {(owner == number).tobytes() for number in range(1, len(masks) + 1)}
    assert len(masks) == len(theirs) == 294
    assert ours == {paste(mask).tobytes() for mask in theirs}
