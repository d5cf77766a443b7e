"""Regions of ImageJ, Cellpose's and HoVer-Net's files: by their own libraries, and back by ours."""

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import roifile

from mmnuc.annotations.cellpose import read_seg_npy
from mmnuc.annotations.hovernet import read_hovernet
from mmnuc.annotations.imagej_roi import read_imagej_rois
from mmnuc.export import format_of, save
from mmnuc.export.dsb_csv import join_dsb_csv
from mmnuc.ops.codecs.label_map import crops_to_label_map
from mmnuc.ops.crops import from_bitmaps, to_bitmaps
from mmnuc.structures import Nuclei

Make = Callable[..., tuple[Nuclei, np.ndarray]]


def test_regions_come_back_with_class_and_score(tmp_path: Path, make: Make) -> None:
    nuclei, masks = make()
    path = save(tmp_path / 'a_rois.zip', nuclei)
    found = read_imagej_rois(path.read_bytes(), 40, 60)
    assert np.array_equal(to_bitmaps(found.crops), masks[1:])
    assert [found.class_names[i] for i in found.labels] == [
        nuclei.class_names[i] for i in nuclei.labels[1:]
    ]
    assert np.allclose(found.scores, nuclei.scores[1:], atol=1e-6)
    assert found.notes == ()
    assert save(tmp_path / 'b.zip', nuclei).read_bytes() == path.read_bytes()


def test_regions_are_those_of_roifile(tmp_path: Path, make: Make) -> None:
    nuclei, masks = make()
    rois = roifile.roiread(save(tmp_path / 'a.zip', nuclei))
    assert [roi.name for roi in rois] == [f'{i:06}' for i in range(2, 13)]
    assert {roi.roitype.name for roi in rois} == {'TRACED', 'RECT'}
    for roi, mask, label in zip(rois, masks[1:], nuclei.labels[1:], strict=True):
        ys, xs = np.nonzero(mask)
        assert (roi.left, roi.top) == (xs.min(), ys.min())
        assert (roi.right, roi.bottom) == (xs.max() + 1, ys.max() + 1)
        assert roi.group == label + 1
        assert roi.properties['class'] == nuclei.class_names[label]
        # The holes run the other way round.
        twice = 0.0
        for ring in roi.coordinates(multi=True):
            x, y = ring.astype(float).T
            twice += float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
        assert twice / 2 == mask.sum()


def test_regions_far_down_a_slide(tmp_path: Path) -> None:
    crops = from_bitmaps(np.pad(np.ones((1, 2, 3), np.uint8), ((0, 0), (40_000, 0), (0, 0))))
    path = save(tmp_path / 'a.zip', Nuclei.of_crops(crops))
    found = read_imagej_rois(path.read_bytes(), 40_002, 3)
    assert found.crops.boxes_xyxy.tolist() == [[0, 40_000, 3, 40_002]]


def test_seg_npy(tmp_path: Path, make: Make) -> None:
    nuclei, _ = make()
    path = save(tmp_path / 'a_seg.npy', nuclei, image_name='slides/a.tif')
    content = np.load(path, allow_pickle=True).item()
    label_map = nuclei.to_label_map()
    kept = np.unique(label_map[label_map > 0])
    assert content['masks'].dtype == content['outlines'].dtype == np.uint16
    assert np.array_equal(content['masks'] > 0, label_map > 0)
    assert content['masks'].max() == len(content['ismanual']) == len(kept)
    for number, old in enumerate(kept, 1):
        assert np.array_equal(content['masks'] == number, label_map == old)
    assert (content['filename'], content['chan_choose']) == ('a.tif', [0, 0])
    # What the window of Cellpose asks of the flows.
    assert (len(content['flows']), len(content['flows'][0])) == (5, 0)
    borders = content['outlines'] > 0
    inside = content['masks'] > 0
    assert (borders <= inside).all()
    assert not borders[content['masks'] == 0].any()
    assert np.array_equal(content['outlines'][borders], content['masks'][borders])
    found = read_seg_npy(path.read_bytes())
    assert np.array_equal(crops_to_label_map(found.crops), content['masks'])


def test_hovernet(tmp_path: Path, make: Make) -> None:
    nuclei, masks = make()
    path = save(tmp_path / 'a.hovernet.json', nuclei)
    content = json.loads(path.read_text())
    assert list(content['nuc']) == [str(i) for i in range(2, 13)]
    assert [name for name, _ in content['type_info'].values()] == list(nuclei.class_names)
    for entry, mask, label, score in zip(
        content['nuc'].values(), masks[1:], nuclei.labels[1:], nuclei.scores[1:], strict=True
    ):
        assert (entry['type'], entry['type_prob']) == (
            label + 1,
            pytest.approx(float(score), abs=1e-6),
        )
        (top, left), (bottom, right) = entry['bbox']
        drawn = cv2.drawContours(
            np.zeros((40, 60), np.uint8), [np.array(entry['contour'])[:, None]], -1, 1, cv2.FILLED
        )
        ys, xs = np.nonzero(drawn)
        assert (top, left, bottom, right) == (ys.min(), xs.min(), ys.max() + 1, xs.max() + 1)
        assert (drawn & mask).sum() > 0
    found = read_hovernet(path.read_bytes(), 40, 60)
    assert [found.class_names[i] for i in found.labels] == [
        nuclei.class_names[i] for i in nuclei.labels[1:]
    ]
    # The rectangle is in one part without holes.
    assert np.array_equal(to_bitmaps(found.crops)[0], masks[1])


SUFFIXES = {
    'a_rois.zip': 'roi', 'a.zip': 'roi', 'a_seg.npy': 'cellpose', 'a.hovernet.json': 'hovernet',
}  # fmt: skip


@pytest.mark.parametrize(('name', 'want'), SUFFIXES.items())
def test_suffix_chooses(name: str, want: str) -> None:
    assert format_of(name).name == want


def test_rows_of_images_of_one_name_stay_apart(tmp_path: Path) -> None:
    parts = []
    for count, name in enumerate(('p1/a', 'p2/a', 'p2/b'), 1):
        one = Nuclei.from_label_map(np.eye(3, dtype=int)[:, :count])
        parts.append(save(tmp_path / 'parts' / f'{name}.dsb.csv', one))
    join_dsb_csv(tmp_path / 'all.csv', parts)
    rows = (tmp_path / 'all.csv').read_text().splitlines()
    assert [row.partition(',')[0] for row in rows] == ['ImageId', 'p1/a', 'p2/a', 'b']
    join_dsb_csv(tmp_path / 'one.csv', parts[1:2])
    assert (tmp_path / 'one.csv').read_text().splitlines()[1].startswith('a,')
