"""Each step on small pictures: what stays, and that boxes, scores and labels go with the masks."""

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mmdet.structures.mask import BitmapMasks
from mmengine.structures import InstanceData

from mmnuc.errors import UserError
from mmnuc.images.pixel_size import PixelSize
from mmnuc.models import post_processing
from mmnuc.models.post_processing import (
    Chain,
    DropBorder,
    DropSpecks,
    FillHoles,
    LargestPart,
    MaskNMS,
    PlattScaling,
    ResolveOverlaps,
    ScoreThreshold,
    SizeLimits,
    Smooth,
    SoftMaskNMS,
    SplitTouching,
    TopK,
)
from mmnuc.registry import POST_PROCESSING

WHOLE, LEFT, MOST, RIGHT = '#### ####', '##.. ##..', '.### .###', '..## ..##'
DOT = '.... .#..'

# step, pictures, scores, pictures afterwards, scores afterwards
CASES = {
    'score': (ScoreThreshold(0.5), [LEFT, RIGHT], [0.5, 0.4], [LEFT], [0.5]),
    'score of classes': (
        ScoreThreshold({0: 0.9, 1: 0.3}),
        *([LEFT, MOST, RIGHT], [0.8, 0.8, 0.2], [MOST], [0.8]),
    ),
    'score of a name': (
        ScoreThreshold({'tumour': 0.9}),
        *([LEFT, MOST, RIGHT], [0.8, 0.8, 0.2], [LEFT, RIGHT], [0.8, 0.2]),
    ),
    'calibration': (
        PlattScaling(2.0),
        *([WHOLE, DOT, LEFT], [0.0, 0.5, 1.0], None, [0.0, 0.5, 1.0]),
    ),
    'nms': (MaskNMS(0.5), [WHOLE, MOST, LEFT], [0.7, 0.9, 0.8], [MOST, LEFT], [0.9, 0.8]),
    'nms by the smaller': (
        MaskNMS(0.9, by='smaller'),
        *([WHOLE, DOT, RIGHT], [0.9, 0.8, 0.7], [WHOLE], [0.9]),
    ),
    'nms within classes': (
        MaskNMS(0.9, by='smaller', across_classes=False),
        *([WHOLE, DOT, RIGHT], [0.9, 0.8, 0.7], [WHOLE, DOT], [0.9, 0.8]),
    ),
    'soft nms': (SoftMaskNMS(), [WHOLE, MOST, LEFT], [0.5, 1.0, 0.5], None, [0.0625, 1.0, 0.5]),
    'soft nms within classes': (
        SoftMaskNMS(across_classes=False),
        *([WHOLE, MOST, RIGHT], [0.5, 1.0, 0.5], None, [0.5, 1.0, 0.25]),
    ),
    'soft nms that drops': (
        SoftMaskNMS(min_score=0.2),
        *([WHOLE, MOST, LEFT], [0.5, 1.0, 0.5], [MOST, LEFT], [1.0, 0.5]),
    ),
    'overlaps': (
        ResolveOverlaps(),
        *([WHOLE, LEFT, DOT], [0.5, 0.9, 0.1], [RIGHT, LEFT], [0.5, 0.9]),
    ),
    'holes': (FillHoles(), ['### #.# ###'], [0.5], ['### ### ###'], [0.5]),
    'small holes': (FillHoles(0), ['### #.# ###'], [0.5], ['### #.# ###'], [0.5]),
    'specks': (DropSpecks(2), ['##.#', '#.#.'], [0.9, 0.8], ['##..'], [0.9]),
    'largest': (LargestPart(), ['#.##'], [0.9], ['..##'], [0.9]),
    'outline': (
        Smooth(1, 'opening'),
        *(['..#.. ..#.. ##### #####'], [0.9], ['..... ..#.. ##### #####'], [0.9]),
    ),
    'border': (DropBorder(), ['... .#. ...', '..# .#. ...'], [0.9, 0.8], ['... .#. ...'], [0.9]),
    'border with a margin': (DropBorder(1), ['... .#. ...'], [0.9], [], []),
    'best': (TopK(2), [LEFT, MOST, RIGHT], [0.5, 0.4, 0.9], [LEFT, RIGHT], [0.5, 0.9]),
    'best of few': (TopK(9), [LEFT], [0.5], [LEFT], [0.5]),
    'sizes': (SizeLimits(2, 4), [WHOLE, LEFT, DOT], [0.9, 0.8, 0.7], [LEFT], [0.8]),
    'sizes in micrometres': (
        SizeLimits(low=1, unit='um', pixel_size=0.5),
        *([WHOLE, LEFT, DOT], [0.9, 0.8, 0.7], [WHOLE, LEFT], [0.9, 0.8]),
    ),
    'diameters': (SizeLimits(high=2, by='diameter'), [LEFT, DOT], [0.9, 0.8], [DOT], [0.8]),
}


