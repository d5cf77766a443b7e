"""What one must know of published weights, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from mmnuc.apis.model_zoo.facts import NOT_STATED, Facts


def card(facts: Facts, weights_file: str, config_file: str, sha256: str) -> str:
    """Write the model card.

    Args:
        facts: What is known.
        weights_file: Name of the file with the weights.
        config_file: Name of the config beside it.
        sha256: Of the file with the weights.

    Returns:
        Markdown.

    Example:
        >>> known = Facts('tiny', ('nucleus',), 'demo', NOT_STATED, '2026-11-21', '6 iterations',
        ...               'fp16', {'coco/segm_mAP': 0.25}, 'validation', {}, '0a')
        >>> text = card(known, 'tiny-0b.pth', 'tiny-0b.py', '0b')
        >>> print(*text.splitlines()[2:6], sep='\\n')
        | about | this model |
        |---|---|
        | config | `tiny-0b.py` |
        | classes | nucleus |
    """
    table = _table(('about', 'this model'), _rows(facts, config_file, sha256))
    return f"""# {facts.name}

{table}

## Scores

{_scores(facts)}

## How to load it

```
mmnuc test {config_file} {weights_file}
mmnuc predict images/ --out found --config {config_file} \\
    --checkpoint {weights_file}
```

```python
import mmnuc

model = mmnuc.load('{config_file}', '{weights_file}')
nuclei = mmnuc.segment('tile.png', model)
```

The file with the weights holds tensors and plain data: opening it runs nothing. The config is a
program, as all configs are: look at it before you use one that you were sent.
"""


def _rows(facts: Facts, config_file: str, sha256: str) -> dict[str, str]:
    return {
        'config': f'`{config_file}`',
        'classes': ', '.join(facts.classes) or NOT_STATED,
        'pixel size': _stated(facts.pixel_size, 'µm'),
        'nucleus diameter': _stated(facts.diameter, 'pixels'),
        'data': facts.data,
        'licence': facts.licence,
        'date': facts.date,
        'training': facts.trained,
        'weights': facts.weights,
        **{f'origin: {key}': value for key, value in facts.origin.items()},
        'SHA-256': f'`{sha256}`',
        'SHA-256 of the checkpoint': f'`{facts.source}`',
    }


def _stated(number: float | None, unit: str) -> str:
    return NOT_STATED if number is None else f'{number:g} {unit}'


def _scores(facts: Facts) -> str:
    if not facts.scores:
        return 'None were given, and the checkpoint was not validated as it is.'
    rows = {name: f'{value:.4f}' for name, value in facts.scores.items()}
    return f'Measured on: {facts.scored_on}.\n\n' + _table(('score', 'value'), rows)


def _table(head: tuple[str, str], rows: Mapping[str, str]) -> str:
    lines = [f'| {_cell(key)} | {_cell(value)} |' for key, value in rows.items()]
    return '\n'.join([f'| {head[0]} | {head[1]} |', '|---|---|', *lines])


def _cell(text: str) -> str:
    """Text that can't leave its cell."""
    return ' '.join(text.replace('|', '\\|').split())
