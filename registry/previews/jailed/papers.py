"""PDF: metadata, outline and the text of its pages. Scripts, actions and attachments are never followed."""

import logging
from pathlib import Path
from typing import Any

from pypdf import PdfReader
from pypdf.errors import PdfReadError

from .result import Output, UnsupportedError
from .words import clip, visible

PAGES_PER_PART = 5
MAX_PAGES = 200
MAX_PAGE_CHARS = 20_000
MAX_CHARS = 600_000
MAX_OUTLINE = 100
META = {
    "title": "/Title",
    "author": "/Author",
    "subject": "/Subject",
    "keywords": "/Keywords",
    "producer": "/Producer",
}
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read(source: Path, output: Output, *, kind: str, suffix: str) -> dict[str, Any]:  # noqa: ARG001
    """The document's facts; the text of its pages in parts of PAGES_PER_PART."""
    reader = PdfReader(source, strict=False, root_object_recovery_limit=1000)
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnsupportedError("encrypted")
    count = len(reader.pages)
    pages = _texts(reader, min(count, MAX_PAGES))
    for part, first in enumerate(range(0, max(len(pages), 1), PAGES_PER_PART), start=1):
        output.json(f"pages-{part}", {"first": first + 1, "pages": pages[first : first + PAGES_PER_PART]})
    return {
        "pages": count,
        "shown": len(pages),
        "characters": sum(map(len, pages)),
        "meta": _meta(reader),
        "outline": _outline(reader),
        "active": _active(reader),
    }


def _texts(reader: PdfReader, count: int) -> list[str]:
    """The text of the first pages; a page that cannot be read is empty."""
    pages, left = [], MAX_CHARS
    for number in range(count):
        if left <= 0:
            break
        try:
            text = reader.pages[number].extract_text()
        except MemoryError:
            raise
        except (Exception, RecursionError):
            text = ""
        text = visible(text.replace("\r", "\n")[: min(MAX_PAGE_CHARS, left)]).strip()
        left -= len(text)
        pages.append(text)
    return pages


def _meta(reader: PdfReader) -> dict[str, str]:
    try:
        found = reader.metadata or {}
    except (PdfReadError, ValueError, TypeError, AttributeError, KeyError):
        found = {}
    meta = {name: clip(found.get(key) or "", 300) for name, key in META.items()}
    return {**meta, "created": _date(found.get("/CreationDate"))}


def _date(value: Any) -> str:
    """The day of a PDF date (ISO 32000-1, 7.9.4: D:YYYYMMDD…), or nothing."""
    digits = str(value or "").removeprefix("D:")[:8]
    if len(digits) == 8 and digits.isascii() and digits.isdigit():
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    return ""


def _outline(reader: PdfReader) -> list[dict[str, Any]]:
    """Headings with their level and page (0: unknown); at most MAX_OUTLINE, three levels deep."""
    found: list[dict[str, Any]] = []

    def walk(items: Any, level: int) -> None:
        for item in items if isinstance(items, list) else []:
            if len(found) >= MAX_OUTLINE:
                return
            if isinstance(item, list):
                if level < 3:
                    walk(item, level + 1)
            elif title := clip(getattr(item, "title", "") or "", 200):
                found.append({"title": title, "level": level, "page": _page(reader, item)})

    try:
        walk(reader.outline, 1)
    except MemoryError:
        raise
    except (Exception, RecursionError):
        return found
    return found


def _page(reader: PdfReader, item: Any) -> int:
    try:
        number = reader.get_destination_page_number(item)
    except Exception:
        return 0
    return number + 1 if isinstance(number, int) and 0 <= number < 10**6 else 0


def _active(reader: PdfReader) -> bool:
    """Whether the document wants to run something: then the page warns before a download."""
    try:
        root = reader.trailer["/Root"]
        names = root.get("/Names")
        names = names.get_object() if names is not None else {}
        return any(key in root for key in ("/OpenAction", "/AA")) or any(
            key in names for key in ("/JavaScript", "/EmbeddedFiles")
        )
    except Exception:
        return False
