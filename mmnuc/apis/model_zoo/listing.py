"""The models that come with the project, as their cards describe them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmnuc.apis.model_zoo.pretrained import PRETRAINED, weights_files, weights_folder
from mmnuc.errors import UserError

# Columns of the table: heading, and the score in the card.
_SCORES = {'AP50': 'coco/segm_mAP_50', 'AJI': 'nuclei/aji', 'PQ': 'nuclei/pq'}
_NOT_STATED = 'not stated'


@dataclass(frozen=True)
class ModelInfo:
    """What is known of a model without loading it.

    Attributes:
        name: What :func:`mmnuc.load` calls it.
        file: Its weights.
        size: Bytes of the file.
        date: When it was trained, as 2026-11-21.
        data: What it learned from.
        licence: What one may do with the weights.
        scores: Score by name, on what ``scored_on`` says.
        scored_on: Images that were kept aside.
        description: What images it is for.
        config: Its config, beside the weights.
    """

    name: str
    file: Path
    size: int
    date: str
    data: str
    licence: str
    scores: Mapping[str, float]
    scored_on: str
    description: str
    config: Path


def list_models() -> list[ModelInfo]:
    """List the models that can be loaded by name.

    They lie in the folder ``weights`` that came with the project, or in what ``MMNUC_WEIGHTS``
    names; of several with one name the newest counts.

    Raises:
        UserError: A model has no card beside it, or the card can't be read.

    Example:
        >>> [(model.name, model.licence[:15]) for model in list_models()]
        [('histology', 'CC BY-NC-SA 4.0'), ('fluorescence', 'CC0, as the dat')]
    """
    newest = {name: weights_files(name)[-1:] for name in PRETRAINED}
    return [_described(name, file) for name, files in newest.items() for file in files]


def table(models: Sequence[ModelInfo]) -> str:
    """Lay models out as text, a line for what is compared and lines for what is read.

    Example:
        >>> print(table([]).partition(':')[0])
        no models in the folder
    """
    if not models:
        return f'no models in the folder: {weights_folder()}'
    head = ('name', 'MB', 'date', *_SCORES)
    rows = [head, *(_row(model) for model in models)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ['  '.join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return '\n'.join([*lines, *(line for model in models for line in _words(model))])


def _row(model: ModelInfo) -> tuple[str, ...]:
    scores = (
        f'{model.scores[key]:.4f}' if key in model.scores else '-' for key in _SCORES.values()
    )
    return (model.name, f'{model.size / 1e6:.0f}', model.date, *scores)


def _words(model: ModelInfo) -> Iterator[str]:
    yield f'\n{model.name}: {model.description}'
    yield f'    trained on  {model.data}'
    yield f'    scored on   {model.scored_on}'
    yield f'    licence     {model.licence}'


def _described(name: str, file: Path) -> ModelInfo:
    card = file.with_suffix('.md')
    try:
        text = card.read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f'cannot read the model card {card}: {error}') from error
    rows = dict(_rows(text))
    scored_on = re.search(r'^Measured on: (.*?)(?:\n\n|\Z)', text, re.MULTILINE | re.DOTALL)
    return ModelInfo(
        name=name,
        file=file,
        size=file.stat().st_size,
        date=rows.get('date', _NOT_STATED),
        data=rows.get('data', _NOT_STATED),
        licence=rows.get('licence', _NOT_STATED),
        scores={key: float(value) for key, value in rows.items() if _is_number(value)},
        scored_on=_plain(scored_on[1]) if scored_on else _NOT_STATED,
        description=rows.get('images', _NOT_STATED),
        config=file.with_suffix('.py'),
    )


def _rows(text: str) -> Iterator[tuple[str, str]]:
    r"""Key and value of every row of the tables with two columns.

    Example:
        >>> dict(_rows('| about | this model |\n|---|---|\n| data | a \\| b |\n'))
        {'about': 'this model', 'data': 'a | b'}
    """
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r'(?<!\\)\|', line)]
        if len(cells) == 4 and not set(cells[1]) <= set('-: '):
            yield cells[1], cells[2].replace('\\|', '|')


def _plain(markdown: str) -> str:
    """A paragraph as a line, without the sentences that are links.

    Example:
        >>> _plain('4 tiles,\\nkept aside. [More](there.md)')
        '4 tiles, kept aside'
    """
    return re.sub(r'\s*\[[^]]*\]\([^)]*\)', '', ' '.join(markdown.split())).rstrip('. ')


def _is_number(text: str) -> bool:
    return re.fullmatch(r'-?\d+\.\d+', text) is not None
