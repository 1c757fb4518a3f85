"""Asking, answering, revoking: what is kept, who is told, what is refused."""

import csv
import datetime as dt
import io

import pytest
from sqlmodel import Session, col, select

from portal.audit.models import AuditEvent
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden, Invalid, TooMany
from portal.notices.models import Notice
from registry.assets.models import Asset
from registry.gates import actions
from registry.gates.models import AccessRequest, AccessState, GateTerms
from registry.gates.terms import digest
from tests.gates.conftest import ANSWERS, TERMS, Gated, set_gate
from tests.support.browser import Client


def form(gated: Gated, **changes: str) -> dict[str, str]:
    return {
        "terms_sha256": digest(TERMS, "Research."),
        "accept": "1",
        "organisation": "示例大学",
        "purpose": "比较方法",
        **changes,
    }


def notices(db: Session, person: object) -> list[str]:
    rows = db.exec(select(Notice).where(Notice.account_id == person).order_by(col(Notice.id)))
    return [row.message for row in rows]


def test_the_whole_way_by_forms(client: Client, gated: Gated, db: Session) -> None:
    client.sign_in(gated.reader)
    page = client.get(f"{gated.page}/access")
    assert "<strong>科研</strong>" in page.text
    assert "<script>alert" not in page.text
    assert client.post(f"{gated.page}/access", data=form(gated)).status_code == 303
    assert notices(db, gated.publisher.id) == [actions.ASKED] == notices(db, gated.owner.id)
    request = db.exec(select(AccessRequest)).one()
    kept = db.get(GateTerms, request.terms_sha256)
    assert kept is not None
    assert (kept.terms, kept.terms_en) == (TERMS, "Research.")
    assert request.deadline_at is not None
    assert dt.timedelta(days=29) < request.deadline_at - now() <= dt.timedelta(days=30)

    client.sign_out()
    client.sign_in(gated.publisher)
    shown = client.get(f"{gated.page}/requests").text
    assert "比较方法" in shown
    base = f"{gated.page}/requests/{request.id}"
    assert client.post(f"{base}/refuse", data={"reason": ""}).status_code == 422
    assert client.post(f"{base}/approve").status_code == 303
    assert client.post(f"{base}/approve").status_code == 409
    assert client.post(f"{base}/revoke", data={"reason": "项目已结束"}).status_code == 303
    assert client.post(f"{base}/approve").status_code == 409, "revoked is final"
    assert notices(db, gated.reader.id) == [
        actions.TOLD[AccessState.approved],
        actions.TOLD[AccessState.revoked],
    ]
    verbs = [e.verb for e in db.exec(select(AuditEvent).where(AuditEvent.object_type == "access_request"))]
    assert verbs == ["access.requested", "access.approved", "access.revoked"]

    log = client.get(f"{gated.page}/requests.csv")
    rows = list(csv.reader(io.StringIO(log.content.decode("utf-8-sig"))))
    assert [row[6] for row in rows[1:]] == ["", "", "项目已结束"]
    assert rows[1][7] == digest(TERMS, "Research.")


def test_terms_that_changed_must_be_read_again(client: Client, gated: Gated, db: Session) -> None:
    client.sign_in(gated.reader)
    old = form(gated)
    set_gate(gated, terms="新的条款")
    answer = client.post(f"{gated.page}/access", data=old)
    assert answer.status_code == 422
    assert "比较方法" in answer.text, "what was typed is kept"
    assert client.post(f"{gated.page}/access", data=form(gated, terms_sha256="0" * 63)).status_code == 422
    assert db.exec(select(AccessRequest)).all() == []


@pytest.mark.parametrize("gap", ["accept", "organisation", "purpose"])
def test_nothing_may_be_missing(client: Client, gated: Gated, db: Session, gap: str) -> None:
    client.sign_in(gated.reader)
    data = {key: value for key, value in form(gated).items() if key != gap}
    assert client.post(f"{gated.page}/access", data=data).status_code == 422
    assert db.exec(select(AccessRequest)).all() == []


def test_an_approval_stands_on_the_terms_it_accepted(client: Client, gated: Gated) -> None:
    gated.decide(gated.ask(gated.reader), "approve")
    set_gate(gated, terms="更严的条款")
    client.sign_in(gated.reader)
    assert client.get(f"{gated.one}/archive.zip").status_code == 200
    assert digest(TERMS, "Research.")[:12] in client.get(f"{gated.page}/access").text


def test_one_live_request_and_a_pause_after_a_refusal(gated: Gated, db: Session) -> None:
    request = gated.ask(gated.reader)
    with pytest.raises(Conflict):
        gated.ask(gated.reader)
    gated.decide(request, "refuse")
    with pytest.raises(Conflict):
        gated.ask(gated.reader)
    stored = db.get(AccessRequest, request.id)
    assert stored is not None
    stored.updated_at = now() - dt.timedelta(days=8)
    db.add(stored)
    db.commit()
    assert gated.ask(gated.reader).id != request.id