@pytest.mark.parametrize(('step', 'before', 'scores', 'after', 'left'), CASES.values(), ids=CASES)
def test_what_stays(drawn, step, before, scores, after, left) -> None:
    found = drawn(before, scores, [0, 1, 0][: len(before)])
    found.set_metainfo(dict(class_names=('nucleus', 'tumour')))
    untouched = found.clone()
    done = step(found)
    after = before if after is None else after
    expected = drawn(after or before[:1], left or [0.0])[: len(after)]
    np.testing.assert_array_equal(done.masks.to_ndarray(), expected.masks.to_ndarray())
    np.testing.assert_array_equal(done.scores, expected.scores)
    assert len(done) == len(done.bboxes) == len(done.labels) == len(after)
    assert done.metainfo['img_id'] == 7
    # Nothing is changed in place.
    assert torch.equal(found.scores, untouched.scores)
    assert torch.equal(found.bboxes, untouched.bboxes)
    np.testing.assert_array_equal(found.masks.to_ndarray(), untouched.masks.to_ndarray())


def test_boxes_follow_masks_that_change(drawn) -> None:
    found = drawn(['##.#', '..##'], [0.9, 0.8], [0, 1])
    done = LargestPart()(found)
    assert done.bboxes.tolist() == [[0, 0, 2, 1], found.bboxes[1].tolist()]


def test_lobes_inherit_from_the_whole(drawn) -> None:
    row, narrow = '#######.#######', '###############'
    whole = ' '.join([row] * 3 + [narrow] + [row] * 3)
    found = drawn([whole, whole.replace('#######.', '........')], [0.9, 0.8], [1, 0])
    done = SplitTouching()(found)
    assert done.scores.tolist() == pytest.approx([0.9, 0.9, 0.8])
    assert done.labels.tolist() == [1, 1, 0]
    assert done.bboxes.tolist()[:2] == [[0, 0, 8, 7], [8, 0, 15, 7]]
    assert done.masks.areas.tolist() == [50, 49, 57]


@pytest.mark.parametrize(
    'convert',
    [
        lambda dense: torch.from_numpy(dense.astype(bool)),
        lambda dense: dense,
        lambda dense: BitmapMasks(dense, *dense.shape[1:]),
    ],
    ids=['tensor', 'array', 'mmdet'],
)
def test_dense_masks_become_crops(drawn, convert) -> None:
    found = drawn([WHOLE, DOT], [0.9, 0.8])
    dense = InstanceData(scores=found.scores, masks=convert(found.masks.to_ndarray()))
    assert SizeLimits(2)(dense).masks.areas.tolist() == [8]
    assert ScoreThreshold(0.85)(dense).masks.areas.tolist() == [8]


def steps() -> list[type]:
    return [POST_PROCESSING.module_dict[name] for name in sorted(POST_PROCESSING.module_dict)]


SETTINGS = {
    'ScoreThreshold': dict(thresholds=0.5),
    'TopK': dict(k=3),
    'DropSpecks': dict(min_area=2),
}


@pytest.mark.parametrize('kind', steps(), ids=lambda kind: kind.__name__)
def test_every_step_takes_no_instances_and_is_frozen(drawn, kind: type) -> None:
    assert kind.__name__ in post_processing.__all__
    if kind is Chain:
        return
    step = kind(**SETTINGS.get(kind.__name__, {}))
    nothing = drawn([WHOLE], [0.5])[:0]
    assert len(step(nothing)) == 0
    for field in dataclasses.fields(step):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(step, field.name, 1)


@pytest.mark.parametrize('kind', [MaskNMS, FillHoles, SplitTouching, DropBorder, SizeLimits])
def test_a_model_without_masks(kind: type) -> None:
    boxes = InstanceData(bboxes=torch.zeros(1, 4), scores=torch.ones(1), labels=torch.zeros(1))
    with pytest.raises(UserError, match='needs masks; the model predicts bboxes, labels, scores'):
        kind()(boxes)
    assert len(TopK(1)(boxes)) == len(ScoreThreshold(0.5)(boxes)) == 1


