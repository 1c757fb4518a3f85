"""Publishing a benchmark: the row, its digests, what becomes visible, and what happens when it does not hold."""

import hashlib

from sqlmodel import Session, col, select

from portal.audit.models import AuditEvent
from portal.kit.actor import SYSTEM
from portal.kit.db import transaction
from portal.notices.models import Notice
from registry.assets.models import AssetKind
from registry.benchmarks import actions
from registry.benchmarks.models import BenchmarkMetric, BenchmarkVersion
from registry.benchmarks.tasks import register as job
from registry.versions.models import SubmissionKind, VersionFile, VersionState
from tests.evaluation.tiny import HIDDEN, manifest, tree
from tests.support.make import Make, Person


def publish(
    make: Make, owner: Person, files: dict[str, bytes], asset: object = None, **values: object
) -> object:
    asset = asset or make.asset(owner, kind=AssetKind.benchmark)
    return make.version(asset, files, submission=SubmissionKind.files, hidden=HIDDEN, **values)  # type: ignore[arg-type]


def register(version: object) -> BenchmarkVersion | None:
    with transaction() as db:
        return actions.register(db, SYSTEM, version_id=version.id)  # type: ignore[attr-defined]


def digest(files: dict[str, bytes], *prefixes: str) -> str:
    lines = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {path}\n"
        for path, data in sorted(files.items())
        if path.startswith(prefixes)
    )
    return hashlib.sha256(lines.encode()).hexdigest()


def test_register_reads_the_manifest_and_commits_to_the_hidden_part(db: Session, make: Make) -> None:
    files = tree(manifest())
    version = publish(make, make.account(), files)
    found = register(version)
    assert found is not None
    assert found.scorer_digest == digest(files, "scorer/")
    assert found.data_digest == digest(files, "inputs/", "labels/")
    assert found.manifest_digest == hashlib.sha256(files["benchmark.yaml"]).hexdigest()
    metrics = db.exec(select(BenchmarkMetric).order_by(col(BenchmarkMetric.position))).all()
    assert [(m.name, m.is_primary, m.higher_is_better) for m in metrics] == [
        ("rmse", True, False),
        ("hits", False, True),
    ]
    hidden = set(db.exec(select(VersionFile.path).where(VersionFile.hidden)))
    assert hidden == {"inputs/items.csv", "labels/labels.csv", "scorer/score.py"}


def test_public_inputs_are_opened(db: Session, make: Make) -> None:
    register(publish(make, make.account(), tree(manifest(inputs_public=True))))
    hidden = set(db.exec(select(VersionFile.path).where(VersionFile.hidden)))
    assert hidden == {"labels/labels.csv", "scorer/score.py"}


def test_registering_twice_makes_one(db: Session, make: Make) -> None:
    version = publish(make, make.account(), tree(manifest()))
    job(str(version.id))  # type: ignore[attr-defined]
    job(str(version.id))  # type: ignore[attr-defined]
    assert len(db.exec(select(BenchmarkVersion)).all()) == 1
    assert len(db.exec(select(BenchmarkMetric)).all()) == 2


def test_the_highest_number_is_the_latest_in_whatever_order(db: Session, make: Make) -> None:
    owner = make.account()
    asset = make.asset(owner, kind=AssetKind.benchmark)
    second = publish(make, owner, tree(manifest()), asset, number="2.0.0")
    first = publish(make, owner, tree(manifest()), asset, number="1.0.1")
    register(second)
    register(first)
    latest = db.exec(select(BenchmarkVersion).where(BenchmarkVersion.is_latest)).one()
    assert latest.version_id == second.id  # type: ignore[attr-defined]


def test_a_manifest_that_does_not_hold_makes_no_row_and_tells_the_owner(db: Session, make: Make) -> None:
    owner = make.account()
    files = tree(manifest())
    broken = {
        "no manifest": {k: v for k, v in files.items() if k != "benchmark.yaml"},
        "no scorer": {k: v for k, v in files.items() if not k.startswith("scorer/")},
        "no labels": {k: v for k, v in files.items() if not k.startswith("labels/")},
        "no inputs": {k: v for k, v in files.items() if not k.startswith("inputs/")},
        "no task": {k: v for k, v in files.items() if k != "task.en.md"},
        "hidden task": tree(manifest(task={"zh": "labels/labels.csv", "en": "task.en.md"})),
        "bad": {**files, "benchmark.yaml": b"title: 1\n"},
    }
    for content in broken.values():
        assert register(publish(make, owner, content)) is None
    assert db.exec(select(BenchmarkVersion)).all() == []
    assert len(db.exec(select(Notice).where(Notice.account_id == owner.id)).all()) == len(broken)
    refused = db.exec(select(AuditEvent).where(AuditEvent.verb == "benchmark.refused")).all()
    assert len(refused) == len(broken)
    assert all(event.reason for event in refused)


def test_only_published_versions_of_benchmarks_are_registered(db: Session, make: Make) -> None:
    owner = make.account()
    assert register(publish(make, owner, tree(manifest()), state=VersionState.draft)) is None
    algorithm = make.asset(owner, kind=AssetKind.algorithm)
    assert register(publish(make, owner, tree(manifest()), algorithm)) is None
    assert db.exec(select(Notice)).all() == []
