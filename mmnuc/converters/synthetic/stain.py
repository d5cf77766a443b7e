"""How synthetic tissue takes up its stains: amounts of hematoxylin, eosin and blood a pixel."""

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.spatial import cKDTree

from mmnuc.converters.synthetic.noise import (
    Field,
    blurred,
    fibres,
    fractal_noise,
    ramp,
    smooth_noise,
)
from mmnuc.converters.synthetic.nuclei import EPITHELIAL, SPINDLE, SyntheticNuclei, inner_distance
from mmnuc.converters.synthetic.tissue import Recipe, Tissue


@dataclass
class Stain:
    """Amounts of hematoxylin, eosin and blood; each has shape (H, W), 0 is clear glass."""

    hematoxylin: Field
    eosin: Field
    blood: Field


def stain_tissue(
    rng: np.random.Generator, tissue: Tissue, nuclei: SyntheticNuclei, recipe: Recipe
) -> Stain:
    """Stain a tile: stroma and cytoplasm, then what lies out of focus, then the nuclei.

    Args:
        rng: Source of randomness.
        tissue: The ground.
        nuclei: The nuclei on it.
        recipe: The look of the tile.

    Returns:
        The amounts of stain, before the microscope's blur.
    """
    stain = _stroma(rng, tissue)
    _add_cytoplasm(rng, stain, tissue, nuclei, recipe)
    _clear_hollows(rng, stain, tissue)
    _add_blood(rng, stain, tissue)
    _add_out_of_focus(rng, stain, tissue, recipe)
    _add_nuclei(rng, stain, nuclei, recipe)
    thickness = 1 + np.float32(0.08) * smooth_noise(rng, tissue.size_hw, 160)
    stain.hematoxylin *= np.float32(recipe.hematoxylin) * thickness
    stain.eosin *= np.float32(recipe.eosin) * thickness
    return stain


def _stroma(rng: np.random.Generator, tissue: Tissue) -> Stain:
    size_hw = tissue.size_hw
    frayed = tissue.across + np.float32(1.2) * smooth_noise(rng, size_hw, 14)
    thick = fibres(rng, frayed, tissue.along, 11, 90)
    thin = fibres(rng, frayed, tissue.along, 3.5, 36)
    mottle = fractal_noise(rng, size_hw, 9)
    loose = ramp(smooth_noise(rng, size_hw, 120), -0.8, 1.4)
    bundles = np.float32(0.70) + np.float32(0.08) * (thick + thin + mottle)
    slits = ramp(-thick - np.float32(0.7) * (thin + mottle), 0.2, 2.2)
    eosin = np.maximum(bundles * (1 - np.float32(0.85) * slits * loose), 0.03)
    eosin += np.float32(0.05) * smooth_noise(rng, size_hw, 3)
    hematoxylin = np.float32(0.05) + np.float32(0.04) * ramp(thin + mottle, 0, 3)
    return Stain(hematoxylin, eosin, np.zeros(size_hw, np.float32))


def _add_cytoplasm(
    rng: np.random.Generator, stain: Stain, tissue: Tissue, nuclei: SyntheticNuclei, recipe: Recipe
) -> None:
    size_hw = tissue.size_hw
    grain = fractal_noise(rng, size_hw, 7)
    patches = smooth_noise(rng, size_hw, 60)
    membrane, cell_tone, remote = _cells(rng, size_hw, nuclei, recipe)
    fine = smooth_noise(rng, size_hw, 2.8)
    tone = grain + patches + cell_tone + np.float32(0.7) * fine
    eosin = np.float32(0.5) + np.float32(0.08) * tone
    foamy = np.float32(recipe.clear_cytoplasm) * remote * ramp(grain, -1.6, 1.2)
    eosin = (
        eosin * (1 - np.float32(0.75) * foamy)
        + np.float32(0.2 + 0.1 * recipe.clear_cytoplasm) * membrane
    )
    hematoxylin = (
        np.float32(0.15) + np.float32(0.04) * (grain + fine) + np.float32(0.03) * cell_tone
    )
    hematoxylin *= 1 - np.float32(0.75) * foamy
    stain.eosin += tissue.epithelium * (eosin - stain.eosin)
    stain.hematoxylin += tissue.epithelium * (hematoxylin - stain.hematoxylin)
    rim = np.exp(-(((tissue.epithelium - np.float32(0.5)) / np.float32(0.35)) ** 2))
    stain.eosin += np.float32(0.12) * rim * ramp(patches, -1, 1)