def test_no_scores(drawn) -> None:
    with pytest.raises(UserError, match='needs scores; the model predicts masks'):
        TopK(1)(InstanceData(masks=drawn([WHOLE], [1.0]).masks))


WRONG = {
    'a threshold in words': (lambda: ScoreThreshold('high'), 'high'),
    'a threshold in words for a class': (lambda: ScoreThreshold({'nucleus': None}), 'nucleus'),
    'no number': (lambda: ScoreThreshold(float('nan')), 'nan'),
    'a fraction of an instance': (lambda: TopK(0.5), '0.5'),
    'a negative cap': (lambda: TopK(-1), '-1'),
    'an IoU above 1': (lambda: MaskNMS(50), '50'),
    'a measure': (lambda: MaskNMS(by='area'), "'area'"),
    'a soft method': (lambda: SoftMaskNMS('cubic'), "'cubic'"),
    'a soft width': (lambda: SoftMaskNMS(sigma=0), 'sigma above 0'),
    'a smoother': (lambda: Smooth(method='median'), "'median'"),
    'a radius': (lambda: Smooth(0), 'above 0 pixels'),
    'a neck': (lambda: SplitTouching(2), 'from 0 to 1, not 2'),
    'a size': (lambda: SizeLimits(by='volume'), "'volume'"),
    'a unit': (lambda: SizeLimits(unit='mm'), "'mm'"),
    'limits': (lambda: SizeLimits(5, 4), 'from 5 to 4'),
    'a pixel': (lambda: SizeLimits(5, unit='um', pixel_size=0), 'not 0'),
}


@pytest.mark.parametrize(('make', 'words'), WRONG.values(), ids=WRONG)
def test_wrong_settings(make, words: str) -> None:
    with pytest.raises(UserError, match=words):
        make()


def test_what_the_image_does_not_tell(drawn) -> None:
    found = drawn([WHOLE], [0.9])
    with pytest.raises(UserError, match='pixel_size'):
        SizeLimits(low=1, unit='um')(found)
    with pytest.raises(UserError, match="'nucleus'; the model knows none by name"):
        ScoreThreshold({'nucleus': 0.5})(found)
    found.set_metainfo(dict(class_names=('tumour', 'stroma'), pixel_size=0.25))
    with pytest.raises(UserError, match='knows tumour, stroma'):
        ScoreThreshold({'nucleus': 0.5})(found)
    # The image knows its pixels better than the config.
    assert len(SizeLimits(low=0.6, unit='um', pixel_size=1)(found)) == 0
    found.set_metainfo(dict(pixel_size=PixelSize(2.0, 0.5)))
    area = float(found.masks.areas[0])
    assert len(SizeLimits(low=area, high=area, unit='um')(found)) == 1


@pytest.mark.parametrize(
    'numbers', [(0.0, 0.0), (-1.0, 0.0), (np.nan, 0.0), (np.inf, 0.0), (1.0, np.nan), (1.0, np.inf)]
)
def test_a_calibration_that_can_t_be_meant(numbers: tuple[float, float]) -> None:
    with pytest.raises(UserError, match='a finite slope above 0 and a finite intercept, not '):
        PlattScaling(*numbers)


@given(st.lists(st.floats(0, 1, width=32)), st.floats(0.1, 10), st.floats(-5, 5))
def test_a_calibration_keeps_the_order(scores: list[float], slope: float, shift: float) -> None:
    step = PlattScaling(slope, shift)
    given = np.sort(np.array(scores, np.float32))
    found = step(InstanceData(scores=given)).scores
    assert found.dtype == np.float32
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found <= 1)).all()


@given(st.floats(0, 1, width=32), st.floats(0, 1, width=32), st.floats(0.2, 5), st.floats(-3, 3))
def test_what_was_too_little_before_is_too_little_after(
    score: float, wanted: float, slope: float, shift: float
) -> None:
    chain = Chain([SoftMaskNMS(), PlattScaling(slope, shift)])
    step = chain.steps[1]
    found = float(step(InstanceData(scores=np.array([score], np.float32))).scores[0])
    if found >= wanted:
        assert score >= chain.before(wanted)
