"""Verbs of assets."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from portal.accounts.naming import sort_key
from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, NotFound
from portal.kit.i18n import _, label
from portal.kit.similar import Likeness, likeness
from portal.settings import get_settings
from registry.assets import changes, queries
from registry.assets.forms import AssetDescription, AssetInput
from registry.assets.models import Asset, AssetAuthor, AssetRelation, AssetScenario, AssetTag, Lookalike
from registry.assets.publication import FIELDS
from registry.assets.queries import fulltext

MOST_NEAR = 5
PLAIN = ("title", "title_en", "summary", "summary_en", "licence", "card", *FIELDS)


def create(db: Session, actor: Actor, *, namespace_id: uuid.UUID, given: AssetInput) -> Asset:
    """Make an asset, not yet public. Refuses a name the namespace has used."""
    assert actor.id is not None  # noqa: S101 - the guard lets only members in
    known = _resolve(db, actor, given)
    near = _near(db, namespace_id, given)
    if queries.is_former_name(db, namespace_id, given.name):
        message = _("An asset of this name was transferred from here; its old address leads to it for ever.")
        raise Clash(message, fields={"name": message})
    asset = Asset(
        namespace_id=namespace_id,
        name=given.name,
        kind=given.kind,
        title=given.title,
        sort_key=sort_key(given.title)[:800],
        licence=given.licence,
        created_by=actor.id,
    )
    _describe(asset, given)
    try:
        with db.begin_nested():
            db.add(asset)
            db.flush()
    except IntegrityError as error:
        message = _("This namespace already has an asset of this name.")
        raise Clash(message, fields={"name": message}) from error
    _write_parts(db, actor, asset.id, given, known)
    db.add_all([Lookalike(asset_id=asset.id, other_id=row.id, kind=kind) for row, kind in near])
    record(
        db,
        actor,
        verb="asset.created",
        object=asset,
        kind=given.kind.value,
        name=given.name,
        near_to=[f"{row.namespace}/{row.name}" for row, _kind in near],
    )
    return asset


def _near(db: Session, namespace_id: uuid.UUID, given: AssetInput) -> list[tuple[Any, Likeness]]:
    """Well-used assets of other namespaces whose names are easily taken for this one; refused unless that is meant."""
    least = get_settings().similar_min_uses
    found = [
        (row, kind)
        for row in queries.well_used(db, but=namespace_id, least=least)
        if (kind := likeness(given.name, row.name)) is not None
    ]
    if found and not given.confirm_similar:
        row, kind = found[0]
        message = _(
            "This name is easily taken for %(other)s “%(title)s” (%(why)s). Choose another, or confirm it.",
            other=f"{row.namespace}/{row.name}",
            title=row.title,
            why=label(kind),
        )
        raise Clash(message, fields={"confirm_similar": message})
    return found[:MOST_NEAR]


def describe(db: Session, actor: Actor, *, asset_id: uuid.UUID, given: AssetDescription) -> Asset:
    """Replace what is said about an asset. Published files are not affected; the change is on record."""
    asset = _locked(db, asset_id)
    known = _resolve(db, actor, given, mine=asset_id)
    changed = [name for name in PLAIN if getattr(asset, name) != getattr(given, name)]
    licences = {"from": asset.licence, "to": given.licence} if "licence" in changed else None
    levels = {"from": asset.data_level, "to": given.data_level} if "data_level" in changed else None
    _describe(asset, given)
    _write_parts(db, actor, asset.id, given, known)
    asset.touch()
    db.add(asset)
    record(db, actor, verb="asset.described", object=asset, fields=changed, licence=licences, level=levels)
    db.flush()  # those who hear of it read it
    for described in changes.DESCRIBED.values():
        described(db, asset.id)
    return asset


def touch(db: Session, asset_id: uuid.UUID) -> Asset:
    """Say that something its page shows has changed, so that no cache shows the old state."""
    asset = _locked(db, asset_id)
    asset.touch()
    db.add(asset)
    return asset


def set_text(db: Session, asset_id: uuid.UUID, *, version: str, text: str) -> None:
    """Make the text of a version's public documents findable, and have the asset's page drawn anew."""
    fulltext.set_text(db, asset_id, version=version, text=text)
    touch(db, asset_id)


def set_published(db: Session, asset_id: uuid.UUID, *, latest: str) -> Asset:
    """Note the newest published version (empty: none is left); the asset is public while there is one."""
    asset = _locked(db, asset_id)
    asset.latest_version = latest
    asset.is_public = bool(latest) and not asset.withheld
    asset.touch()
    db.add(asset)
    return asset


def set_withheld(db: Session, actor: Actor, *, asset_id: uuid.UUID, withheld: bool, reason: str) -> Asset:
    """Take an asset out of everybody's sight but its publishers' and the deciders', or put it back. Both on record."""
    asset = _locked(db, asset_id)
    if asset.withheld == withheld:
        raise Conflict(
            _("This asset is withheld already.") if withheld else _("This asset is not withheld."),
            hint=_("Reload the page: somebody may have changed it in the meantime."),
        )
    asset.withheld = withheld
    asset.is_public = bool(asset.latest_version) and not withheld
    asset.touch()
    db.add(asset)
    db.flush()
    record(db, actor, verb="asset.withheld" if withheld else "asset.released", object=asset, reason=reason)
    return asset