def _cells(
    rng: np.random.Generator, size_hw: tuple[int, int], nuclei: SyntheticNuclei, recipe: Recipe
) -> tuple[Field, Field, Field]:
    """Cells around the nuclei: their membranes, a tone for each, and how far from the nucleus."""
    centres = nuclei.centres_xy[nuclei.kinds == EPITHELIAL]
    if len(centres) < 2:
        flat = np.zeros(size_hw, np.float32)
        return flat, flat, flat
    height, width = (size_hw[0] + 1) // 2, (size_hw[1] + 1) // 2
    rows, columns = np.mgrid[:height, :width].astype(np.float32) * 2
    rows += np.float32(3) * smooth_noise(rng, (height, width), 10)
    columns += np.float32(3) * smooth_noise(rng, (height, width), 10)
    points = np.stack([columns.ravel(), rows.ravel()], axis=1)
    distances, owners = cKDTree(centres).query(points, k=2)
    tones = rng.standard_normal(len(centres)).astype(np.float32)
    ridge = (distances[:, 1] - distances[:, 0]).astype(np.float32)
    remote = (distances[:, 0] / recipe.nucleus_size).astype(np.float32)
    fields = (1 - ramp(ridge, 0, 4), tones[owners[:, 0]], ramp(remote, 0.35, 1.0))
    membrane, tone, far = (
        np.asarray(cv2.resize(field.reshape(height, width), size_hw[::-1]), np.float32)
        for field in fields
    )
    return membrane, tone, far


def _clear_hollows(rng: np.random.Generator, stain: Stain, tissue: Tissue) -> None:
    size_hw = tissue.size_hw
    debris = ramp(fractal_noise(rng, size_hw, 26, octaves=4), 0.6, 2.4) * tissue.lumen
    open_ = np.maximum(tissue.lumen * (1 - np.float32(0.6) * debris), tissue.gap)
    for field in (stain.hematoxylin, stain.eosin):
        field *= 1 - np.float32(0.97) * open_
    frayed = np.exp(-(((tissue.lumen - np.float32(0.4)) / np.float32(0.25)) ** 2))
    stain.eosin += np.float32(0.15) * frayed * (tissue.lumen > 0.02)


def _add_blood(rng: np.random.Generator, stain: Stain, tissue: Tissue) -> None:
    """Small heaps of red cells in the stroma."""
    height, width = tissue.size_hw
    red = np.zeros((height, width), np.uint8)
    for _ in range(rng.poisson(height * width / 90_000)):
        heap = rng.uniform((0, 0), (width, height))
        for x, y in rng.normal(heap, 14, (int(rng.integers(2, 9)), 2)):
            row, column = int(np.clip(y, 0, height - 1)), int(np.clip(x, 0, width - 1))
            if tissue.epithelium[row, column] < 0.2:
                axes = (round(16 * rng.uniform(4.5, 6.5)), round(16 * rng.uniform(3.5, 6)))
                centre = (round(16 * x), round(16 * y))
                turn = rng.uniform(0, 180)
                cv2.ellipse(red, centre, axes, turn, 0, 360, 255, -1, cv2.LINE_AA, shift=4)
    stain.blood += red.astype(np.float32) / np.float32(255)
    stain.eosin *= 1 - np.float32(0.5) * stain.blood


