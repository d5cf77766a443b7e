"""Run the cells of a notebook without Jupyter, and keep what they said.

    .venv/bin/python docs/scripts/run_notebook.py docs/learn/first_ten_minutes.ipynb

A cell answers as in Jupyter: with what it prints, and with its last expression, if that has a
value: pictures as WebP, tables as HTML, anything else as text. What libraries log is left out: it
names folders of the machine.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

WIDEST = 768  # pixels of a picture that is kept


def run(path: Path) -> dict[str, Any]:
    """Run all code cells in one namespace, in their order.

    Args:
        path: The notebook.

    Returns:
        The notebook with the outputs of this run.

    Raises:
        Exception: Whatever a cell raises; the notebook's name and the cell stand in the traceback.
    """
    notebook: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
    names: dict[str, Any] = {'__name__': '__main__'}
    cells = [cell for cell in notebook['cells'] if cell['cell_type'] == 'code']
    for count, cell in enumerate(cells, 1):
        cell['execution_count'] = count
        cell['outputs'] = _outputs(''.join(cell['source']), f'{path.name}, cell {count}', names)
    return notebook


def _outputs(source: str, name: str, names: dict[str, Any]) -> list[dict[str, Any]]:
    """Run one cell; only its own ``print`` is kept."""
    statements = ast.parse(source, name).body
    last = statements.pop() if statements and isinstance(statements[-1], ast.Expr) else None
    said, value = io.StringIO(), None
    names['print'] = partial(print, file=said)
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        exec(compile(ast.Module(statements, []), name, 'exec'), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), name, 'eval'), names)
    outputs: list[dict[str, Any]] = []
    if said.getvalue():
        outputs.append({'output_type': 'stream', 'name': 'stdout', 'text': said.getvalue()})
    if value is not None:
        outputs.append({'output_type': 'display_data', 'metadata': {}, 'data': _shown(value)})
    return outputs


def _shown(value: Any) -> dict[str, str]:
    if hasattr(value, 'thumbnail'):
        picture, file = value.copy(), io.BytesIO()
        picture.thumbnail((WIDEST, WIDEST))
        picture.save(file, 'WEBP', quality=80)
        return {'image/webp': base64.b64encode(file.getvalue()).decode()}
    if hasattr(value, 'to_html'):
        return {'text/html': value.to_html(border=0), 'text/plain': repr(value)}
    return {'text/plain': repr(value)}


def main() -> None:
    for path in map(Path, sys.argv[1:]):
        text = json.dumps(run(path), indent=1, ensure_ascii=False)
        path.write_text(text + '\n', encoding='utf-8')


if __name__ == '__main__':
    main()
