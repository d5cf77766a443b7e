"""Make the pictures of the gallery from a run of the demo.

    make demo && .venv/bin/python docs/gallery/make.py

Everything on them comes from the synthetic tiles of the demo, the model that the demo trains, and
the histology model that comes with the project: no image of a public data set is shown. The same
run gives the same pictures; the report's needs Chromium.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import pictures
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / 'docs/images/gallery'
WIDEST = 1280  # pixels; pictures are made smaller, never larger
QUALITY = [cv2.IMWRITE_WEBP_QUALITY, 80]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--run', type=Path, default=ROOT / 'work_dirs/demo', help="demo's folder")
    parser.add_argument('--only', nargs='+', choices=pictures.ALL, default=list(pictures.ALL))
    args = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in args.only:
        path = FOLDER / f'{name}.webp'
        path.write_bytes(_encoded(pictures.ALL[name](args.run.resolve())))
        print(f'{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB')


def _encoded(rgb: NDArray[np.uint8]) -> bytes:
    """A picture as WebP, no wider than a screen needs."""
    height, width = rgb.shape[:2]
    if width > WIDEST:
        size = (WIDEST, round(height * WIDEST / width))
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return cv2.imencode('.webp', cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), QUALITY)[1].tobytes()


if __name__ == '__main__':
    main()
