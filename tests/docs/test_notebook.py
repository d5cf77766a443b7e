"""The notebook runs from its first cell to its last, and shows what it says it does."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / 'docs/learn/first_ten_minutes.ipynb'
RUN = ROOT / 'docs/scripts/run_notebook.py'


def kinds(notebook: dict) -> list[list[str]]:
    """What kinds of answers each code cell gives."""
    return [
        [key for output in cell['outputs'] for key in output.get('data', {'text': None})]
        for cell in notebook['cells']
        if cell['cell_type'] == 'code'
    ]


def test_every_cell_runs_and_answers_as_committed(tmp_path: Path) -> None:
    copy = tmp_path / 'notebook.ipynb'
    copy.write_text(NOTEBOOK.read_text(encoding='utf-8'), encoding='utf-8')
    done = subprocess.run(
        [sys.executable, str(RUN), str(copy)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    committed = json.loads(NOTEBOOK.read_text(encoding='utf-8'))
    now = json.loads(copy.read_text(encoding='utf-8'))
    assert kinds(now) == kinds(committed)
    assert all(kinds(committed))


def test_it_stays_small() -> None:
    assert NOTEBOOK.stat().st_size < 500_000
