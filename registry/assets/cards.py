"""Cards: Markdown with optional YAML front matter, which is for machines and not shown as text."""

from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from portal.kit import frontmatter
from portal.kit.markdown import markdown
from registry.assets.carddata import CardFacts, facts_of


def card_html(text: str, files: str) -> Markup:
    """Safe HTML of a card without its front matter; its pictures are the asset's own files below ``files``."""
    return markdown(frontmatter.lenient(text).body, files)


def files_address(namespace: str, name: str, number: str) -> str:
    """Where pictures of a version's files are shown, encoded anew; empty without a version: there are no files then."""
    return (
        f"/assets/{namespace}/{name}/versions/{quote(number, safe='')}/preview-pictures/image/"
        if number
        else ""
    )


def card_files(asset: Any) -> str:
    """Where the pictures of an asset's card come from: its newest published version."""
    return files_address(asset.namespace, asset.name, asset.latest_version)


def card_facts(text: str) -> CardFacts:
    """What a card's front matter says; nothing where it has none that can be read."""
    return facts_of(frontmatter.lenient(text).values)
