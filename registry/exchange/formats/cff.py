"""CITATION.cff, Citation File Format 1.2.0."""

import re
from typing import Any

import yaml

from portal.kit.clock import shanghai
from portal.kit.i18n import _
from registry.assets.models import EXECUTABLE
from registry.exchange.names import split_name
from registry.exchange.record import Person, Record

_SIMPLE = re.compile(r"[A-Za-z0-9.+-]+(?: OR [A-Za-z0-9.+-]+)*")

_DOI = re.compile(r"10\.\d{4,9}(\.\d+)?/[A-Za-z0-9:/_;\-.()\[\]\\]+")
"""As the schema of CFF has it: narrower than ISO 26324."""


def cff(record: Record) -> str:
    """The file. Its schema knows software and data sets only; papers and reports are described as data sets."""
    values: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": _("If you use it, please cite it as below."),
        "type": "software" if record.kind in EXECUTABLE else "dataset",
        "title": record.title,
        "abstract": record.description,
        "authors": [_author(person) for person in record.authors],
        "version": record.number,
        "date-released": f"{shanghai(record.published):%Y-%m-%d}",
        "license": _licence(record.licence),
        "url": record.url,
        "doi": record.doi if _DOI.fullmatch(record.doi) else "",
        "keywords": list(record.tags),
    }
    others = [(record.cstr, "CSTR (GB/T 32843)")] if record.cstr else []
    if record.tree_digest and record.pinned:
        others.append((f"sha256:{record.tree_digest}", "SHA-256 of the file list"))
    values["identifiers"] = [{"type": "other", "value": value, "description": said} for value, said in others]
    kept = {key: value for key, value in values.items() if value}
    return yaml.safe_dump(kept, allow_unicode=True, sort_keys=False, width=100)


def _author(person: Person) -> dict[str, str]:
    family, given = split_name(person)
    name = {"family-names": family, "given-names": given} if given else {"name": family}
    return {**name, "affiliation": person.affiliation} if person.affiliation and given else name


def _licence(expression: str) -> str | list[str]:
    """One identifier, or the alternatives as a list; the schema has no word for AND, WITH and LicenseRef."""
    if not _SIMPLE.fullmatch(expression) or "LicenseRef" in expression:
        return ""
    parts = expression.split(" OR ")
    return parts[0] if len(parts) == 1 else parts
