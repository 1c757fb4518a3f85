"""Markdown from strangers: rendered without raw HTML, then sanitised to a fixed list of tags."""

import posixpath
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from portal.kit import frontmatter, mathml

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h2", "h3", "h4", "h5", "h6", "hr",
    "i", "img", "li", "ol", "p", "pre", "s", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
    *mathml.ELEMENTS,
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title", "id"}, "li": {"id"}, "img": {"src", "alt", "title"}, "th": {"align"}, "td": {"align"},
    "math": {"display", "alttext"},
    **{tag: set(mathml.ATTRIBUTES) for tag in mathml.ELEMENTS - {"math"}},
}  # fmt: skip
MAX_CHARS = 200_000
MAX_FORMULAS = 300
MAX_MATH = 20_000
"""Formulas of one text that are drawn, and their characters together; further ones are shown as their source."""
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})
_FOOTNOTE = re.compile(r"fn(?:ref)?\d{1,4}(?::\d{1,4})?")
_TASK = re.compile(r"\[([ xX])\] ")


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = (
        MarkdownIt("commonmark", {"html": False, "linkify": False})
        .enable(["table", "strikethrough"])
        .use(anchors_plugin, max_level=4)
        .use(footnote_plugin)
        # `$5 and $6` is money: no space inside, no digit outside.
        .use(
            dollarmath_plugin,
            allow_labels=False,
            allow_space=False,
            allow_digits=False,
            allow_blank_lines=False,
        )
    )
    parser.add_render_rule("math_inline", _inline_formula)
    parser.add_render_rule("math_block", _block_formula)
    return parser


@lru_cache(maxsize=256)
def markdown(text: str, files: str | None = None) -> Markup:
    """Safe HTML of a Markdown text. Headings start at h2 (the page's title is its h1).

    ``files``: the address below which the text's own files lie (it ends with ``/``; empty: it has none). Pictures are
    then those files alone, by relative path; all others become their alternative text. None: pictures of this site.
    """
    env: dict[str, Any] = {}
    tokens = _parser().parse(text[:MAX_CHARS], env)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    _tasks(tokens)
    _pictures(tokens, files)
    html = _parser().renderer.render(tokens, _parser().options, env)
    return Markup(  # noqa: S704 - this is the one place where sanitised HTML becomes Markup
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes={"http", "https", "mailto"},
            link_rel="nofollow noopener noreferrer ugc",
            attribute_filter=_attribute,
        )
    )


def _attribute(tag: str, attribute: str, value: str) -> str | None:
    """The last look at every attribute: pictures of this site, ids of footnotes, lengths that fit on a page."""
    if attribute == "id":
        return value if _FOOTNOTE.fullmatch(value) else None
    if tag == "img" and attribute == "src":
        return value if value.startswith("/") and not value.startswith("//") else None
    if tag in mathml.ELEMENTS and attribute in mathml.ATTRIBUTES:
        return value if mathml.ATTRIBUTES[attribute].fullmatch(value) else None
    return value


def _inline_formula(_renderer: Any, tokens: Sequence[Token], at: int, _options: Any, env: Any) -> str:
    return _formula(tokens[at].content, env, block=False)


def _block_formula(_renderer: Any, tokens: Sequence[Token], at: int, _options: Any, env: Any) -> str:
    return f"<p>{_formula(tokens[at].content, env, block=True)}</p>\n"


def _formula(latex: str, env: dict[str, Any], *, block: bool) -> str:
    count, chars = env.get("formulas", (0, 0))
    env["formulas"] = count + 1, chars + len(latex)
    drawn = None
    if count < MAX_FORMULAS and chars + len(latex) <= MAX_MATH:
        drawn = mathml.mathml(latex, block=block)
    return drawn if drawn is not None else f"<code>{escape(latex.strip())}</code>"


def _tasks(tokens: Sequence[Token]) -> None:
    """List items that begin with ``[ ]`` or ``[x]`` get a box; nothing can be ticked here, so no form field."""
    for item, paragraph, token in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if (item.type, paragraph.type) != ("list_item_open", "paragraph_open") or not token.children:
            continue
        first = token.children[0]
        found = _TASK.match(first.content) if first.type == "text" else None
        if found:
            first.content = ("☐ " if found.group(1) == " " else "☑ ") + first.content[found.end() :]


def _pictures(tokens: Sequence[Token], files: str | None) -> None:
    for token in tokens:
        for child in token.children or ():
            if child.type == "image":
                _picture(child, files)


def _picture(token: Token, files: str | None) -> None:
    """Point a picture at the text's own file; one that is not becomes its alternative text."""
    source = str(token.attrs.get("src", ""))
    if files is None:
        address = source if source.startswith("/") and not source.startswith("//") else ""
    else:
        path = own_path(source) if files else ""
        address = f"{files}{quote(path)}" if path else ""
    if address:
        token.attrs["src"] = address
    else:
        token.type, token.tag, token.children = "text", "", None  # its content is the alternative text


def own_path(source: str) -> str:
    """The path of a picture among the text's own files; empty for what is elsewhere or no picture."""
    path = unquote(source.partition("?")[0].partition("#")[0])
    if ":" in path or "\\" in path or path.startswith("/") or any(ord(char) < 32 for char in path):
        return ""
    path = posixpath.normpath(path)
    inside = path not in {".", ".."} and not path.startswith("../")
    return path if inside and posixpath.splitext(path)[1].lower() in PICTURES else ""


def front_matter(text: str) -> tuple[dict[str, object], str]:
    """YAML front matter and the rest, for showing: broken front matter counts as none and stays out of sight."""
    card = frontmatter.lenient(text)
    return card.values, card.body