def test_who_may_not(gated: Gated) -> None:
    with pytest.raises(Conflict):
        gated.ask(gated.publisher)
    request = gated.ask(gated.reader)
    for person in (gated.stranger, gated.reader, *gated.staff.values()):
        actor = gated.actor(person)
        with pytest.raises(Forbidden), transaction() as db:
            actions.decide(db, actor, request_id=request.id, decision="approve", reason="")
    with pytest.raises(Forbidden), transaction() as db:
        actions.withdraw(db, gated.actor(gated.stranger), request_id=request.id)


def test_nobody_answers_so_it_ends(gated: Gated, db: Session) -> None:
    request = gated.ask(gated.reader)
    stored = db.get(AccessRequest, request.id)
    assert stored is not None
    stored.deadline_at = now() - dt.timedelta(minutes=1)
    db.add(stored)
    db.commit()
    with transaction() as session:
        assert actions.expire_unanswered(session) == 1
    with transaction() as session:
        assert actions.expire_unanswered(session) == 0
    db.refresh(stored)
    assert stored.state is AccessState.expired
    assert actions.TOLD[AccessState.expired] in notices(db, gated.reader.id)
    assert actions.EXPIRED in notices(db, gated.owner.id)
    gated.ask(gated.reader)


def test_a_gate_needs_terms_and_its_publisher(client: Client, gated: Gated, db: Session) -> None:
    client.sign_in(gated.publisher)
    answer = client.post(f"{gated.page}/gate", data={"gated": "1", "terms": "  ", "fields": ["purpose"]})
    assert answer.status_code == 422
    assert client.post(f"{gated.page}/gate", data={"terms": TERMS}).status_code == 303
    asset = db.get(Asset, gated.asset.id)
    assert asset is not None
    db.refresh(asset)
    assert not asset.gated
    client.sign_out()
    client.sign_in(gated.reader)
    assert client.get(f"{gated.page}/gate").status_code == 403
    assert client.get(f"{gated.page}/requests").status_code == 403
    assert client.get(f"{gated.page}/requests.csv").status_code == 403
    assert client.post(f"{gated.page}/gate", data={"gated": "1", "terms": TERMS}).status_code == 403
    assert client.post(f"{gated.page}/access", data=form(gated)).status_code == 409, "open by now"


def test_requests_of_another_asset_are_absent(client: Client, gated: Gated) -> None:
    request = gated.ask(gated.reader)
    other = gated.make.asset(gated.owner, namespace=gated.unit.namespace)
    client.sign_in(gated.publisher)
    base = f"/assets/{gated.unit.namespace.slug}/{other.name}/requests"
    assert client.post(f"{base}/{request.id}/approve").status_code == 404
    assert client.post(f"{gated.page}/requests/{request.id}/bless").status_code == 404
    assert client.post(f"{gated.page}/requests/none/approve").status_code == 404


def test_by_json(client: Client, gated: Gated) -> None:
    api = f"/api/v1{gated.page}"
    gate = client.get(f"{api}/gate").json()
    assert gate["gated"]
    assert gate["fields"] == ["organisation", "purpose"]
    refused = client.get(f"/api/v1{gated.one}/files/README.md")
    assert (refused.status_code, refused.json()["code"]) == (403, "gated")
    assert client.get(f"/api/v1{gated.one}").json()["files_open"] is False
    body = {
        "terms_sha256": gate["terms_sha256"],
        "accept": True,
        "answers": {k.value: v for k, v in ANSWERS.items()},
    }
    assert client.post(f"{api}/access", json=body).status_code == 401
    client.sign_in(gated.reader)
    assert client.get(f"{api}/access").status_code == 404
    made = client.post(f"{api}/access", json=body)
    assert made.status_code == 201, made.text
    assert client.delete(f"{api}/access").json()["state"] == "withdrawn"
    again = client.post(f"{api}/access", json=body).json()
    assert (
        client.post(f"{api}/access-requests/{again['id']}", json={"decision": "approve"}).status_code == 403
    )
    client.sign_out()
    client.sign_in(gated.owner)
    assert [item["state"] for item in client.get(f"{api}/access-requests").json()["items"]] == [
        "requested",
        "withdrawn",
    ]
    answer = client.post(f"{api}/access-requests/{again['id']}", json={"decision": "refuse"})
    assert answer.status_code == 422
    answer = client.post(f"{api}/access-requests/{again['id']}", json={"decision": "approve"})
    assert answer.json()["state"] == "approved"


def test_readers_flood_nobody(gated: Gated) -> None:
    request = gated.ask(gated.reader)
    for _n in range(actions.PER_READER[0].n - 1):
        with transaction() as db:
            actions.withdraw(db, gated.actor(gated.reader), request_id=request.id)
        request = gated.ask(gated.reader)
    with transaction() as db:
        actions.withdraw(db, gated.actor(gated.reader), request_id=request.id)
    with pytest.raises(TooMany):
        gated.ask(gated.reader)


def test_digest_tells_where_one_text_ends() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("条款", "") == digest("条款", "")


def test_answers_are_invalid_before_anything_is_written(gated: Gated) -> None:
    actor, sha256 = gated.actor(gated.reader), digest(TERMS, "Research.")
    with pytest.raises(Invalid) as refused, transaction() as db:
        actions.request_access(
            db, actor, asset_id=gated.asset.id, terms_sha256=sha256, accept=False, answers={}
        )
    assert set(refused.value.fields) == {"accept", "organisation", "purpose"}
