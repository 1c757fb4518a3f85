"""The rows: people, assets, versions with files, benchmarks, evaluations with results, boards."""

import datetime as dt
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from portal.accounts.models import Account, Namespace
from portal.accounts.naming import sort_key
from portal.demo.scale import benchmarks, words
from portal.demo.scale.copying import copy
from portal.demo.scale.sizes import NAMESPACE, VERSIONS, Made, Scale
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.i18n import _
from portal.kit.ids import new_id
from portal.kit.storage import Blob, get_store
from registry.assets.models import Asset, AssetAuthor, AssetScenario, AssetTag, Scenario
from registry.versions import semver
from registry.versions.digests import tree_digest
from registry.versions.models import StoredBlob, SubmissionKind, Version, VersionFile, VersionState

SUMMARY = "由多时相遥感影像与国土调查成果生成，逐图斑给出结果与置信区间，适用于年度规划实施监测。"
CARD = "# 说明\n\n合成内容，仅用于检验大数据量下的页面。\n\nSynthetic content to measure pages with.\n"
Say = Callable[[str], None]


def fill(db: Session, scale: Scale, say: Say) -> None:
    """Write everything in the session's transaction. The same scale gives the same content (ids and times apart)."""
    dice, made, began = Random(scale.seed), Made(), now()  # noqa: S311 - content, no secret

    def put(model: type[Any], rows: Iterator[dict[str, Any]], **common: Any) -> None:
        count = copy(db, model, rows, **common)
        say("  " + _("%(table)s: %(count)s rows", table=model.__tablename__, count=f"{count:,}"))

    made.files = _store_files(db)
    people = [_person(number) for number in range(scale.people)]
    made.people = [(account["id"], namespace["id"]) for account, namespace in people]
    put(Account, (account for account, _namespace in people), password_hash="!", demo=True)  # noqa: S106
    put(Namespace, (namespace for _account, namespace in people))
    made.assets = [_asset(scale, made, dice, number, began) for number in range(scale.assets)]
    put(Asset, iter(made.assets), is_public=True, demo=True, summary=SUMMARY, card=CARD)
    put(AssetTag, _tags(made, dice))
    put(AssetScenario, _scenarios(made, dice))
    put(AssetAuthor, _authors(made, dice))
    put(Version, _versions(made, began), state=VersionState.published)
    put(VersionFile, _files(made))
    benchmarks.fill(put, scale, made, dice, began)


def _store_files(db: Session) -> dict[str, Blob]:
    """The few files that all versions share; the store has them before the rows name them."""
    found = {path: get_store().put([content]) for path, content in benchmarks.FILES.items()}
    for blob in {blob.sha256: blob for blob in found.values()}.values():
        if db.get(StoredBlob, blob.sha256) is None:
            db.add(StoredBlob(sha256=blob.sha256, size=blob.size))
    db.flush()
    return found


def _person(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    name = words.person(number)
    slug = f"{NAMESPACE}-{number:03d}"
    account = {
        "id": new_id(),
        "email": f"{slug}@example.org",
        "name": name,
        "sort_key": sort_key(name),
        "affiliation": "示例单位（演示）",
    }
    return account, {"id": new_id(), "slug": slug, "display_name": name, "account_id": account["id"]}


def _asset(scale: Scale, made: Made, dice: Random, number: int, began: dt.datetime) -> dict[str, Any]:
    kind = scale.kind(number)
    title, english = words.title(dice, kind, number)
    account, namespace = made.people[number % len(made.people)]
    changed = began - dt.timedelta(minutes=dice.randrange(60 * 24 * 700))
    return {
        "id": new_id(),
        "namespace_id": namespace,
        "name": f"{kind.value}-{number:05d}",
        "kind": kind,
        "title": title,
        "title_en": english,
        "sort_key": sort_key(title)[:800],
        "licence": dice.choice(words.LICENCES),
        "latest_version": f"1.{VERSIONS - 1}.0",
        "downloads": int(dice.paretovariate(0.8)) % 100_000,
        "created_by": account,
        "created_at": changed - dt.timedelta(days=30),
        "updated_at": changed,
    }


def _tags(made: Made, dice: Random) -> Iterator[dict[str, Any]]:
    weights = [1 / (rank + 1) for rank in range(len(words.TAGS))]
    for asset in made.assets:
        for tag in sorted(set(dice.choices(words.TAGS, weights, k=4))):
            yield {"asset_id": asset["id"], "tag": tag}


def _scenarios(made: Made, dice: Random) -> Iterator[dict[str, Any]]:
    for asset in made.assets:
        for scenario in dice.sample(list(Scenario), dice.randint(1, 2)):
            yield {"asset_id": asset["id"], "scenario": scenario}


def _authors(made: Made, dice: Random) -> Iterator[dict[str, Any]]:
    for asset in made.assets:
        first = dice.randrange(200)
        for position in range(dice.randint(1, 3)):
            yield {
                "asset_id": asset["id"],
                "position": position,
                "name": words.person(first + position),
                "affiliation": "示例单位（演示）",
            }


def _versions(made: Made, began: dt.datetime) -> Iterator[dict[str, Any]]:
    for number, asset in enumerate(made.assets):
        kind, paths = asset["kind"], list(benchmarks.paths_of(asset["kind"]))
        blobs = [(path, made.files[path]) for path in paths]
        made.versions[asset["id"]] = [new_id() for _n in range(VERSIONS)]
        for at, version_id in enumerate(made.versions[asset["id"]]):
            published = began - dt.timedelta(days=600 - 100 * at, minutes=number)
            yield {
                "id": version_id,
                "asset_id": asset["id"],
                "number": f"1.{at}.0",
                "sort_key": semver.sort_key(f"1.{at}.0"),
                "submission": SubmissionKind.predictions if kind in benchmarks.RUN else SubmissionKind.files,
                "tree_digest": tree_digest((path, blob.sha256) for path, blob in blobs),
                "size": sum(blob.size for _path, blob in blobs),
                "file_count": len(blobs),
                "created_by": asset["created_by"],
                "created_at": published,
                "updated_at": published,
                "submitted_at": published,
                "published_at": published,
            }


def _files(made: Made) -> Iterator[dict[str, Any]]:
    for asset in made.assets:
        for version_id in made.versions[asset["id"]]:
            for path in benchmarks.paths_of(asset["kind"]):
                blob = made.files[path]
                yield {
                    "version_id": version_id,
                    "path": path,
                    "sha256": blob.sha256,
                    "size": blob.size,
                    "media_type": "text/markdown" if path.endswith(".md") else "text/plain",
                    "hidden": path.startswith(("labels/", "scorer/")),
                }
