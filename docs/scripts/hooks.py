"""What MkDocs calls while it builds the site: generated pages, links, formulas.

The pages that are not written by hand are made here from the tree at each build, so that they can't
fall behind it: the reference from the package, the command line from its parsers, model cards,
benchmarks and other files from where they lie in the repository, the notebook from its cells.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import command_line
import formulas
import notebook
import outside
import reference
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ('Models', 'Configs', 'Benchmarks')  # sections of pages from outside of docs/


def generated() -> dict[str, str | bytes]:
    """Path below docs/ → content of every page that is made at build time."""
    return {
        **reference.pages(ROOT),
        **command_line.pages(ROOT),
        **outside.pages(ROOT),
        **notebook.pages(ROOT),
    }


def on_config(config: Any) -> Any:
    """Put the generated pages into the sections of the navigation that are empty."""
    filled = {
        'Reference': reference.navigation(ROOT),
        **{name: outside.navigation(ROOT, name.lower()) for name in FOLDERS},
    }
    for section in config.nav:
        for title, entries in section.items():
            if entries == []:
                entries += filled[title]
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the generated pages."""
    for path, content in generated().items():
        files.append(File.generated(config, path, content=content))
    font = str(formulas.font())
    files.append(File.generated(config, 'stylesheets/math.ttf', abs_src_path=font))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Turn links to files of the repository into links to their pages."""
    return outside.relink(markdown, page.file.src_uri, ROOT)


def on_page_content(html: str, **_: Any) -> str:
    """Turn LaTeX into MathML: no script and no network is needed to read a formula."""
    return formulas.to_mathml(html)
