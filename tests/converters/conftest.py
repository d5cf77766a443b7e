"""Small worlds for converters: a tile, masks of squares, and trees of files in one line."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco_mask

Pixels = np.ndarray


class Tree:
    """A folder that is filled line by line."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def image(self, name: str, size: int = 40, seed: int = 0) -> Pixels:
        """Write an RGB image of noise."""
        pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), np.uint8)
        return self.write(name, pixels)

    def mask(self, name: str, *boxes: tuple[int, int, int, int], size: int = 40) -> Pixels:
        """Write a mask of 0 and 255: the boxes (x1, y1, x2, y2)."""
        return self.write(name, squares(*boxes, size=size) * np.uint8(255))

    def write(self, name: str, pixels: Pixels) -> Pixels:
        """Write any pixels in the format of the name's suffix."""
        path = self.path(name)
        if path.suffix == '.npy':
            np.save(path, pixels)
        else:
            assert cv2.imwrite(str(path), pixels)
        return pixels

    def bytes(self, name: str, content: bytes) -> None:
        """Write any bytes."""
        self.path(name).write_bytes(content)

    def truncate(self, name: str, share: float = 0.6) -> None:
        """Cut a file off."""
        path = self.root / name
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])

    def path(self, name: str) -> Path:
        """Return the path of a file, in a folder that exists."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def zip(self) -> Path:
        """Put everything into an archive beside the folder."""
        archive = self.root.with_suffix('.zip')
        with zipfile.ZipFile(archive, 'w', zipfile.ZIP_DEFLATED) as out:
            for path in sorted(self.root.rglob('*')):
                out.write(path, path.relative_to(self.root))
        return archive


def squares(*boxes: tuple[int, int, int, int], size: int = 40) -> Pixels:
    """A mask with the boxes (x1, y1, x2, y2) inside."""
    pixels = np.zeros((size, size), np.uint8)
    for x1, y1, x2, y2 in boxes:
        pixels[y1:y2, x1:x2] = 1
    return pixels


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """An empty folder to fill."""
    return Tree(tmp_path / 'source')


@pytest.fixture
def decode() -> Callable[[dict], Pixels]:
    """How pycocotools reads an annotation's mask."""
    return lambda annotation: coco_mask.decode(annotation['segmentation'])


@pytest.fixture
def homework(tree: Tree) -> Tree:
    """The VRDL homework in small: patients A (two tiles), B and C, and two test tiles."""
    for number, name in enumerate(['TCGA-A-1-x', 'TCGA-A-1-y', 'TCGA-B-1-x', 'TCGA-C-1-x']):
        tree.image(f'dataset/train/{name}/images/{name}.png', seed=number)
        tree.mask(f'dataset/train/{name}/masks/mask_0001.png', (1, 2, 8, 6))
        tree.mask(f'dataset/train/{name}/masks/mask_0002.png', (10, 2, 14, 6), (20, 20, 22, 30))
    tree.image('dataset/test/b.png', seed=8)
    tree.image('dataset/test/a.png', seed=9)
    ids = '[{"id": 1, "file_name": "b.png", "height": 40, "width": 40},'
    ids += ' {"id": 2, "file_name": "a.png", "height": 40, "width": 40}]'
    tree.bytes('dataset/test_img_ids.json', ids.encode())
    return tree
