"""The feed of public notices, in Atom (RFC 4287)."""

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

from portal.kit.i18n import LANG, _, label
from portal.settings import get_settings

ATOM = "http://www.w3.org/2005/Atom"


def atom(rows: Iterable[Any], locale: str) -> bytes:
    """The feed's document. Addresses come from the site's own, never from the request."""
    site = get_settings().site_url
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": LANG[locale]})

    def put(parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
        made = ET.SubElement(parent, f"{{{ATOM}}}{tag}", attributes)
        made.text = text or None
        return made

    put(root, "id", f"{site}/publicity")
    put(root, "title", _("Public notices"))
    put(root, "link", rel="self", href=f"{site}/publicity.atom")
    put(root, "link", rel="alternate", href=f"{site}/publicity")
    entries = list(rows)
    newest = max((row.updated_at for row in entries), default=None)
    put(root, "updated", newest.isoformat() if newest else "1970-01-01T00:00:00Z")
    put(put(root, "author"), "name", get_settings().site_name or "CSPON Commons")
    for row in entries:
        entry = put(root, "entry")
        address = f"{site}/publicity/{row.id}"
        put(entry, "id", address)
        put(entry, "title", (row.title_en or row.title_zh) if locale == "en" else row.title_zh)
        put(entry, "link", rel="alternate", href=address)
        put(entry, "published", row.starts_at.isoformat())
        put(entry, "updated", row.updated_at.isoformat())
        until = _("on notice until %(day)s", day=row.last_day.isoformat())
        put(entry, "summary", f"{label(row.state)} · {until}")
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
