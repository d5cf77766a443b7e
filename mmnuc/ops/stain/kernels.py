"""The loops over pixels behind the stain functions.

Logarithms of 8-bit values come from a table of 256. The way back takes a table of the 255 values
between which an 8-bit value changes, so that no pixel needs an exponential or a power, and the
result is rounded exactly.
"""

from __future__ import annotations

from typing import Any

import numba
from numba import types

from mmnuc.ops.arrays import AnyArray
from mmnuc.ops.compiled import FLOAT, INT, OUT_I64, kernel, read_only

# Any strides: an RGB view of a BGR image needs no copy.
OUT_IMAGE = types.Array(types.uint8, 3, 'A')
IMAGE = read_only(OUT_IMAGE)
OUT_F32 = types.Array(types.float32, 1, 'C')
OUT_PIXELS = types.Array(types.float64, 3, 'C')
PIXELS = read_only(OUT_PIXELS)
OUT_LAB = types.Array(types.float32, 3, 'C')
LAB = read_only(OUT_LAB)
OUT_F64 = types.Array(types.float64, 1, 'C')
OUT_TABLE = types.Array(types.float64, 2, 'C')
F32 = read_only(OUT_F32)
F64 = read_only(OUT_F64)
TABLE = read_only(OUT_TABLE)
I64 = read_only(OUT_I64)

BITS = 12
"""Bins of a rounding table for each unit, as a power of two: narrower than any 8-bit step."""


@numba.njit(inline='always')
def level(z: float, first: float, starts: AnyArray, edges: AnyArray) -> Any:
    """Count the edges up to z: the value at the start of its bin, or one more."""
    place = (z - first) * (1 << BITS)
    # The negation also catches what is not a number.
    if not place > 0:
        return 0
    if place >= len(starts):
        return 255
    value = starts[int(place)]
    return value + (z >= edges[value])


@kernel(types.void(IMAGE, TABLE, F64, OUT_PIXELS))
def separate(rgb: AnyArray, matrix: AnyArray, density: AnyArray, out: AnyArray) -> None:
    """Optical densities times a matrix, cut off at 0."""
    for y in range(rgb.shape[0]):
        for x in range(rgb.shape[1]):
            red, green, blue = density[rgb[y, x, 0]], density[rgb[y, x, 1]], density[rgb[y, x, 2]]
            for stain in range(3):
                amount = red * matrix[0, stain] + green * matrix[1, stain] + blue * matrix[2, stain]
                out[y, x, stain] = max(amount, 0.0)


@kernel(types.void(PIXELS, TABLE, OUT_PIXELS))
def combine(stains: AnyArray, matrix: AnyArray, out: AnyArray) -> None:
    """Amounts of three stains times a matrix."""
    for y in range(stains.shape[0]):
        for x in range(stains.shape[1]):
            one, two, three = stains[y, x, 0], stains[y, x, 1], stains[y, x, 2]
            for c in range(3):
                out[y, x, c] = one * matrix[0, c] + two * matrix[1, c] + three * matrix[2, c]


@kernel(types.void(IMAGE, F64, TABLE, F64, FLOAT, I64, F64, OUT_IMAGE))
def recolor(
    rgb: AnyArray,
    density: AnyArray,
    matrix: AnyArray,
    offset: AnyArray,
    first: float,
    starts: AnyArray,
    edges: AnyArray,
    out: AnyArray,
) -> None:
    """Map densities linearly, and back to 8 bits."""
    for y in range(rgb.shape[0]):
        for x in range(rgb.shape[1]):
            red, green, blue = density[rgb[y, x, 0]], density[rgb[y, x, 1]], density[rgb[y, x, 2]]
            for c in range(3):
                z = red * matrix[0, c] + green * matrix[1, c] + blue * matrix[2, c] + offset[c]
                out[y, x, c] = level(-z, first, starts, edges)


@kernel(INT(IMAGE, INT))
def count_tissue(rgb: AnyArray, green: int) -> int:
    """How many pixels let less green through than that."""
    count = 0
    for y in range(rgb.shape[0]):
        for x in range(rgb.shape[1]):
            count += rgb[y, x, 1] < green
    return count


@kernel(types.void(IMAGE, INT, F64, OUT_TABLE))
def moments(rgb: AnyArray, green: int, density: AnyArray, out: AnyArray) -> None:
    """Sums of the densities (row 3) and of their products (rows 0 to 2) over the tissue."""
    for y in range(rgb.shape[0]):
        for x in range(rgb.shape[1]):
            if rgb[y, x, 1] < green:
                r, g, b = density[rgb[y, x, 0]], density[rgb[y, x, 1]], density[rgb[y, x, 2]]
                out[0, 0] += r * r
                out[0, 1] += r * g
                out[0, 2] += r * b
                out[1, 1] += g * g
                out[1, 2] += g * b
                out[2, 2] += b * b
                out[3, 0] += r
                out[3, 1] += g
                out[3, 2] += b


