"""Predictions in a file, to be scored and looked at without the model."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmnuc.atomic import atomic_path
from mmnuc.errors import UserError
from mmnuc.evaluation.metrics.sample_layout import read_result
from mmnuc.registry import METRICS


@METRICS.register_module()
class DumpResults(BaseMetric):
    """Pickles one dict an image: plain Python and NumPy, masks as RLE.

    The dicts have mmdet's layout (``img_id``, ``img_path``, ``ori_shape`` and ``pred_instances``
    with ``masks``, ``scores``, ``labels`` and ``bboxes``), so whatever reads samples reads them.

    Args:
        out_file_path: The file to write, ``.pkl`` or ``.pickle``.
        collect_device: Where results of several processes meet, ``'cpu'`` or ``'gpu'``.
        collect_dir: Folder for the exchange on the CPU.

    Raises:
        UserError: The name has another suffix.
    """

    # There is no score to name; without a prefix MMEngine warns that it is missing.
    default_prefix = 'results'

    def __init__(
        self,
        out_file_path: str | Path,
        collect_device: str = 'cpu',
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, collect_dir=collect_dir)
        self.out_file_path = Path(out_file_path)
        if self.out_file_path.suffix not in ('.pkl', '.pickle'):
            raise UserError(f'results are pickled: name the file .pkl, not {self.out_file_path}')

    def process(self, data_batch: Any, data_samples: Sequence[dict[str, Any]]) -> None:  # noqa: ARG002
        """Reduce each sample to plain data."""
        for sample in data_samples:
            result = read_result(sample)
            self.results.append(
                {
                    'img_id': result.image_id,
                    'img_path': str(sample.get('img_path') or ''),
                    'ori_shape': (result.height, result.width),
                    'pred_instances': {
                        'masks': list(result.rles),
                        'scores': result.scores,
                        'labels': result.labels,
                        'bboxes': result.boxes_xyxy,
                    },
                }
            )

    def compute_metrics(self, results: list[dict[str, Any]]) -> dict[str, float]:
        """Write the file."""
        with atomic_path(self.out_file_path) as temporary, open(temporary, 'wb') as file:
            pickle.dump(results, file)
        print_log(f'{self.out_file_path}: results of {len(results)} images', logger='current')
        return {}
