"""The demo loader on a small content of the same shape, with a real worker; the real content is tests/demo's."""

import json
import stat
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from sqlmodel import Session, col, func, select

from portal.accounts import queries as accounts
from portal.accounts.models import Account, AccountRole, Role
from portal.accounts.passwords import verify
from portal.audit.models import AuditEvent
from portal.demo import content, loader, logins, people, publishing
from portal.demo.cast import PEOPLE, UNITS, person
from portal.demo.content import Content
from portal.demo.settling import INCOMPLETE, Settling
from portal.kit.db import engine
from portal.organisations import credit_code
from portal.organisations.models import Membership, Organisation, Verification
from portal.settings import get_settings
from registry.assets.models import Asset, AssetAuthor, AssetRelation
from registry.benchmarks.models import BenchmarkVersion
from registry.demo.catalogue import read_catalogue
from registry.evaluation.models import Evaluation, EvaluationState
from registry.previews.models import Preview, PreviewState
from registry.versions.models import Version, VersionFile, VersionState
from tests.browser.world import eventually
from tests.client.serving import working
from tests.dryruns.drafts import draft_files
from tests.evaluation.tiny import PERFECT, RUNTIME

LAB, BENCH = "demo-spatial-lab", "tiny-bench"


def entry(slug: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "slug": slug, "kind": kind, "namespace": LAB, "version": "1.0.0", "title": {"zh": f"演示 {slug}", "en": slug},
        "summary": {"zh": "摘要", "en": "summary"}, "licence": "Apache-2.0", "scenarios": ["public_service"],
        "tags": ["Landsat 8"], "authors": ["林知远", "无名氏"], "related": [], "demo": True, **more,
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A built content: a benchmark, a program for it, a paper about it."""
    program = f"name: tiny-program\nruntime: {RUNTIME}\ncommand: python main.py $input $output\n".encode()
    rest = {"README.md": b"# demo\n", "LICENSE": b"MIT"}
    files = {
        f"benchmarks/{BENCH}": {**draft_files(), **rest},
        "assets/tiny-program": {
            "main.py": PERFECT.encode(),
            "cspon.yaml": program,
            "README.md": b"# p\n",
            "LICENSE": b"MIT",
        },
        "assets/tiny-paper": {"text.md": b"words\n", **rest},
    }
    for name, items in files.items():
        for path, data in items.items():
            place = tmp_path / name / "files" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
    units = [{"namespace": unit.slug, "name": {"zh": f"{unit.slug} 演示", "en": unit.slug}} for unit in UNITS]
    listed = {
        "organisations": units,
        "benchmarks": [entry(BENCH, "benchmark", path=f"benchmarks/{BENCH}/files", related=["tiny-paper"])],
        "assets": [
            entry(
                "tiny-program", "algorithm", path="assets/tiny-program/files", benchmark=BENCH, submission="program",
                related=[BENCH],
            ),
            entry("tiny-paper", "paper", path="assets/tiny-paper/files", related=[BENCH]),
        ],
    }  # fmt: skip
    (tmp_path / "manifest.json").write_text(json.dumps(listed))
    return tmp_path


@pytest.fixture
def small(folder: Path) -> Content:
    return content.read(folder)


@pytest.fixture
def said(home: Path) -> list[str]:
    logins.file(home).unlink(missing_ok=True)
    return []


def counts(db: Session) -> dict[str, int]:
    db.expire_all()
    kinds = (
        Account,
        Organisation,
        Membership,
        Asset,
        AssetRelation,
        Version,
        VersionFile,
        Evaluation,
        AuditEvent,
    )
    return {kind.__name__: db.exec(select(func.count()).select_from(kind)).one() for kind in kinds}


def previews_pending() -> int:
    with Session(engine()) as db:
        waiting = select(func.count()).select_from(Preview).where(Preview.state == PreviewState.pending)
        return db.exec(waiting).one()


def put(small: Content, said: list[str]) -> None:
    loader.ensure_cast(get_settings(), small, said.append)
    loader.put_all(small, said.append)


@pytest.mark.timeout(150)
def test_everything_comes_to_its_score_and_a_second_run_changes_nothing(
    db: Session,
    small: Content,
    said: list[str],
    database_url: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(publishing.OPENED, BENCH, "over")
    with working(database_url, home):
        put(small, said)
        Settling(small, said.append, 60).run()
        (benchmark,) = db.exec(select(BenchmarkVersion))
        assert benchmark.closed_at is not None
        assert benchmark.labels_public_at is not None
        assert {version.state for version in db.exec(select(Version))} == {VersionState.published}
        assert [evaluation.state for evaluation in db.exec(select(Evaluation))] == [EvaluationState.done]
        eventually(
            lambda: not previews_pending(), "the previews end"
        )  # they are made beside, and write audit rows
        before = counts(db)
        lines = len(said)
        put(small, said)
        Settling(small, said.append, 60).run()
        assert counts(db) == before
    assert not [line for line in said[lines:] if "已提交" in line or "submitted" in line]
    assert all(asset.demo and asset.is_public for asset in db.exec(select(Asset)))
    kinds = sorted(relation.kind.value for relation in db.exec(select(AssetRelation)))
    assert kinds == ["based_on", "described_by", "evaluated_on"]


def test_without_a_worker_the_work_is_queued_and_said(db: Session, small: Content, said: list[str]) -> None:
    put(small, said)
    with pytest.raises(SystemExit) as ended:
        Settling(small, said.append, 0.5).run()
    assert ended.value.code == INCOMPLETE
    assert "cspon worker" in said[-1]
    assert {version.state for version in db.exec(select(Version))} == {
        VersionState.draft,
        VersionState.scanning,
    }


@pytest.mark.slow
def test_interrupted_in_the_middle_it_goes_on(
    db: Session, small: Content, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    loader.ensure_cast(get_settings(), small, said.append)
    real = loader.publishing.put

    def die_at_the_paper(db: Session, item: Any, blobs: Any) -> None:
        real(db, item, blobs)
        if item.slug == "tiny-paper":
            raise KeyboardInterrupt

    monkeypatch.setattr(loader.publishing, "put", die_at_the_paper)
    with pytest.raises(KeyboardInterrupt):
        loader.put_all(small, said.append)
    assert counts(db)["Version"] == 2
    monkeypatch.undo()
    put(small, said)
    assert counts(db)["Version"] == 3
    assert counts(db)["Organisation"] == len(UNITS)


def test_the_cast_is_made_by_the_rules(db: Session, small: Content, said: list[str], home: Path) -> None:
    loader.ensure_cast(get_settings(), small, said.append)
    assert all(account.demo for account in db.exec(select(Account)))
    units = db.exec(select(Organisation)).all()
    assert {unit.verification for unit in units} == {Verification.verified}
    assert all(credit_code.is_valid(unit.credit_code) for unit in units)
    held = {row.role for row in db.exec(select(AccountRole))}
    assert {
        Role.reviewer,
        Role.secretariat,
        Role.certifier,
        Role.system_admin,
        Role.security_admin,
        Role.auditor,
    } <= held
    lin = people.actor(db, "lin")
    assert len(lin.namespaces) == 2
    assert not lin.roles


def test_logins_are_for_the_owner_of_the_home_alone(
    db: Session, small: Content, said: list[str], home: Path
) -> None:
    loader.ensure_cast(get_settings(), small, said.append)
    path = logins.file(home)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = json.loads(path.read_text())
    assert {row["login"] for row in rows} == {item.email for item in PEOPLE if item.part}
    secret = rows[0]["password"]
    assert {row["password"] for row in rows} == {secret}
    account = accounts.by_email(db, person("lin").email)
    assert account is not None
    assert verify(account.password_hash, secret)


@pytest.mark.slow
def test_a_lost_list_of_logins_gives_a_new_password(
    db: Session, small: Content, said: list[str], home: Path
) -> None:
    loader.ensure_cast(get_settings(), small, said.append)
    old = json.loads(logins.file(home).read_text())[0]["password"]
    logins.file(home).unlink()
    loader.ensure_cast(get_settings(), small, said.append)
    new = json.loads(logins.file(home).read_text())[0]["password"]
    assert new != old
    db.expire_all()
    for account in db.exec(select(Account)):
        assert verify(account.password_hash, new)


def test_authors_are_linked_to_their_accounts(db: Session, small: Content, said: list[str]) -> None:
    put(small, said)
    linked = db.exec(
        select(AssetAuthor.name).where(col(AssetAuthor.account_id).is_not(None)).distinct()
    ).all()
    assert linked == ["林知远"]


def test_a_refusal_names_the_entry(db: Session, folder: Path, said: list[str]) -> None:
    files = folder / "assets/tiny-program/files/cspon.yaml"
    files.write_text(yaml.safe_dump({"name": "another", "runtime": RUNTIME, "command": "python main.py"}))
    with pytest.raises(click.ClickException, match=f"{LAB}/tiny-program"):
        put(content.read(folder), said)


def test_the_cast_plays_what_the_catalogue_names() -> None:
    catalogue = read_catalogue()
    assert {item["namespace"] for item in catalogue.organisations} == {unit.slug for unit in UNITS}
    entries = [*catalogue.benchmarks, *catalogue.submissions, *catalogue.library]
    authors = {author for item in entries for author in item.authors}
    assert authors <= {item.name for item in PEOPLE}
    assert publishing.OPENED.keys() <= {item.slug for item in catalogue.benchmarks}
    assert len({(item.slug, item.version) for item in entries}) == len(entries)
    assert len({item.email for item in PEOPLE}) == len(PEOPLE)


def test_content_is_built_once_per_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from registry.demo import making
    from registry.sandbox.runtimes import Runtime

    built: list[Path] = []

    def build(outdir: Path, *_rest: Any) -> None:
        built.append(outdir)
        outdir.mkdir(parents=True)
        if len(built) == 1:
            raise making.DemoBuildError("killed")
        (outdir / "manifest.json").write_text('{"organisations": [], "benchmarks": [], "assets": []}')

    monkeypatch.setattr(making, "build_demo", build)
    settings = get_settings().model_copy(update={"home": tmp_path})
    runtime = Runtime("geo-py311", tmp_path, "3.11", "lock", "tree", "", "python3.11", "/lib/ld.so")
    with pytest.raises(making.DemoBuildError):
        content.ensure_content(settings, runtime, str)
    for _ in range(2):
        assert content.ensure_content(settings, runtime, str).entries == []
    assert len(built) == 2
