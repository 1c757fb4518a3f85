"""Markdown from strangers: rendered without raw HTML, then sanitised to a fixed list of tags."""

from functools import lru_cache

import nh3
import yaml
from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.footnote import footnote_plugin

TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h2", "h3", "h4", "h5", "h6", "hr",
    "i", "img", "li", "ol", "p", "pre", "s", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "th": {"align"}, "td": {"align"}}
MAX_CHARS = 200_000


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return (
        MarkdownIt("commonmark", {"html": False, "linkify": False})
        .enable(["table", "strikethrough"])
        .use(anchors_plugin, max_level=4)
        .use(footnote_plugin)
    )


@lru_cache(maxsize=256)
def markdown(text: str) -> Markup:
    """Safe HTML of a Markdown text. Headings start at h2 (the page's title is its h1); images only from this site."""
    tokens = _parser().parse(text[:MAX_CHARS])
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    html = _parser().renderer.render(tokens, _parser().options, {})
    return Markup(  # noqa: S704 - this is the one place where sanitised HTML becomes Markup
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes={"http", "https", "mailto"},
            link_rel="nofollow noopener noreferrer ugc",
            attribute_filter=_own_images_only,
        )
    )


def _own_images_only(tag: str, attribute: str, value: str) -> str | None:
    """No request leaves the site: a picture of another host becomes its alternative text."""
    if tag == "img" and attribute == "src" and not (value.startswith("/") and not value.startswith("//")):
        return None
    return value


def front_matter(text: str) -> tuple[dict[str, object], str]:
    """YAML front matter and the rest. Text without front matter, or with a broken one, is all rest."""
    if not text.startswith("---\n"):
        return {}, text
    head, found, body = text[4:].partition("\n---")
    if not found or len(head) > 20_000:
        return {}, text
    try:
        values = yaml.safe_load(head)
    except (
        yaml.YAMLError,
        ValueError,
        LookupError,
        AttributeError,
        RecursionError,
    ):  # `date: 2026-13-45`, `!!int ""`
        return {}, text
    return (values, body.lstrip("-\n")) if isinstance(values, dict) else ({}, text)
