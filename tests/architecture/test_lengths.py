"""Functions and files stay short."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path
    for folder in ('mmnuc', 'tools', 'tests', 'benchmarks', 'docs')
    for path in (ROOT / folder).rglob('*.py')
)
LINES_OF_A_FUNCTION = 40
LINES_OF_A_FILE = 400


def long_functions(source: str, limit: int = LINES_OF_A_FUNCTION) -> Iterator[tuple[str, int]]:
    """Name and lines of each function that is too long; its docstring does not count."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                lines -= node.body[0].end_lineno - node.body[0].lineno + 1
            if lines > limit:
                yield node.name, lines


def test_finds_a_long_function() -> None:
    body = '    """Two\n    lines."""\n' + '    pass\n' * 3
    assert list(long_functions(f'def f():\n{body}', limit=3)) == [('f', 4)]
    assert list(long_functions(f'def f():\n{body}', limit=4)) == []


def test_functions_stay_short() -> None:
    found = {
        f'{path.relative_to(ROOT)}: {name}': lines
        for path in FILES
        for name, lines in long_functions(path.read_text(encoding='utf-8'))
    }
    assert found == {}


def test_files_stay_short() -> None:
    lengths = {path: len(path.read_text(encoding='utf-8').splitlines()) for path in FILES}
    long = {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > LINES_OF_A_FILE}
    assert long == {}
