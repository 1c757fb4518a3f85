"""BibTeX entries."""

from portal.kit.clock import shanghai
from registry.assets.models import AssetKind
from registry.exchange.names import CJK
from registry.exchange.record import Outlet, Person, Record

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "%": r"\%", "&": r"\&", "$": r"\$",
    "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
"""BibTeX counts braces even behind a backslash, so braces of a text become commands."""

ENTRIES: dict[Outlet | None, tuple[str, str]] = {
    Outlet.journal: ("article", "journal"),
    Outlet.conference: ("inproceedings", "booktitle"),
    Outlet.book: ("book", "publisher"),
}
"""Entry and the field that says where, for papers."""


def tex(text: str) -> str:
    """Text that TeX shows as it is, on one line."""
    return "".join(SPECIAL.get(char, char) for char in " ".join(text.split()))


def bibtex(record: Record) -> str:
    """``@article`` and the like for a paper that has appeared, ``@techreport`` for reports, else ``@misc``; UTF-8."""
    entry, source = ENTRIES.get(record.outlet, ("misc", "publisher"))
    if record.kind is AssetKind.report:
        entry, source = "techreport", "institution"
    fields = {
        "author": " and ".join(_author(person) for person in record.authors),
        "title": "{" + tex(record.title) + "}",
        "year": str(record.appeared),
        "month": "" if record.year else str(shanghai(record.published).month),
        "version": tex(record.number) if entry == "misc" else "",
        source: tex(record.venue or record.publisher),
        "url": record.url,
        "doi": tex(record.doi),
        "note": tex(record.cstr),
    }
    lines = [f"  {key} = {{{value}}}" for key, value in fields.items() if value]
    return f"@{entry}{{{record.namespace}-{record.name}-{record.appeared},\n" + ",\n".join(lines) + "\n}\n"


def _author(person: Person) -> str:
    """Chinese names, organisations and names with ``and`` or a comma stand whole, in braces."""
    whole = person.entity or CJK.search(person.name) or "," in person.name or " and " in person.name.lower()
    return "{" + tex(person.name) + "}" if whole else tex(person.name)
