"""The card a version brings along: README.md with front matter describes the asset."""

import uuid
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from portal.audit.actions import record
from portal.kit import frontmatter
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.errors import Clash
from portal.kit.forms import explain
from portal.kit.i18n import _
from portal.kit.storage import get_store
from registry.assets import actions as assets
from registry.assets import levels
from registry.assets import queries as asset_queries
from registry.assets.carddata import CardFacts, facts_of, related_names
from registry.assets.forms import AssetDescription
from registry.assets.models import Asset
from registry.assets.publication import FIELDS
from registry.versions import queries
from registry.versions.actions.common import locked
from registry.versions.models import VersionFile

NAME = "README.md"
MAX_BYTES = 600_000
MAX_CHARS = 200_000
KEPT = ("title", "title_en", "summary", "summary_en", "licence", "card", *FIELDS)
FILLED = ("title_en", "summary", "summary_en", "tags", "scenarios", "authors", "card")
"""Fields that publishing fills where they are empty; title and licence are never empty."""


def read_card(sha256: str) -> str:
    """The text of a stored README.md; refuses with a sentence what is no UTF-8 or too long."""
    with get_store().open(sha256) as file:
        data = file.read(MAX_BYTES + 1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Clash(_("README.md is not UTF-8 text.")) from error
    if len(data) > MAX_BYTES or len(text) > MAX_CHARS:
        raise Clash(_("README.md is too long for a card."))
    return text.replace("\r\n", "\n").replace("\x00", "")


def check_card(files: Mapping[str, VersionFile]) -> None:
    """Refuse, while it can still be mended, a README.md whose front matter nobody could read afterwards."""
    row = files.get(NAME)
    if row is None or row.hidden:
        return
    with get_store().open(row.sha256) as file:
        text = file.read(MAX_BYTES).decode("utf-8", "replace")
    try:
        levels.check_card(frontmatter.read(text).values)
    except frontmatter.FrontMatterError as error:
        raise Clash(
            f"README.md: {error}", hint=_("Correct the file, or leave the front matter out.")
        ) from error
    except ValueError as error:
        raise Clash(f"README.md: {error}") from error


def take_card(db: Session, actor: Actor, *, version_id: uuid.UUID, replace: bool) -> list[str]:
    """Describe the asset by the version's README.md; the names of the fields that changed.

    Without ``replace`` only what is empty is filled. Refuses a missing or unreadable card.
    """
    db.flush()  # what this transaction has changed so far; locking reads the rows anew
    version, asset = locked(db, version_id)
    row = next(
        (row for row in queries.stored_files(db, version.id) if row.path == NAME and not row.hidden), None
    )
    if row is None:
        raise Clash(_("This version has no README.md."))
    text = read_card(row.sha256)
    try:
        found = facts_of(frontmatter.read(text).values)
    except frontmatter.FrontMatterError as error:
        raise Clash(f"README.md: {error}") from error
    before = _stored(db, actor, asset)
    wanted = {**before, **_news(before, found, text, replace=replace)}
    wanted["related"] = _related(db, actor, asset, before["related"], found)
    changed = [name for name in wanted if wanted[name] != before[name]]
    if changed:
        try:
            given = AssetDescription.model_validate(wanted)
        except ValidationError as error:
            raise Clash(
                _("The card does not fit."), fields=explain(error.errors(include_url=False))
            ) from error
        assets.describe(db, actor, asset_id=asset.id, given=given)
        record(
            db, actor, verb="asset.described-by-card", object=asset, version=version.number, fields=changed
        )
    return changed


def _stored(db: Session, actor: Actor, asset: Asset) -> dict[str, Any]:
    """What is said of the asset now, in the shape of ``AssetDescription``."""
    return {
        **{name: getattr(asset, name) for name in KEPT},
        "tags": asset_queries.tags_of(db, asset.id),
        "scenarios": [item.value for item in asset_queries.scenarios_of(db, asset.id)],
        "authors": [
            {"name": row.name, "affiliation": row.affiliation, "account": row.namespace or ""}
            for row in asset_queries.authors_of(db, asset.id)
        ],
        "related": [
            {"kind": row.kind.value, "asset": f"{row.namespace}/{row.name}"}
            for row in asset_queries.relations_of(db, actor, asset.id)
            if row.direction == "to"
        ],
    }


def _news(before: Mapping[str, Any], found: CardFacts, text: str, *, replace: bool) -> dict[str, Any]:
    """The fields the card speaks of; where nothing may be replaced, only those that are empty."""
    said: dict[str, Any] = {
        "title": found.title,
        "title_en": found.title_en,
        "summary": found.summary,
        "summary_en": found.summary_en,
        "licence": found.licence,
        "tags": sorted(found.tags),
        "scenarios": [item.value for item in found.scenarios],
        "authors": [{"name": name, "affiliation": place, "account": ""} for name, place in found.authors],
        "card": text,
    }
    if [author["name"] for author in before["authors"]] == [name for name, _place in found.authors]:
        del said["authors"]  # the same people: what is known of them beyond the card stays
    may = said.keys() if replace else [name for name in FILLED if name in said and not before[name]]
    return {name: said[name] for name in may if said[name]}


def _related(
    db: Session, actor: Actor, asset: Asset, before: list[dict[str, str]], found: CardFacts
) -> list[dict[str, str]]:
    """The relations so far, and those to base models and data sets that are assets here."""
    names = {"based_on": related_names(found.base_models), "uses": related_names(found.datasets)}
    known = asset_queries.by_full_names(db, actor, [name for listed in names.values() for name in listed])
    new = [
        {"kind": kind, "asset": name}
        for kind, listed in names.items()
        for name in listed
        if name in known and known[name][0] != asset.id
    ]
    return before + [item for item in new if item not in before]
