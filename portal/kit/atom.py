"""Feeds in Atom (RFC 4287)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from portal.kit.i18n import LANG
from portal.settings import get_settings

ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class Entry:
    """One entry; ``path`` is its page on this site, and its name for ever."""

    path: str
    title: str
    published: dt.datetime
    updated: dt.datetime
    summary: str


def feed(path: str, title: str, entries: Iterable[Entry], locale: str) -> bytes:
    """The document of the feed at ``path`` + ``.atom``, of the page at ``path``.

    Addresses come from the site's own, never from the request.
    """
    site = get_settings().site_url
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": LANG[locale]})

    def put(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
        made = ET.SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
        made.text = text or None
        return made

    put(root, "id", f"{site}{path}")
    put(root, "title", title)
    put(root, "link", rel="self", href=f"{site}{path}.atom")
    put(root, "link", rel="alternate", href=f"{site}{path}")
    rows = list(entries)
    newest = max((row.updated for row in rows), default=None)
    put(root, "updated", newest.isoformat() if newest else "1970-01-01T00:00:00Z")
    put(put(root, "author"), "name", get_settings().site_name or "CSPON Commons")
    for row in rows:
        entry = put(root, "entry")
        put(entry, "id", f"{site}{row.path}")
        put(entry, "title", row.title)
        put(entry, "link", rel="alternate", href=f"{site}{row.path}")
        put(entry, "published", row.published.isoformat())
        put(entry, "updated", row.updated.isoformat())
        put(entry, "summary", row.summary)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
