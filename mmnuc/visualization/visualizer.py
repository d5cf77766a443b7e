"""The visualizer that configs name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from mmdet.structures import DetDataSample
from mmdet.visualization import DetLocalVisualizer
from mmengine.dist import is_main_process
from numpy.typing import NDArray

from mmnuc.registry import VISUALIZERS
from mmnuc.visualization.layers import ground_truth_layer, prediction_layer
from mmnuc.visualization.panels import Layer, Look, draw_side_by_side
from mmnuc.visualization.picture_file import write_picture


@VISUALIZERS.register_module()
class InstanceVisualizer(DetLocalVisualizer):
    """Draws instances fast, ground truth beside prediction.

    Everything else, such as what happens to scalars, is mmdet's ``DetLocalVisualizer``, so
    ``DetVisualizationHook`` and ``DetInferencer`` work with it as they are.

    Args:
        name: Name of the instance.
        image: The image to begin with.
        vis_backends: Where scalars and pictures go.
        save_dir: Folder of the backends.
        **look: How to draw, as in :class:`mmnuc.visualization.panels.Look`:
            ``style='contours'`` or ``'grey'``, ``line_width``, ``fill``, ``scale``, ``boxes``,
            ``labels``, ``brighten``.
    """

    def __init__(
        self,
        name: str = 'visualizer',
        image: NDArray[np.generic] | None = None,
        vis_backends: list[dict[str, Any]] | None = None,
        save_dir: str | None = None,
        **look: Any,
    ) -> None:
        super().__init__(name=name, image=image, vis_backends=vis_backends, save_dir=save_dir)
        self.look = Look(**look)

    def add_datasample(
        self,
        name: str,
        image: NDArray[np.generic],
        data_sample: DetDataSample | None = None,
        draw_gt: bool = True,
        draw_pred: bool = True,
        show: bool = False,
        wait_time: float = 0,
        out_file: str | None = None,
        pred_score_thr: float = 0.3,
        step: int = 0,
    ) -> None:
        """Draw a sample, and write, show or record the picture.

        With several processes each one writes the pictures of its own images to ``out_file``;
        mmdet's visualizer writes only those of the first process.

        Args:
            name: Name of the picture for the backends.
            image: RGB image of shape (H, W, 3).
            data_sample: Ground truth and prediction. The ground truth gets its own panel where
                there is any; a sample with neither gives the bare image.
            draw_gt: Whether to draw the ground truth.
            draw_pred: Whether to draw the prediction.
            show: Open a window, and write nothing to the backends.
            wait_time: Seconds until the window closes; ``0`` waits for a key.
            out_file: File to write, instead of the backends.
            pred_score_thr: Predictions must score more than this.
            step: Number of the picture for the backends.
        """
        layers = self._layers(image, data_sample, draw_gt, draw_pred, pred_score_thr)
        file_name = Path(data_sample.get('img_path', name) if data_sample else name).name
        picture = draw_side_by_side(image, *layers, name=file_name, look=self.look)
        self.set_image(picture)
        if show and is_main_process():
            self.show(picture, win_name=name, wait_time=wait_time)
        if out_file is not None:
            write_picture(out_file, picture)
        elif not show:
            self.add_image(name, picture, step)

    def _layers(
        self,
        image: NDArray[np.generic],
        data_sample: DetDataSample | None,
        draw_gt: bool,
        draw_pred: bool,
        score_thr: float,
    ) -> list[Layer]:
        """The panels there are for this sample."""
        size_hw = (image.shape[0], image.shape[1])
        classes = (self.dataset_meta or {}).get('classes') or ()
        layers = []
        # A test set without annotations still gives empty ground truth: no panel for that.
        if draw_gt and data_sample is not None and len(data_sample.get('gt_instances', ())):
            layers.append(ground_truth_layer(data_sample.gt_instances, size_hw, classes))
        if draw_pred and data_sample is not None and 'pred_instances' in data_sample:
            layer = prediction_layer(data_sample.pred_instances, size_hw, classes, score_thr)
            layers.append(layer)
        return layers
