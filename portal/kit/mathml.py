r"""Formulas: LaTeX from strangers to MathML, drawn by the browser itself. What cannot be drawn is shown as its source.

latex2mathml copies the text of ``\text{…}`` into its answer as it stands, so the answer is never trusted: it is parsed
as XML, and only known elements, attributes and lengths are written again.
"""

import re
from functools import lru_cache
from xml.etree import ElementTree as ET

from markupsafe import escape

MAX_CHARS = 2000
MAX_DEPTH = 24
ELEMENTS = frozenset(
    {
        *(
            "math",
            "mrow",
            "mi",
            "mo",
            "mn",
            "ms",
            "mtext",
            "mspace",
            "mfrac",
            "msqrt",
            "mroot",
            "mstyle",
            "merror",
        ),
        *("mpadded", "mphantom", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts"),
        *("mprescripts", "mtable", "mtr", "mtd", "none", "menclose"),
    }
)
_KEYWORD = re.compile(r"[a-z][a-z -]{0,60}")
_LENGTH = re.compile(
    r"-?\d{0,2}(?:\.\d{1,4})?(?:em|ex|px|pt|mu)?|0|thin|medium|thick|(?:negative)?[a-z]{4,20}mathspace"
)
_CHAIN = re.compile(rf"(?:\\[A-Za-z]+\s*){{{MAX_DEPTH * 4},}}")
ATTRIBUTES = {
    **dict.fromkeys(
        ("display", "mathvariant", "form", "fence", "separator", "stretchy", "symmetric"), _KEYWORD
    ),
    **dict.fromkeys(
        ("largeop", "movablelimits", "accent", "accentunder", "displaystyle", "columnalign"), _KEYWORD
    ),
    **dict.fromkeys(("rowalign", "notation", "columnlines", "rowlines", "bevelled"), _KEYWORD),
    **dict.fromkeys(
        ("lspace", "rspace", "minsize", "maxsize", "width", "height", "depth", "voffset"), _LENGTH
    ),
    **dict.fromkeys(("linethickness", "columnspacing", "rowspacing"), _LENGTH),
    "scriptlevel": re.compile(r"[+-]?[0-3]"),
}
"""Attribute -> what its value must be. No colours, links, classes, ids, styles; no length of three digits."""


class _NotDrawableError(ValueError):
    """The formula stays source."""


@lru_cache(maxsize=2048)
def mathml(latex: str, *, block: bool = False) -> str | None:
    """MathML of a formula, with its source as alternative text; None where it cannot be drawn (or is too big)."""
    if not latex.strip() or len(latex) > MAX_CHARS or _depth(latex) > MAX_DEPTH:
        return None
    from latex2mathml.converter import convert

    try:
        # A document type cannot stand inside the converter's <math>, so there are no entities to expand.
        root = ET.fromstring(convert(latex, display="block" if block else "inline"))  # noqa: S314
        inner = "".join(_element(child, 1) for child in root)
    except Exception:  # the converter raises whatever its tables happen to miss; the source is then shown
        return None
    display = ' display="block"' if block else ""
    return f'<math{display} alttext="{escape(latex.strip())}">{inner}</math>'


def _depth(latex: str) -> int:
    """How deeply braces and environments are nested at most; commands without braces nest by their count."""
    depth = deepest = 0
    for token in re.findall(r"\\begin|\\end|\\left|\\right|\\\\|\\.|[{}]", latex):
        if token in {"{", "\\begin", "\\left"}:
            depth += 1
            deepest = max(deepest, depth)
        elif token in {"}", "\\end", "\\right"}:
            depth -= 1
    return MAX_DEPTH + 1 if _CHAIN.search(latex) else deepest


def _element(node: ET.Element, depth: int) -> str:
    tag = node.tag.rpartition("}")[2]
    if tag not in ELEMENTS or tag == "math" or depth > MAX_DEPTH * 3:
        raise _NotDrawableError(tag)
    pairs = "".join(
        f' {name}="{escape(value)}"'
        for name, value in node.attrib.items()
        if name in ATTRIBUTES and ATTRIBUTES[name].fullmatch(value)
    )
    text = escape(node.text or "")
    if "\\" in text and tag == "mi":
        raise _NotDrawableError(text)  # a command the converter does not know
    inner = "".join(_element(child, depth + 1) for child in node)
    return f"<{tag}{pairs}>{text}{inner}</{tag}>"
