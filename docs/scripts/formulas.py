"""LaTeX to MathML, which browsers lay out by themselves."""

from __future__ import annotations

import html
import re

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


def _convert(latex: str, display: str) -> str:
    return convert(html.unescape(latex).strip(), display=display)
