"""The feed of the national list."""

from collections.abc import Iterable
from typing import Any

from portal.kit.atom import Entry, feed
from portal.kit.i18n import _


def atom(rows: Iterable[Any], locale: str) -> bytes:
    """The feed's document, in Atom."""
    return feed("/promotions/national", _("National list"), [_entry(row, locale) for row in rows], locale)


def _entry(row: Any, locale: str) -> Entry:
    named = row.title_en if locale == "en" and row.title_en else row.title
    return Entry(
        path=f"/promotions/{row.id}",
        title=f"{named} {row.version}",
        published=row.stage_at,
        updated=row.stage_at,
        summary=f"{row.namespace}/{row.name} {row.version} · SHA-256 {row.version_digest}",
    )
