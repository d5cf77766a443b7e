"""Run every evaluator on its share of five images: ``run_evaluators.py RANK WORLD PORT FOLDER``.

The test starts this file as one process and as two, and compares what they leave in FOLDER.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.distributed as distributed
from mmdet.structures import DetDataSample
from mmengine.dataset import DefaultSampler
from mmengine.evaluator import Evaluator
from mmengine.structures import InstanceData

from mmnuc.structures import CropMasks

SIDE, IMAGES = 24, 5


def masks_of(image_id: int) -> np.ndarray:
    rng = np.random.default_rng(image_id)
    masks = np.zeros((image_id % 4, SIDE, SIDE), bool)
    for mask in masks:
        x, y = rng.integers(0, SIDE - 8, 2)
        mask[y : y + 8, x : x + 6] = True
    return masks


def predict(image_id: int) -> DetDataSample:
    crops = CropMasks.from_bitmaps(masks_of(image_id))
    sample = DetDataSample(
        metainfo={'img_id': image_id, 'img_path': f'{image_id}.png', 'ori_shape': (SIDE, SIDE)}
    )
    sample.pred_instances = InstanceData(
        masks=crops,
        scores=torch.rand(len(crops), generator=torch.Generator().manual_seed(image_id)),
        labels=torch.zeros(len(crops), dtype=torch.long),
        bboxes=torch.from_numpy(crops.boxes_xyxy.astype(np.float32)),
    )
    return sample


def write_truth(path: Path, image_ids: list[int]) -> None:
    annotations = []
    for image_id in image_ids:
        crops = CropMasks.from_bitmaps(masks_of(image_id))
        for rle, (x1, y1, x2, y2) in zip(crops.to_rles(), crops.boxes_xyxy.tolist(), strict=True):
            annotations.append(
                {
                    'id': len(annotations) + 1,
                    'image_id': image_id,
                    'category_id': 1,
                    'bbox': [x1, y1, x2 - x1, y2 - y1],
                    'area': (x2 - x1) * (y2 - y1),
                    'segmentation': rle,
                }
            )
    images = [{'id': i, 'file_name': f'{i}.png', 'height': SIDE, 'width': SIDE} for i in image_ids]
    categories = [{'id': 1, 'name': 'nucleus'}]
    path.write_text(
        json.dumps({'images': images, 'annotations': annotations, 'categories': categories})
    )


def main(rank: int, world: int, port: str, folder: Path) -> None:
    if world > 1:
        address = f'tcp://127.0.0.1:{port}'
        distributed.init_process_group('gloo', address, rank=rank, world_size=world)
    # Neither the order of the ids nor their number is a multiple of the processes.
    image_ids = [13, 2, 11, 7, 5]
    truth = folder / f'truth{rank}.json'
    write_truth(truth, image_ids)
    formats = {'VRDL2021': 'answer.json', 'TinyVOC': 'voc.json', 'DSB2018': 'dsb.csv'}
    evaluator = Evaluator(
        [
            *(
                {'type': f'mmnuc.{name}Submission', 'ann_file': truth, 'outfile': folder / file}
                for name, file in formats.items()
            ),
            {'type': 'mmnuc.DenseCocoMetric', 'ann_file': truth},
            {
                'type': 'mmnuc.NucleiMetric',
                'ann_file': truth,
                'per_image': folder / 'images.csv',
                'score_threshold': 0.3,
            },
            {'type': 'mmnuc.DumpResults', 'out_file_path': folder / 'results.pkl'},
        ]
    )
    evaluator.dataset_meta = {'classes': ('nucleus',)}
    for index in DefaultSampler(image_ids, shuffle=False):
        evaluator.process([predict(image_ids[index])])
    scores = evaluator.evaluate(len(image_ids))
    (folder / f'scores{rank}.json').write_text(json.dumps(scores))


if __name__ == '__main__':
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
