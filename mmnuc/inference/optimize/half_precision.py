"""Whether this machine is faster with half the bits a number (half precision)."""

import torch

# The instructions that make bfloat16 faster than 32 bits; without them it is slower.
_INSTRUCTIONS = ('avx512_bf16', 'amx_bf16', 'bf16', 'arm_bf16')


def cpu_computes_in_bfloat16() -> bool:
    """Whether this processor has instructions for it."""
    known = torch.cpu.get_capabilities()
    return any(known.get(name, False) for name in _INSTRUCTIONS)
