"""What a new asset is called: from README.md's front matter, with the command's options on top."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.client import folder
from portal.client.errors import ClientError
from portal.client.names import Name
from portal.kit.i18n import _


@dataclass(frozen=True)
class Options:
    """What the command line says about a new asset; empty values say nothing."""

    kind: str = ""
    licence: str = ""
    title: str = ""
    title_en: str = ""
    summary: str = ""
    scenarios: Sequence[str] = ()
    tags: Sequence[str] = ()
    authors: Sequence[str] = ()
    confirm_similar: bool = False
    """The name is meant, although a well-used asset has one that is easily taken for it."""


def asset(
    name: Name, front: Mapping[str, Any], card: str, submission: str, options: Options
) -> dict[str, Any]:
    """The body of ``POST /api/v1/assets``. Refuses without a licence or where the kind cannot be told."""
    kind = options.kind or str(front.get("asset_kind") or "") or folder.KINDS.get(submission, "")
    licence = options.licence or str(front.get("license") or front.get("licence") or "")
    missing = {}
    if not kind:
        missing["--kind"] = _("model, algorithm, tool, dataset, benchmark, paper or report")
    if not licence:
        missing["--licence"] = _("an SPDX licence, such as Apache-2.0")
    if missing:
        raise ClientError(
            _("%(name)s does not exist yet, and too little is said to create it.", name=name.asset),
            _(
                "Give %(options)s, or write license and asset_kind into the front matter of README.md.",
                options=", ".join(f"{key} ({what})" for key, what in missing.items()),
            ),
        )
    return {
        "namespace": name.namespace,
        "name": name.name,
        "kind": kind,
        "licence": licence,
        "title": options.title or str(front.get("pretty_name") or "") or _heading(card) or name.name,
        "title_en": options.title_en or str(front.get("title_en") or ""),
        "summary": options.summary or str(front.get("summary") or ""),
        "summary_en": str(front.get("summary_en") or ""),
        "scenarios": list(options.scenarios) or _texts(front.get("scenarios")),
        "tags": [re.sub(r"\s+", "-", tag) for tag in list(options.tags) or _texts(front.get("tags"))],
        "authors": [_author(item) for item in list(options.authors) or _list(front.get("authors"))],
        "card": card,
        "confirm_similar": options.confirm_similar,
    }


def _heading(card: str) -> str:
    found = re.search(r"^# +(.+?)\s*$", card, flags=re.MULTILINE)
    return found[1][:200] if found else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _texts(value: object) -> list[str]:
    return [str(item) for item in _list(value)]


def _author(item: object) -> dict[str, str]:
    """``Name``, ``Name (Affiliation)``, or a mapping with name, affiliation and account."""
    if isinstance(item, Mapping):
        known = ("name", "affiliation", "account")
        return {key: str(item[key]) for key in known if item.get(key)}
    match = re.fullmatch(r"(.*?)\s*[(（](.*)[)）]", str(item).strip())
    return {"name": match[1], "affiliation": match[2]} if match and match[1] else {"name": str(item).strip()}
