"""A negative of a negative is the image."""

import numpy as np

from mmnuc.datasets.transforms.random_invert import RandomInvert

IMG = np.arange(768, dtype=np.uint16).reshape(16, 16, 3).astype(np.uint8)


def test_values_and_their_negatives_add_up_to_255() -> None:
    invert = RandomInvert(prob=1)
    negative = invert({'img': IMG})['img']
    assert (negative.astype(int) + IMG == 255).all()
    assert np.array_equal(invert({'img': negative})['img'], IMG)
