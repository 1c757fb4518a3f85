"""The public log: proofs for everybody, objects for public events only, nothing of reviews and persons."""

import base64
import hashlib
import re

from sqlalchemy import text
from sqlmodel import Session

from portal.audit import actions, leaves, merkle, queries
from portal.audit.actions import record
from portal.audit.models import AuditEvent
from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.reviews.publicity.models import NoticeState, PublicNotice
from registry.versions.models import VersionState
from tests.audit.conftest import Fill, Sign, Witness
from tests.support.browser import Client
from tests.support.make import Make

ENGLISH = {"Accept-Language": "en"}


def test_an_empty_log_has_a_page(client: Client) -> None:
    page = client.get("/log", headers=ENGLISH)
    assert page.status_code == 200
    assert "None of these events is public." in page.text
    assert "The log is empty." in client.get("/log?show=all", headers=ENGLISH).text
    assert client.get("/log/0").status_code == 404
    assert client.get("/log/x").status_code == 404


def test_who_sees_what(client: Client, db: Session, make: Make, sign: Sign) -> None:
    person = make.account("某评审专家")
    public, private = (
        make.asset(person, is_public=True),
        make.asset(person, is_public=False),
    )
    seen, hidden = make.version(public), make.version(private)
    for version in (seen, hidden):
        version.state = VersionState.published
        if version is hidden:
            private.is_public = False
            db.add(private)
        db.add(version)
        record(
            db, SYSTEM, verb="version.yanked", object=version, reason="secret-reason", word="secret-evidence"
        )
    record(db, SYSTEM, verb="review_seat.accepted", object=person.account, reason="secret-reason")
    db.commit()
    sign()
    page = client.get("/log?show=all", headers=ENGLISH).text
    only = client.get("/log", headers=ENGLISH).text
    assert 'href="/log/0"' in only
    assert 'href="/log/1"' not in only
    assert "an event of the kind" not in only
    for word in ("secret", str(person.id), "review_seat", str(hidden.id), private.name, "某评审专家"):
        assert word not in page + only
    assert f"{public.name}@{seen.number}" in page
    assert "an event of the kind “version”" in page
    assert "an event that is not public" in page
    shown = {}
    for index in range(3):
        shown[index] = client.get(f"/log/{index}", headers=ENGLISH).text
        assert "secret" not in shown[index]
        assert "Proof that it is in the log" in shown[index]
        proof = client.get(f"/log/{index}/proof.json").json()
        root = base64.b64decode(proof["checkpoint"].split("\n")[2])
        path = [base64.b64decode(step) for step in proof["hashes"]]
        assert merkle.included(base64.b64decode(proof["leafHash"]), index, 3, path, root)
        assert ("leaf" in proof) is (index == 0)
        assert "detail" not in proof
    assert "review_seat" not in shown[2]
    assert "review_seat" not in client.get("/log/2/proof.json").text
    assert client.get("/log/99").status_code == 404


def test_a_public_notice_can_be_opened(client: Client, db: Session, sign: Sign, make: Make) -> None:
    notice = PublicNotice(
        title_zh="评审结果公示", body_zh="正文", state=NoticeState.running, starts_at=now(),
        created_by=make.account().id,
        working_days=5, last_day=now().date(), deadline_at=now(),
    )  # fmt: skip
    db.add(notice)
    db.flush()
    record(db, SYSTEM, verb="public_notice.running", object=notice)
    db.commit()
    assert client.get("/log/0/proof.json").status_code == 404
    assert "within a minute" in client.get("/log/0", headers=ENGLISH).text
    sign()
    proof = client.get("/log/0/proof.json").json()
    assert base64.b64decode(proof["leafHash"]) == merkle.leaf_hash(proof["leaf"].encode())
    opening = proof["detail"]
    said = f"{opening['objectType']}\n{opening['objectId']}\n{opening['evidence']}"
    assert leaves.commit(opening["salt"], "detail", said) == leaves.read(proof["leaf"].encode())["detail"]
    assert opening["objectId"] == str(notice.id)
    listed = client.get("/log").text
    assert "评审结果公示" in listed
    assert "公示中" in listed, "what happened in words, the code beside it"
    assert "an event" not in client.get("/log?show=all").text


def test_public_events_page_by_page(client: Client, db: Session, make: Make) -> None:
    """Twenty at a time, over the places of events nobody may see; what became hidden is left out."""
    asset = make.asset(make.account(), is_public=True)
    versions = [make.version(asset, number=f"{n}.0.0") for n in range(1, 24)]
    for version in versions:
        version.state = VersionState.published
        db.add(version)
        record(db, SYSTEM, verb="version.yanked", object=version)
        record(db, SYSTEM, verb="review_seat.accepted", object=version)
    db.commit()
    first = client.get("/log").text
    older = re.search(r'href="(/log\?before=\d+)"', first)
    assert older is not None
    second = client.get(older[1]).text
    found = [re.findall(r'href="/log/(\d+)"', page) for page in (first, second)]
    assert [len(page) for page in found] == [20, 3]
    assert [int(place) for page in found for place in page] == list(range(44, -1, -2))


def test_page_by_page(client: Client, fill: Fill, db: Session) -> None:
    fill(45)
    first = client.get("/log?show=all").text
    assert 'href="/log/44"' in first
    assert 'href="/log/24"' not in first
    assert 'href="/log?show=all&amp;before=25"' in first
    last = client.get("/log?show=all&before=5").text
    assert 'href="/log/4"' in last
    assert 'href="/log/5"' not in last
    assert client.get("/log?before=x").status_code == 200
    assert hashlib.sha256(b"").digest() == merkle.EMPTY
    assert (
        queries.evidence_text(db, 1)
        == db.execute(text("SELECT evidence::text FROM audit_event WHERE seq = 1")).scalar_one()
    )
    assert db.get(AuditEvent, 1) is not None


def test_how_far_witnesses_are_behind(
    client: Client, db: Session, make: Make, fill: Fill, sign: Sign, witness: Witness
) -> None:
    silent, gone = Witness("node-44"), Witness("node-45")
    for each in (witness, silent, gone):
        actions.add_witness(db, SYSTEM, key=each.key.text())
    db.commit()
    fill(3)
    first = sign()
    for each in (witness, gone):
        actions.receive(db, text=each.cosign(first.note))
    actions.remove_witness(db, SYSTEM, name="node-45")
    db.commit()
    fill(4)
    newest = sign()
    stranger = make.account()
    assert client.get("/admin/log").status_code == 303
    client.sign_in(stranger)
    assert client.get("/admin/log").status_code == 403
    client.sign_out()
    for role in ("system_admin", "auditor"):
        client.sign_in(make.account(roles=(role,)))
        page = client.get("/admin/log").text
        rows = [
            re.sub(r"<[^>]+>|\s+", " ", row).split() for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)
        ]
        cells = {row[0]: row[-2:] for row in rows}
        assert cells["node-43"] == [str(first.size), str(newest.size - first.size)]
        assert cells["node-44"] == ["—", "—"]
        assert "移除" in " ".join(next(row for row in rows if row[0] == "node-45"))
        client.sign_out()
