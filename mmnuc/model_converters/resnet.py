"""ResNets and ResNeXts: what each framework calls their tensors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from mmnuc.errors import UserError

# Blocks of each stage → depth.
DEPTHS = {(3, 4, 6, 3): 50, (3, 4, 23, 3): 101, (3, 8, 36, 3): 152}
NORM = ('weight', 'bias', 'running_mean', 'running_var')


@dataclass(frozen=True)
class Trunk:
    """Shape of a bottleneck ResNet.

    Attributes:
        depth: 50, 101 or 152.
        groups: Of its 3x3 convolutions; 1 is a ResNet, more is a ResNeXt.
        width: Channels of a group in the first stage.
    """

    depth: int
    groups: int = 1
    width: int = 64

    def __str__(self) -> str:
        if self.groups == 1:
            return f'ResNet-{self.depth}'
        return f'ResNeXt-{self.depth}-{self.groups}x{self.width}d'

    @property
    def blocks(self) -> tuple[int, ...]:
        """Number of blocks of each stage."""
        return next(blocks for blocks, depth in DEPTHS.items() if depth == self.depth)


@dataclass(frozen=True)
class Naming:
    """How a framework names the layers of a ResNet.

    Attributes:
        stem: The first convolution and its norm.
        stage: What comes before the number of a stage.
        first: The number of the first stage.
        norm: Name of the norm of the i-th convolution of a block.
        shortcut: The convolution beside a stage's first block, and its norm.
    """

    stem: tuple[str, str]
    stage: str
    first: int
    norm: str
    shortcut: tuple[str, str]

    def names(self, trunk: Trunk) -> Iterator[str]:
        """Every tensor of a trunk; in the same order for every naming."""
        yield from _layer(*self.stem)
        for stage, count in enumerate(trunk.blocks):
            for block in range(count):
                prefix = f'{self.stage}{self.first + stage}.{block}.'
                if block == 0:
                    yield from _layer(*(prefix + name for name in self.shortcut))
                for i in (1, 2, 3):
                    yield from _layer(f'{prefix}conv{i}', prefix + self.norm.format(i))

    def trunk(self, arrays: Mapping[str, NDArray[Any]]) -> Trunk:
        """Tell the shape of the trunk from the names and shapes of its tensors.

        Raises:
            UserError: It is none of the known ones.
        """
        blocks = self._blocks(arrays)
        if blocks not in DEPTHS:
            raise UserError(
                f'the backbone has {blocks} blocks; known are '
                + ', '.join(f'{known} of a ResNet-{depth}' for known, depth in DEPTHS.items())
            )
        name = f'{self.stage}{self.first}.0.conv2.weight'
        if name not in arrays or arrays[name].ndim != 4:
            raise UserError(f'the backbone lacks {name}')
        out, of_a_group = arrays[name].shape[:2]
        groups = out // of_a_group
        return Trunk(DEPTHS[blocks], groups, 64 if groups == 1 else of_a_group)

    def _blocks(self, names: Iterable[str]) -> tuple[int, ...]:
        pattern = re.compile(rf'{re.escape(self.stage)}(\d)\.(\d+)\.conv1\.weight')
        found = [
            tuple(map(int, match.groups())) for match in map(pattern.fullmatch, names) if match
        ]
        return tuple(
            1 + max((block for where, block in found if where == self.first + stage), default=-1)
            for stage in range(4)
        )


DETECTRON2 = Naming(
    stem=('stem.conv1', 'stem.conv1.norm'),
    stage='res',
    first=2,
    norm='conv{}.norm',
    shortcut=('shortcut', 'shortcut.norm'),
)
# MMDetection names them as torchvision does.
TORCHVISION = Naming(
    stem=('conv1', 'bn1'),
    stage='layer',
    first=1,
    norm='bn{}',
    shortcut=('downsample.0', 'downsample.1'),
)


def _layer(convolution: str, norm: str) -> Iterator[str]:
    yield f'{convolution}.weight'
    yield from (f'{norm}.{leaf}' for leaf in NORM)