def _add_out_of_focus(
    rng: np.random.Generator, stain: Stain, tissue: Tissue, recipe: Recipe
) -> None:
    """Faint shadows of nuclei above or below the focal plane; nobody outlines those."""
    height, width = tissue.size_hw
    shadow = np.zeros((height, width), np.float32)
    for _ in range(rng.poisson(height * width / 14_000)):
        x, y = rng.uniform((0, 0), (width, height))
        radius = recipe.nucleus_size * rng.uniform(0.3, 0.5)
        axes = (round(radius * rng.uniform(0.8, 1.5)), round(radius))
        turn = rng.uniform(0, 180)
        cv2.ellipse(shadow, (round(x), round(y)), axes, turn, 0, 360, rng.uniform(0.12, 0.3), -1)
    stain.hematoxylin += blurred(shadow, 3.5) * (1 - np.maximum(tissue.lumen, tissue.gap))


def _add_nuclei(
    rng: np.random.Generator, stain: Stain, nuclei: SyntheticNuclei, recipe: Recipe
) -> None:
    label_map = nuclei.label_map
    size_hw = label_map.shape[0], label_map.shape[1]
    body, rim, clumps = (values[label_map] for values in _chromatin(rng, nuclei, recipe))
    inside = inner_distance(label_map)
    clumpy = (
        np.float32(0.8) * smooth_noise(rng, size_hw, 5)
        + np.float32(0.6) * smooth_noise(rng, size_hw, 2.8)
        + np.float32(0.4) * smooth_noise(rng, size_hw, 12)
    )
    amount = body * (1 + clumps * clumpy) + rim * np.exp(-np.abs(inside - np.float32(1.8)) / 1.4)
    amount += _nucleoli(rng, nuclei)
    inked = (label_map > 0).astype(np.float32)
    cover, halo = blurred(inked, 0.7), blurred(inked, 3.0)
    pale = 1 - np.float32(0.3 * (0.4 + recipe.clear_cytoplasm)) * halo * (label_map == 0)
    stain.eosin *= pale * (1 - np.float32(0.45) * cover)
    stain.hematoxylin *= pale * (1 - np.float32(0.6) * cover)
    nuclear = np.where(label_map > 0, np.maximum(amount, 0.12), 0).astype(np.float32)
    stain.hematoxylin += blurred(nuclear, 0.8)
    stain.blood *= 1 - cover


def _chromatin(
    rng: np.random.Generator, nuclei: SyntheticNuclei, recipe: Recipe
) -> tuple[Field, Field, Field]:
    """Darkness of body and rim and strength of clumps by label; entry 0 is the background."""
    count = len(nuclei.kinds)
    open_ = np.clip(rng.normal(recipe.vesicular, 0.22, count), 0, 1)
    open_ = np.where(nuclei.kinds == EPITHELIAL, open_, 0.15 * open_)
    dark = np.where(nuclei.kinds == EPITHELIAL, 0.95, np.where(nuclei.kinds == SPINDLE, 1.0, 1.3))
    dark = dark * np.exp(rng.normal(0, 0.24, count))
    body = dark * (1 - 0.62 * open_)
    rim = (0.05 + 0.50 * open_) * dark
    clumps = 0.15 + 0.33 * open_
    body, rim, clumps = (
        np.concatenate([[0], values]).astype(np.float32) for values in (body, rim, clumps)
    )
    return body, rim, clumps


def _nucleoli(rng: np.random.Generator, nuclei: SyntheticNuclei) -> Field:
    spots = np.zeros(nuclei.label_map.shape, np.uint8)
    for (x, y), kind in zip(nuclei.centres_xy, nuclei.kinds, strict=True):
        for _ in range(int(rng.integers(0, 3)) if kind == EPITHELIAL else 0):
            centre = (round(16 * (x + rng.normal(0, 2.5))), round(16 * (y + rng.normal(0, 2.5))))
            radius = round(16 * rng.uniform(0.9, 1.9))
            cv2.circle(spots, centre, radius, int(rng.integers(120, 255)), -1, cv2.LINE_AA, 4)
    return spots.astype(np.float32) / np.float32(255) * np.float32(0.8)
