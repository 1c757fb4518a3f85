"""References in text: GB/T 7714-2015 (numeric style, electronic resources, 4.6) and APA 7 (chapters 9 and 10)."""

import datetime as dt

from portal.kit.clock import shanghai
from registry.assets.models import AssetKind
from registry.exchange.names import CJK, short_name
from registry.exchange.record import Record

MARKS = {
    AssetKind.model: "CP/OL",
    AssetKind.algorithm: "CP/OL",
    AssetKind.tool: "CP/OL",
    AssetKind.dataset: "DS/OL",
    AssetKind.benchmark: "DS/OL",
    AssetKind.paper: "EB/OL",
    AssetKind.report: "R/OL",
}
"""Document type and carrier marks of GB/T 7714-2015, annex B."""
NATURE = {
    AssetKind.model: "Machine learning model",
    AssetKind.algorithm: "Computer software",
    AssetKind.tool: "Computer software",
    AssetKind.dataset: "Data set",
    AssetKind.benchmark: "Data set",
    AssetKind.paper: "Preprint",
    AssetKind.report: "Monitoring report",
}
"""Bracketed descriptions of APA 7, 9.21."""
MOST_GBT = 3
MOST_APA = 20


def gbt7714(record: Record, seen: dt.datetime) -> str:
    """The reference in the numeric style; more than three authors become 等 after the third. ``seen``: access date."""
    names = [person.name for person in record.authors]
    many = "，等" if CJK.search("".join(names)) else "，et al"
    authors = "，".join(names[:MOST_GBT]) + (many if len(names) > MOST_GBT else "")
    version = f"：{record.number}" if record.number else ""
    published, accessed = (f"{shanghai(moment):%Y-%m-%d}" for moment in (record.published, seen))
    what = f"{record.title}{version}[{MARKS[record.kind]}]"
    doi = f". DOI：{record.facts.doi}" if record.facts.doi else ""
    return f"{authors}. {what}. {record.publisher}，({published})[{accessed}]. {record.url}{doi}."


def apa7(record: Record) -> str:
    """The reference; a Chinese title is followed by its English one in brackets where there is one (APA 7, 9.38)."""
    authors = _apa_authors([short_name(person) for person in record.authors])
    title = record.title
    if record.title_en and record.title_en != record.title:
        title += f" [{record.title_en}]"
    version = f" (Version {record.number})" if record.number else ""
    address = f"https://doi.org/{record.facts.doi}" if record.facts.doi else record.url
    year = shanghai(record.published).year
    same = [person.name for person in record.authors] == [record.publisher]
    publisher = "" if same else f" {record.publisher}."
    stop = "" if authors.endswith(".") else "."
    return f"{authors}{stop} ({year}). {title}{version} [{NATURE[record.kind]}].{publisher} {address}"


def _apa_authors(names: list[str]) -> str:
    """Up to 20 with an ampersand before the last; of more, the first 19, an ellipsis and the last (APA 7, 9.8)."""
    if len(names) > MOST_APA:
        return ", ".join(names[: MOST_APA - 1]) + f", . . . {names[-1]}"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + f", & {names[-1]}"