def _locked(db: Session, asset_id: uuid.UUID) -> Asset:
    asset = queries.get_for_change(db, asset_id)
    if asset is None:
        raise NotFound(_("There is nothing at this address."))
    return asset


def _describe(asset: Asset, given: AssetDescription) -> None:
    for name in PLAIN:
        setattr(asset, name, getattr(given, name))
    asset.sort_key = sort_key(given.title)[:800]


@dataclass(frozen=True)
class _Known:
    """The ids behind the names somebody typed."""

    accounts: Mapping[str, uuid.UUID]
    assets: Mapping[str, uuid.UUID]


def _resolve(db: Session, actor: Actor, given: AssetDescription, mine: uuid.UUID | None = None) -> _Known:
    """Find members and assets by name; refuses unknown ones by field, before anything is written."""
    accounts = queries.accounts_of_namespaces(db, (author.account for author in given.authors))
    assets = queries.by_full_names(db, actor, (item.asset for item in given.related))
    errors: dict[str, str] = {}
    for n, author in enumerate(given.authors):
        if author.account and author.account not in accounts:
            errors[f"authors.{n}.account"] = _("There is no member “%(name)s”.", name=author.account)
    for n, item in enumerate(given.related):
        target = assets.get(item.asset)
        if target is None:
            errors[f"related.{n}.asset"] = _("There is no asset “%(name)s”.", name=item.asset)
        elif target[0] == mine:
            errors[f"related.{n}.asset"] = _("An asset cannot be related to itself.")
    if errors:
        raise Clash(_("Please correct the marked fields."), fields=errors)
    return _Known(accounts, {name: found for name, (found, _kind) in assets.items()})


def _write_parts(
    db: Session, actor: Actor, asset_id: uuid.UUID, given: AssetDescription, known: _Known
) -> None:
    """Authors, scenarios, tags and relations are replaced whole."""
    queries.forget_parts(db, actor, asset_id)
    for n, author in enumerate(given.authors):
        db.add(
            AssetAuthor(
                asset_id=asset_id,
                position=n,
                name=author.name,
                affiliation=author.affiliation,
                account_id=known.accounts.get(author.account),
            )
        )
    db.add_all([AssetScenario(asset_id=asset_id, scenario=item) for item in given.scenarios])
    db.add_all([AssetTag(asset_id=asset_id, tag=tag) for tag in given.tags])
    for item in given.related:
        db.add(AssetRelation(asset_id=asset_id, other_id=known.assets[item.asset], kind=item.kind))
    db.flush()
