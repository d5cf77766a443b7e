"""LaTeX to MathML, which browsers lay out by themselves."""

from __future__ import annotations

import html
import re
from importlib.util import find_spec
from pathlib import Path

from latex2mathml.converter import convert

# What pymdownx.arithmatex (generic) leaves: \( … \) in a span, \[ … \] in a div.
_INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
_BLOCK = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', re.DOTALL)


def to_mathml(page: str) -> str:
    """Replace every formula of a page.

    A line wider than a phone scrolls inside of its box.
    """
    page = _INLINE.sub(lambda found: _convert(found[1], 'inline'), page)
    return _BLOCK.sub(
        lambda found: f'<div class="formula">{_convert(found[1], "block")}</div>', page
    )


def font() -> Path:
    """STIX Two Math, for readers whose machines have no font of formulas (OFL, from ziamath)."""
    spec = find_spec('ziamath')
    if spec is None or spec.origin is None:
        raise FileNotFoundError('ziamath is not installed: requirements-docs.txt names it')
    return Path(spec.origin).parent / 'fonts/STIXTwoMath-Regular.ttf'


def _convert(latex: str, display: str) -> str:
    return convert(html.unescape(latex).strip(), display=display)
