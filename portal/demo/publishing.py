"""One entry of the demo at a time: the asset, its draft with all files, submitted. Safe to do again."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portal.accounts import queries as accounts
from portal.demo import queries
from portal.demo.cast import PEOPLE, UNITS
from portal.demo.content import Content, Entry
from portal.demo.people import actor
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.storage import BLOCK, Blob, get_store
from registry.assets import actions as assets
from registry.assets import queries as asset_queries
from registry.assets.forms import AssetDescription, AssetInput
from registry.assets.models import Asset, AssetKind
from registry.benchmarks import actions as benchmarks
from registry.benchmarks import queries as benchmark_queries
from registry.dryruns import actions as dryruns
from registry.dryruns import queries as dryrun_queries
from registry.versions import actions as versions
from registry.versions.actions.files import NewFile
from registry.versions.forms import VersionInput
from registry.versions.models import SubmissionKind, VersionState

RELATION = {"dataset": "uses", "tool": "uses", "paper": "described_by", "report": "described_by"}


def owner(db: Session, namespace: str) -> Actor:
    """Who publishes in a demo namespace: the organisation's administrator."""
    return actor(db, next(unit.admin for unit in UNITS if unit.slug == namespace))


def store_files(entry: Entry) -> dict[str, Blob]:
    """Path -> stored file. Bytes go before rows, and outside of any transaction."""
    paths = sorted(path for path in entry.files.rglob("*") if path.is_file())
    return {path.relative_to(entry.files).as_posix(): get_store().put(_blocks(path)) for path in paths}


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def is_put(db: Session, entry: Entry) -> bool:
    """Whether the entry's version was submitted already; of a benchmark, whether its dry run was asked for."""
    asset = queries.asset(db, entry.namespace, entry.slug)
    version = queries.version(db, asset.id, entry.number) if asset is not None else None
    if version is None:
        return False
    return version.state is not VersionState.draft or dryrun_queries.newest(db, version.id) is not None


def put(db: Session, entry: Entry, blobs: dict[str, Blob]) -> None:
    """Make what is missing of asset and draft, add the files, and submit (a benchmark: start its dry run)."""
    who = owner(db, entry.namespace)
    asset = queries.asset(db, entry.namespace, entry.slug) or _create(db, who, entry)
    version = queries.version(db, asset.id, entry.number)
    if version is None:
        given = VersionInput(number=entry.number, submission=SubmissionKind(entry.submission))
        version = versions.create(db, who, asset_id=asset.id, kind=asset.kind, given=given)
        db.flush()
    files = [NewFile(path, blob) for path, blob in blobs.items()]
    versions.add_files(db, who, version_id=version.id, files=files, source="demo")
    if asset.kind is AssetKind.benchmark:
        dryruns.start(db, who, version_id=version.id)
    else:
        versions.submit(db, who, version_id=version.id)


def _create(db: Session, who: Actor, entry: Entry) -> Asset:
    namespace = accounts.namespace(db, entry.namespace)
    if namespace is None:
        raise LookupError(f"there is no namespace {entry.namespace}")
    given = AssetInput.model_validate(
        {"kind": entry.facts["kind"], "namespace": entry.namespace, "name": entry.slug, **described(entry)}
    )
    asset = assets.create(db, who, namespace_id=namespace.id, given=given)
    asset.demo = True
    db.add(asset)
    db.flush()
    return asset


def described(entry: Entry) -> dict[str, Any]:
    """What is said about the asset, in the fields of ``AssetDescription``, without its relations."""
    facts = entry.facts
    return {
        "title": facts["title"]["zh"],
        "title_en": facts["title"]["en"],
        "summary": facts["summary"]["zh"],
        "summary_en": facts["summary"]["en"],
        "licence": facts["licence"],
        "scenarios": facts["scenarios"],
        "tags": [re.sub(r"\s+", "-", tag) for tag in facts["tags"]],
        "authors": [_author(name) for name in facts["authors"]],
        **facts.get("publication", {}),
        "card": (entry.files / "README.md").read_text(encoding="utf-8"),
    }


def _author(name: str) -> dict[str, str]:
    person = next((item for item in PEOPLE if item.name == name), None)
    if person is None:
        return {"name": name}
    return {"name": name, "affiliation": person.affiliation, "account": person.slug}


def relate(db: Session, content: Content, entry: Entry) -> bool:
    """Link the asset to what it is related to, once those are public; whether there was anything to do."""
    asset = queries.asset(db, entry.namespace, entry.slug)
    related = [_relation(entry, content.by_slug(slug)) for slug in entry.facts["related"]]
    if asset is None or not related:
        return False
    who = owner(db, entry.namespace)
    if any(row.direction == "to" for row in asset_queries.relations_of(db, who, asset.id)):
        return False
    newest = content.by_slug(entry.slug)
    given = AssetDescription.model_validate({**described(newest), "related": related})
    assets.describe(db, who, asset_id=asset.id, given=given)
    return True


def _relation(entry: Entry, other: Entry) -> dict[str, str]:
    kind = str(other.facts["kind"])
    if entry.benchmark == other.slug:
        relation = "evaluated_on"
    elif kind == "benchmark":
        relation = "based_on"
    else:
        relation = RELATION.get(kind, "uses")
    return {"kind": relation, "asset": other.full_name}


OPENED = {
    "building-coverage-bubenec": "演示：本轮评测已结束，公开标准答案与评分程序，供任何人复现。"
    " Demo: this round is over; answers and scoring program are open for anybody to reproduce results."
}
"""Benchmarks that take no more evaluations once the demo's are done, and why: their labels are open."""


def open_labels(db: Session, entry: Entry) -> bool:
    """Close a benchmark of ``OPENED`` and publish its labels; whether there was anything to do."""
    reason = OPENED.get(entry.slug)
    if reason is None:
        return False
    who = owner(db, entry.namespace)
    row = benchmark_queries.one(db, who, entry.namespace, entry.slug, entry.number)
    if row is None or row[0].labels_public_at is not None:
        return False
    benchmark, asset, _namespace, _version = row
    if benchmark.closed_at is None:
        benchmarks.close(db, who, benchmark, asset, reason=reason)
        db.flush()
    benchmarks.publish_labels(db, who, benchmark, asset, reason=reason)
    return True
