"""Work in slices on several threads."""

from collections.abc import Iterator

import pytest
import torch

from mmnuc.mmcv_operators.threads import in_slices


@pytest.fixture(autouse=True)
def _three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize('length', [0, 1, 2, 3, 10])
@pytest.mark.parametrize('numbers', [5, 1_000_000])
def test_slices_cover_everything_once(length: int, numbers: int) -> None:
    seen = []
    in_slices(lambda part: seen.extend(range(length)[part]), length, torch.empty(numbers))
    assert sorted(seen) == list(range(length))


@pytest.mark.parametrize('inference', [False, True])
def test_nothing_is_recorded_for_a_gradient(inference: bool) -> None:
    modes = []

    def note(_: slice) -> None:
        modes.append((torch.is_grad_enabled(), torch.is_inference_mode_enabled()))

    with torch.no_grad(), torch.inference_mode(inference), torch.no_grad():
        in_slices(note, 3, torch.empty(1_000_000))
    assert modes == [(False, inference)] * 3


def test_an_error_of_any_slice_is_raised() -> None:
    def fail(part: slice) -> None:
        if part.start:
            raise ValueError(f'slice from {part.start}')

    with pytest.raises(ValueError, match='slice from'):
        in_slices(fail, 3, torch.empty(1_000_000))
