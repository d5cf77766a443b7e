"""Notebooks as pages: their cells, and what the cells said when they were last run."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

_PICTURES = {'image/png': 'png', 'image/jpeg': 'jpg', 'image/webp': 'webp'}


def pages(root: Path) -> dict[str, str | bytes]:
    """Every notebook of docs/ as Markdown, and its pictures as files beside it."""
    found: dict[str, str | bytes] = {}
    docs = root / 'docs'
    for path in sorted(docs.rglob('*.ipynb')):
        name = path.relative_to(docs).with_suffix('')
        text = ''
        for number, cell in enumerate(json.loads(path.read_text(encoding='utf-8'))['cells']):
            source = ''.join(cell['source'])
            if cell['cell_type'] == 'markdown':
                text += f'{source}\n\n'
                continue
            text += f'```python\n{source}\n```\n\n'
            for output in cell['outputs']:
                text += _output(output, f'{name.name}_{number}', name.parent, found)
        found[f'{name}.md'] = text
    return found


def _output(output: dict[str, Any], stem: str, folder: Path, found: dict[str, str | bytes]) -> str:
    """One answer of a cell; a picture is added to what was found."""
    data = output.get('data', {})
    for kind, suffix in _PICTURES.items():
        if kind in data:
            found[f'{folder}/{stem}.{suffix}'] = base64.b64decode(''.join(data[kind]))
            return f'![what the cell above shows]({stem}.{suffix})\n\n'
    if 'text/html' in data:
        return f'<div class="output" markdown="0">{"".join(data["text/html"])}</div>\n\n'
    text = ''.join(data.get('text/plain', output.get('text', '')))
    return f'```text\n{text.rstrip()}\n```\n\n'
