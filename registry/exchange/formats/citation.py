"""References in text: GB/T 7714-2025 (numeric style, chapter 8) and APA 7 (chapters 9 and 10)."""

import datetime as dt

from portal.kit.clock import shanghai
from registry.assets.models import AssetKind
from registry.exchange.names import CJK, index_name, short_name
from registry.exchange.record import Outlet, Record

MARKS = {
    AssetKind.model: "CP/OL",
    AssetKind.algorithm: "CP/OL",
    AssetKind.tool: "CP/OL",
    AssetKind.dataset: "DS/OL",
    AssetKind.benchmark: "DS/OL",
    AssetKind.report: "R/OL",
}
PAPER_MARKS = {
    Outlet.preprint: "PP/OL",
    Outlet.journal: "J/OL",
    Outlet.conference: "C/OL",
    Outlet.book: "M/OL",
}
"""Document type and carrier marks of GB/T 7714-2025, annex A."""
NATURE = {
    AssetKind.model: "Machine learning model",
    AssetKind.algorithm: "Computer software",
    AssetKind.tool: "Computer software",
    AssetKind.dataset: "Data set",
    AssetKind.benchmark: "Data set",
    AssetKind.paper: "Preprint",
    AssetKind.report: "Monitoring report",
}
"""Bracketed descriptions of APA 7, 9.21; what has appeared in print needs none."""
MOST_GBT = 3
MOST_APA = 20


def gbt7714(record: Record, seen: dt.datetime) -> str:
    """The reference in the numeric style, marks of punctuation in full width but ``.`` and ``[]`` (7): more than three
    authors become 等 after the third. Each document type has its own form. ``seen``: access date.
    """
    names = [index_name(person) for person in record.authors]
    many = "，等" if CJK.search("".join(names)) else "，et al"
    authors = "，".join(names[:MOST_GBT]) + (many if len(names) > MOST_GBT else "")
    mark = PAPER_MARKS[record.outlet] if record.outlet else MARKS[record.kind]
    identifiers = [f"DOI：{record.doi}"] if record.doi else []
    parts = [authors, f"{record.title}[{mark}]{_source(record, seen)}", record.url, *identifiers, record.cstr]
    return ". ".join(part for part in parts if part) + "."


def _source(record: Record, seen: dt.datetime) -> str:
    """What stands between mark and address: articles (8.6), proceedings (8.7), reports (8.8), else (8.14, 8.15)."""
    stated = f"{record.year}" if record.year else f"{shanghai(record.published):%Y-%m-%d}"
    if record.kind is AssetKind.report:
        return f". {stated}"
    if record.outlet is Outlet.conference:
        return f"//{record.venue}，{record.appeared}"
    if record.outlet in {Outlet.journal, Outlet.book}:
        return f". {record.venue}，{record.appeared}"
    version = f". V{record.number.lstrip('vV')}" if record.number else ""
    return f"{version}. {record.venue or record.publisher}（{stated}）[{shanghai(seen):%Y-%m-%d}]"


def apa7(record: Record) -> str:
    """The reference; a Chinese title is followed by its English one in brackets where there is one (APA 7, 9.38)."""
    authors = _apa_authors([short_name(person) for person in record.authors])
    title = record.title
    if record.title_en and record.title_en != record.title:
        title += f" [{record.title_en}]"
    if record.outlet in {None, Outlet.preprint}:
        version = f" (Version {record.number})" if record.number else ""
        title += f"{version} [{NATURE[record.kind]}]"
    source = record.venue or record.publisher
    if [person.name for person in record.authors] == [source]:
        source = ""  # an author that is also the publisher stands once (9.29)
    elif record.outlet is Outlet.conference:
        source = f"In {source}"
    stop = "" if authors.endswith(".") else "."
    end = f" {source.rstrip('.')}." if source else ""
    return f"{authors}{stop} ({record.appeared}). {title}.{end} {address(record)}"


def address(record: Record) -> str:
    """Where the work is found for good: its DOI, else its CSTR, else its page here."""
    if record.doi:
        return f"https://doi.org/{record.doi}"
    return f"https://cstr.cn/{record.cstr}" if record.cstr else record.url


def _apa_authors(names: list[str]) -> str:
    """Up to 20 with an ampersand before the last; of more, the first 19, an ellipsis and the last (APA 7, 9.8)."""
    if len(names) > MOST_APA:
        return ", ".join(names[: MOST_APA - 1]) + f", . . . {names[-1]}"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f", & {names[-1]}"