@kernel(types.void(IMAGE, INT, F64, TABLE, OUT_F64))
def turns(rgb: AnyArray, green: int, density: AnyArray, plane: AnyArray, out: AnyArray) -> None:
    """Where each tissue pixel's density points in a plane, -2 to 2 for a full turn.

    Grows with the angle, and needs no arcus tangent.
    """
    count = 0
    for i in range(rgb.shape[0]):
        for j in range(rgb.shape[1]):
            if rgb[i, j, 1] < green:
                r, g, b = density[rgb[i, j, 0]], density[rgb[i, j, 1]], density[rgb[i, j, 2]]
                x = r * plane[0, 0] + g * plane[1, 0] + b * plane[2, 0]
                y = r * plane[0, 1] + g * plane[1, 1] + b * plane[2, 1]
                length = abs(x) + abs(y)
                slope = y / length if length > 0 else 0.0
                if x < 0:
                    slope = 2 - slope if y >= 0 else -2 - slope
                out[count] = slope
                count += 1


@kernel(types.void(IMAGE, INT, F64, TABLE, OUT_F64, OUT_F64))
def amounts(
    rgb: AnyArray, green: int, density: AnyArray, matrix: AnyArray, one: AnyArray, two: AnyArray
) -> None:
    """Amounts of two stains in each tissue pixel."""
    count = 0
    for y in range(rgb.shape[0]):
        for x in range(rgb.shape[1]):
            if rgb[y, x, 1] < green:
                r, g, b = density[rgb[y, x, 0]], density[rgb[y, x, 1]], density[rgb[y, x, 2]]
                one[count] = r * matrix[0, 0] + g * matrix[1, 0] + b * matrix[2, 0]
                two[count] = r * matrix[0, 1] + g * matrix[1, 1] + b * matrix[2, 1]
                count += 1


@numba.njit(inline='always')
def root(t: float, roots: AnyArray) -> Any:
    """Read a table of a function on 0 to 1 between its entries."""
    place = t * (len(roots) - 2)
    low = int(place)
    return roots[low] + (place - low) * (roots[low + 1] - roots[low])


@kernel(types.void(IMAGE, F64, TABLE, F64, OUT_LAB))
def to_lab(
    rgb: AnyArray, linear: AnyArray, matrix: AnyArray, roots: AnyArray, out: AnyArray
) -> None:
    """CIE L*a*b*, the cube root from a table."""
    for i in range(rgb.shape[0]):
        for j in range(rgb.shape[1]):
            r, g, b = linear[rgb[i, j, 0]], linear[rgb[i, j, 1]], linear[rgb[i, j, 2]]
            x = root(r * matrix[0, 0] + g * matrix[1, 0] + b * matrix[2, 0], roots)
            y = root(r * matrix[0, 1] + g * matrix[1, 1] + b * matrix[2, 1], roots)
            z = root(r * matrix[0, 2] + g * matrix[1, 2] + b * matrix[2, 2], roots)
            out[i, j, 0] = 116 * y - 16
            out[i, j, 1] = 500 * (x - y)
            out[i, j, 2] = 200 * (y - z)


@kernel(types.void(IMAGE, INT, LAB, OUT_TABLE))
def lab_moments(rgb: AnyArray, green: int, lab: AnyArray, out: AnyArray) -> None:
    """Sums of the tissue's L*a*b* (row 0) and of their squares (row 1)."""
    for y in range(rgb.shape[0]):
        for x in range(rgb.shape[1]):
            if rgb[y, x, 1] < green:
                for c in range(3):
                    value = float(lab[y, x, c])
                    out[0, c] += value
                    out[1, c] += value * value


@numba.njit(inline='always')
def cube(f: float) -> float:
    """Undo the root of CIE L*a*b*, cut off at 0."""
    if f > 0.2068966:
        return f * f * f
    return max((f - 16 / 116) / 7.787, 0.0)


@kernel(types.void(LAB, F64, F64, TABLE, FLOAT, I64, F64, OUT_IMAGE))
def from_lab(
    lab: AnyArray,
    factor: AnyArray,
    offset: AnyArray,
    matrix: AnyArray,
    first: float,
    starts: AnyArray,
    edges: AnyArray,
    out: AnyArray,
) -> None:
    """Scale and shift L*a*b*, and back to 8-bit sRGB."""
    for i in range(lab.shape[0]):
        for j in range(lab.shape[1]):
            f = (lab[i, j, 0] * factor[0] + offset[0] + 16) / 116
            x = cube(f + (lab[i, j, 1] * factor[1] + offset[1]) / 500)
            y = cube(f)
            z = cube(f - (lab[i, j, 2] * factor[2] + offset[2]) / 200)
            for c in range(3):
                light = x * matrix[0, c] + y * matrix[1, c] + z * matrix[2, c]
                out[i, j, c] = level(light, first, starts, edges)
