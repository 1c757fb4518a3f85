"""How to cite an asset: GB/T 7714-2015 (electronic resources, 4.6) and BibTeX."""

import datetime as dt
from dataclasses import dataclass

from portal.kit.clock import shanghai
from registry.assets.models import AssetKind

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
_SPECIAL = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "$": r"\$", "#": r"\#",
            "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}  # fmt: skip


@dataclass(frozen=True)
class Work:
    """What a citation needs to know."""

    kind: AssetKind
    namespace: str
    name: str
    title: str
    version: str
    authors: tuple[str, ...]
    publisher: str
    published: dt.datetime
    url: str


def gbt7714(work: Work, seen: dt.datetime) -> str:
    """The reference in the numeric style; more than three authors become 等 after the third. ``seen``: access date."""
    authors = "，".join(work.authors[:3]) + ("，等" if len(work.authors) > 3 else "")
    version = f"：{work.version}" if work.version else ""
    published, accessed = (shanghai(moment).strftime("%Y-%m-%d") for moment in (work.published, seen))
    what = f"{work.title}{version}[{MARKS[work.kind]}]"
    return f"{authors}. {what}. {work.publisher}，({published})[{accessed}]. {work.url}"


def _tex(text: str) -> str:
    return "".join(_SPECIAL.get(char, char) for char in text)


def bibtex(work: Work) -> str:
    """A ``@misc`` entry (``@techreport`` for reports)."""
    entry = "techreport" if work.kind is AssetKind.report else "misc"
    year = shanghai(work.published).year
    fields = {
        "author": " and ".join("{" + _tex(name) + "}" for name in work.authors),
        "title": "{" + _tex(work.title) + "}",
        "year": str(year),
        "version": _tex(work.version),
        "institution" if entry == "techreport" else "publisher": _tex(work.publisher),
        "url": work.url,
    }
    lines = [f"  {key} = {{{value}}}" for key, value in fields.items() if value]
    return f"@{entry}{{{work.namespace}-{work.name}-{year},\n" + ",\n".join(lines) + "\n}"
