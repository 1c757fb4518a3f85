"""Cards: Markdown with optional YAML front matter, which is for machines and not shown as text."""

from markupsafe import Markup

from portal.kit.markdown import front_matter, markdown


def card_html(text: str) -> Markup:
    """Safe HTML of a card without its front matter."""
    return markdown(front_matter(text)[1])
