"""The feed of the national list, in Atom (RFC 4287)."""

from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree as ET

from portal.kit.i18n import LANG, _
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

    put(root, "id", f"{site}/promotions/national")
    put(root, "title", _("National list"))
    put(root, "link", rel="self", href=f"{site}/promotions/national.atom")
    put(root, "link", rel="alternate", href=f"{site}/promotions/national")
    entries = list(rows)
    newest = max((row.stage_at for row in entries), default=None)
    put(root, "updated", newest.isoformat() if newest else "1970-01-01T00:00:00Z")
    put(put(root, "author"), "name", get_settings().site_name or "CSPON Commons")
    for row in entries:
        entry = put(root, "entry")
        put(entry, "id", f"{site}/promotions/{row.id}")
        named = row.title_en if locale == "en" and row.title_en else row.title
        put(entry, "title", f"{named} {row.version}")
        put(entry, "link", rel="alternate", href=f"{site}/promotions/{row.id}")
        put(entry, "published", row.stage_at.isoformat())
        put(entry, "updated", row.stage_at.isoformat())
        put(entry, "summary", f"{row.namespace}/{row.name} {row.version} · SHA-256 {row.version_digest}")
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
