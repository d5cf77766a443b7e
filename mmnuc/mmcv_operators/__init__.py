"""mmcv's C++ operators, from torchvision's binary ones: the content of the stand-in ``mmcv._ext``.

Each function has the name, the argument names and the habits of the compiled operator it replaces:
most write into tensors that the caller made. Nothing here is differentiable by itself; mmcv calls
forward and backward from its own ``autograd.Function``.
"""

from mmnuc.mmcv_operators.attention import ms_deform_attn_backward, ms_deform_attn_forward
from mmnuc.mmcv_operators.boxes import bbox_overlaps, nms, nms_match, softnms
from mmnuc.mmcv_operators.deform_conv import (
    deform_conv_backward_input,
    deform_conv_backward_parameters,
    deform_conv_forward,
    modulated_deform_conv_backward,
    modulated_deform_conv_forward,
)
from mmnuc.mmcv_operators.focal_loss import (
    sigmoid_focal_loss_backward,
    sigmoid_focal_loss_forward,
    softmax_focal_loss_backward,
    softmax_focal_loss_forward,
)
from mmnuc.mmcv_operators.roi_align import roi_align_backward, roi_align_forward
from mmnuc.mmcv_operators.roi_pool import roi_pool_backward, roi_pool_forward


def get_compiler_version() -> str:
    """What mmcv prints as its compiler in a report of the environment."""
    return 'none (operators of torchvision)'


def get_compiling_cuda_version() -> str:
    """What mmcv prints as its CUDA version in a report of the environment."""
    return 'not available'


OPERATORS = {
    operator.__name__: operator
    for operator in (
        bbox_overlaps,
        deform_conv_backward_input,
        deform_conv_backward_parameters,
        deform_conv_forward,
        get_compiler_version,
        get_compiling_cuda_version,
        modulated_deform_conv_backward,
        modulated_deform_conv_forward,
        ms_deform_attn_backward,
        ms_deform_attn_forward,
        nms,
        nms_match,
        roi_align_backward,
        roi_align_forward,
        roi_pool_backward,
        roi_pool_forward,
        sigmoid_focal_loss_backward,
        sigmoid_focal_loss_forward,
        softmax_focal_loss_backward,
        softmax_focal_loss_forward,
        softnms,
    )
}
