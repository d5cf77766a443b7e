"""Whatever holds the masks, the same result is read from it."""

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmdet.structures.bbox import HorizontalBoxes
from mmdet.structures.mask import BitmapMasks
from mmengine.structures import InstanceData
from pycocotools import mask as coco_mask

from mmnuc.coco.segmentation import segmentation_to_rle
from mmnuc.errors import UserError
from mmnuc.evaluation.metrics.sample_layout import read_result, read_truth
from mmnuc.structures import CropMasks

HEIGHT, WIDTH = 30, 40


def squares(count: int) -> np.ndarray:
    masks = np.zeros((count, HEIGHT, WIDTH), bool)
    for i in range(count):
        masks[i, 2 + i : 9, 3 * i : 3 * i + 5] = True
    return masks


def coco_rles(masks: np.ndarray) -> list[dict]:
    return [coco_mask.encode(np.asfortranarray(mask.astype(np.uint8))) for mask in masks]


KINDS = {
    'crops': CropMasks.from_bitmaps,
    'tensor': torch.from_numpy,
    'array': np.asarray,
    'bytes of an array': lambda masks: masks.astype(np.uint8),
    'bitmaps': lambda masks: BitmapMasks(masks.astype(np.uint8), HEIGHT, WIDTH),
    'rle': coco_rles,
    'rle as text': lambda masks: CropMasks.from_bitmaps(masks).to_rles(),
}


def sample(masks: object, count: int) -> dict:
    """A sample as the evaluator hands it over."""
    data = DetDataSample(
        metainfo={'img_id': 7, 'img_path': 'data/images/a.png', 'ori_shape': (HEIGHT, WIDTH)}
    )
    data.pred_instances = InstanceData(
        masks=masks,
        scores=torch.linspace(0.9, 0.5, count),
        labels=torch.arange(count) % 2,
        bboxes=torch.arange(4.0 * count).reshape(count, 4),
    )
    return data.to_dict()


@pytest.mark.parametrize('count', [0, 1, 5])
@pytest.mark.parametrize('kind', KINDS)
def test_every_kind_of_masks_reads_the_same(kind: str, count: int) -> None:
    masks = squares(count)
    result = read_result(sample(KINDS[kind](masks), count))
    assert (result.image_id, result.file_name) == (7, 'a.png')
    assert (result.height, result.width) == (HEIGHT, WIDTH)
    assert [rle['counts'] for rle in result.rles] == [
        code['counts'].decode() for code in coco_rles(masks)
    ]
    assert all(rle['size'] == [HEIGHT, WIDTH] for rle in result.rles)
    assert result.scores.tolist() == torch.linspace(0.9, 0.5, count).double().tolist()
    assert result.labels.tolist() == [i % 2 for i in range(count)]
    assert result.boxes_xyxy.shape == (count, 4)


def test_masks_are_encoded_once_for_all_evaluators() -> None:
    data = sample(torch.from_numpy(squares(3)), 3)
    assert read_result(data).rles is read_result(data).rles


def test_masks_of_another_size_are_refused() -> None:
    data = sample(torch.zeros((2, HEIGHT // 2, WIDTH // 2), dtype=torch.bool), 2)
    with pytest.raises(UserError, match='masks are 15 x 20, the image is 30 x 40'):
        read_result(data)


def test_a_model_without_masks_is_refused() -> None:
    data = sample(squares(1), 1)
    del data['pred_instances']['masks']
    with pytest.raises(UserError, match='predicts no masks'):
        read_result(data)


def test_columns_of_different_lengths_are_refused() -> None:
    data = sample(squares(3), 3)
    data['pred_instances']['masks'] = squares(2)
    with pytest.raises(ValueError, match=r'image 7: masks, scores, labels and boxes number \[2, 3'):
        read_result(data)


def annotated(masks: object, labels: list[int], ignored: object = None) -> dict:
    data = sample(squares(0), 0)
    boxes = HorizontalBoxes(torch.zeros(len(labels), 4))
    data['gt_instances'] = {'masks': masks, 'labels': torch.tensor(labels), 'bboxes': boxes}
    if ignored is not None:
        count = len(ignored)
        data['ignored_instances'] = {
            'masks': ignored,
            'labels': torch.zeros(count, dtype=torch.long),
            'bboxes': HorizontalBoxes(torch.zeros(count, 4)),
        }
    return data


def test_packed_annotations_are_read_with_what_is_ignored() -> None:
    masks = CropMasks.from_bitmaps(squares(3))
    truth = read_truth(annotated(masks[:2], [1, 0], ignored=masks[2:]))
    assert truth.rles == masks.to_rles()
    assert truth.labels.tolist() == [1, 0, 0]
    assert truth.crowd.tolist() == [False, False, True]
    assert truth.boxes_xyxy.shape == (3, 4)


def test_annotations_of_the_resized_image_are_refused() -> None:
    masks = CropMasks.from_bitmaps(squares(2)).resize((15, 20))
    with pytest.raises(UserError, match='load annotations after Resize'):
        read_truth(annotated(masks, [0, 0]))


def test_samples_without_annotations_are_refused() -> None:
    with pytest.raises(UserError, match='carry no annotated masks'):
        read_truth(sample(squares(0), 0))


def test_plain_annotations_are_read() -> None:
    rle = CropMasks.from_bitmaps(squares(1)).to_rles()[0]
    data = sample(squares(0), 0)
    data['instances'] = [
        {'mask': rle, 'bbox': [0, 2, 5, 9], 'bbox_label': 3, 'ignore_flag': 0},
        {'mask': rle, 'bbox': [0, 2, 5, 9], 'bbox_label': 0, 'ignore_flag': 1},
    ]
    truth = read_truth(data)
    assert truth.rles == [rle, rle]
    assert truth.labels.tolist() == [3, 0]
    assert truth.crowd.tolist() == [False, True]


def test_every_kind_of_segmentation_is_one_code() -> None:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[4:10, 5:12] = True
    (code,) = CropMasks.from_bitmaps(mask[None]).to_rles()
    runs = np.diff(np.flatnonzero(np.diff(np.pad(mask.T.ravel(), 1)))).tolist()
    counts = [int(mask.T.ravel().argmax()), *runs]
    counts.append(HEIGHT * WIDTH - sum(counts))
    polygon = [[5, 4, 12, 4, 12, 10, 5, 10]]
    for segmentation in (code, {'size': [HEIGHT, WIDTH], 'counts': counts}, polygon):
        assert segmentation_to_rle(segmentation, HEIGHT, WIDTH) == code
