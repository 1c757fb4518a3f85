"""The feed of public notices."""

from collections.abc import Iterable
from typing import Any

from portal.kit.atom import Entry, feed
from portal.kit.i18n import _, label


def atom(rows: Iterable[Any], locale: str) -> bytes:
    """The feed's document, in Atom."""
    return feed("/publicity", _("Public notices"), [_entry(row, locale) for row in rows], locale)


def _entry(row: Any, locale: str) -> Entry:
    until = _("on notice until %(day)s", day=row.last_day.isoformat())
    return Entry(
        path=f"/publicity/{row.id}",
        title=(row.title_en or row.title_zh) if locale == "en" else row.title_zh,
        published=row.starts_at,
        updated=row.updated_at,
        summary=f"{label(row.state)} · {until}",
    )
