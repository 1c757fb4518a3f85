"""BibTeX entries."""

from portal.kit.clock import shanghai
from registry.assets.models import AssetKind
from registry.exchange.names import CJK
from registry.exchange.record import Person, Record

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "%": r"\%", "&": r"\&", "$": r"\$",
    "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
"""BibTeX counts braces even behind a backslash, so braces of a text become commands."""


def tex(text: str) -> str:
    """Text that TeX shows as it is, on one line."""
    return "".join(SPECIAL.get(char, char) for char in " ".join(text.split()))


def bibtex(record: Record) -> str:
    """A ``@misc`` entry (``@techreport`` for reports), in UTF-8."""
    entry = "techreport" if record.kind is AssetKind.report else "misc"
    published = shanghai(record.published)
    fields = {
        "author": " and ".join(_author(person) for person in record.authors),
        "title": "{" + tex(record.title) + "}",
        "year": str(published.year),
        "month": str(published.month),
        "version": tex(record.number),
        "institution" if entry == "techreport" else "publisher": tex(record.publisher),
        "url": record.url,
        "doi": tex(record.facts.doi),
    }
    lines = [f"  {key} = {{{value}}}" for key, value in fields.items() if value]
    return f"@{entry}{{{record.namespace}-{record.name}-{published.year},\n" + ",\n".join(lines) + "\n}\n"


def _author(person: Person) -> str:
    """Chinese names, organisations and names with ``and`` or a comma stand whole, in braces."""
    whole = person.entity or CJK.search(person.name) or "," in person.name or " and " in person.name.lower()
    return "{" + tex(person.name) + "}" if whole else tex(person.name)
