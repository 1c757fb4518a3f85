"""Reports of misuse: the way from hand to decision, who sees what, and withholding."""

import datetime as dt

import pytest
from sqlmodel import Session, select

from portal.audit.models import AuditEvent
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Forbidden, TooMany
from registry.assets.models import Asset
from registry.community.actions import reports
from registry.community.forms import ReportInput
from registry.community.models import MisuseReport, ReportKind, ReportState
from tests.community.conftest import Square
from tests.support.browser import Client
from tests.support.make import Person

TEXT = "数据中含有未脱敏的权利人姓名。"


def made(square: Square, person: Person | None = None) -> MisuseReport:
    actor = square.actor(person or square.ann)
    with transaction() as db:
        given = ReportInput(kind=ReportKind.personal, text=TEXT)
        return reports.report(db, actor, asset_id=square.asset.id, given=given)


def decide(square: Square, found: MisuseReport, verb: str, who: str = "secretariat") -> None:
    actor = square.actor(square.staff[who])
    with transaction() as db:
        reports.decide(db, actor, report_id=found.id, verb=verb, reason="经核查情况属实")


def test_the_whole_way_by_forms(client: Client, square: Square, db: Session) -> None:
    assert client.post(f"{square.page}/report", data={}).status_code == 401
    client.sign_in(square.ann)
    short = client.post(f"{square.page}/report", data={"kind": "personal", "text": "太短"})
    assert short.status_code == 422
    assert "太短" in short.text
    where = client.post(f"{square.page}/report", data={"kind": "personal", "text": TEXT}).headers["location"]
    assert client.post(f"{square.page}/report", data={"kind": "map", "text": TEXT}).status_code == 409
    assert client.get(where).status_code == 200
    assert client.get("/reports").status_code == 403
    assert client.post(f"{where}/uphold", data={"reason": "我说属实"}).status_code == 403
    client.sign_out()
    for person in (square.bob, square.publisher):
        client.sign_in(person)
        assert client.get(where).status_code == 404, "whoever is reported does not learn by whom"
        assert client.get(f"/api/v1{where}").status_code == 404
        client.sign_out()
    client.sign_in(square.staff["secretariat"])
    assert TEXT in client.get("/reports").text
    assert client.post(f"{where}/examine").status_code == 303
    assert client.post(f"{where}/uphold", data={"reason": ""}).status_code == 422
    assert client.post(f"{where}/uphold", data={"reason": "确有个人信息"}).status_code == 303
    assert client.post(f"{where}/dismiss", data={"reason": "改主意了"}).status_code == 409
    assert TEXT in client.get("/reports?state=upheld").text
    assert square.told(square.ann) == [reports.TOLD[ReportState.examining], reports.TOLD[ReportState.upheld]]
    assert square.told(square.owner) == [reports.OWNER_TOLD]
    assert square.told(square.staff["security_admin"]) == [reports.MADE]
    events = db.exec(select(AuditEvent).where(AuditEvent.object_type == "misuse_report")).all()
    assert [event.verb for event in events] == ["report.made", "report.examining", "report.upheld"]
    assert TEXT not in str([event.evidence for event in events])


def test_withheld_is_absent_everywhere(client: Client, square: Square, db: Session) -> None:
    found = made(square)
    one = f"{square.page}/versions/1.0.0"
    ways = [
        square.page, one, f"{one}/download/README.md", f"{one}/archive.zip", f"/api/v1{square.page}", f"/api/v1{one}",
        f"/api/v1{one}/files/README.md", f"{square.page}/discussions", f"{square.page}/access",
    ]  # fmt: skip
    assert {client.get(way).status_code for way in ways} == {200}
    with transaction() as session:
        reports.withhold(
            session, square.actor(square.staff["secretariat"]), report_id=found.id, reason="核查期间暂停公开"
        )
    assert {client.get(way).status_code for way in ways} == {404}
    assert square.asset.title not in client.get("/assets").text
    client.sign_in(square.ann)
    assert {client.get(way).status_code for way in ways} == {404}
    client.sign_out()
    client.sign_in(square.publisher)
    assert "暂停公开" in client.get(square.page).text
    assert client.get(f"{one}/archive.zip").status_code == 200
    client.sign_out()
    client.sign_in(square.staff["security_admin"])
    assert client.get(square.page).status_code == 200
    client.sign_out()
    square.make.db.expire_all()
    decide(square, found, "dismiss")
    assert client.get(square.page).status_code == 200, "dismissed: it is back"
    assert reports.WITHHELD in square.told(square.owner)
    verbs = [e.verb for e in db.exec(select(AuditEvent).where(AuditEvent.object_type == "asset"))]
    assert verbs == ["asset.withheld", "asset.released"]


def test_publishing_does_not_bring_back_what_is_withheld(square: Square, db: Session) -> None:
    from registry.assets import actions as assets

    found = made(square)
    with transaction() as session:
        reports.withhold(
            session, square.actor(square.staff["secretariat"]), report_id=found.id, reason="核查期间暂停公开"
        )
        assets.set_published(session, square.asset.id, latest="1.0.1")
    asset = db.get(Asset, square.asset.id)
    assert asset is not None
    db.refresh(asset)
    assert (asset.is_public, asset.withheld) == (False, True)


def test_who_may_decide(square: Square) -> None:
    found = made(square)
    for person in (square.ann, square.publisher, square.staff["certifier"]):
        with pytest.raises(Forbidden), transaction() as db:
            reports.decide(db, square.actor(person), report_id=found.id, verb="dismiss", reason="不成立的")
    partial = square.make.account("兼任秘书", roles=("secretariat",))
    square.make.organisation(admin=partial)
    own = square.make.asset(partial)
    square.make.version(own)
    with transaction() as db:
        given = ReportInput(kind=ReportKind.map, text=TEXT)
        about_own = reports.report(db, square.actor(square.ann), asset_id=own.id, given=given)
    with pytest.raises(Forbidden), transaction() as db:
        reports.decide(db, square.actor(partial), report_id=about_own.id, verb="dismiss", reason="不成立的")
    by_self = made(square, square.staff["secretariat"])
    with pytest.raises(Forbidden):
        decide(square, by_self, "uphold")
    decide(square, by_self, "uphold", who="security_admin")


def test_late_reports_are_passed_on_once_and_then_end(square: Square, db: Session) -> None:
    found = made(square)
    states = []
    for _n in range(2):
        stored = db.get(MisuseReport, found.id)
        assert stored is not None
        db.refresh(stored)
        stored.deadline_at = now() - dt.timedelta(minutes=1)
        db.add(stored)
        db.commit()
        with transaction() as session:
            assert reports.pass_on_overdue(session) == 1
        db.refresh(stored)
        states.append(stored.state)
    assert states == [ReportState.escalated, ReportState.lapsed]
    with transaction() as session:
        assert reports.pass_on_overdue(session) == 0
    assert square.told(square.ann) == [reports.TOLD[ReportState.escalated], reports.TOLD[ReportState.lapsed]]
    assert square.told(square.staff["security_admin"]) == [reports.MADE, reports.LATE]
    made(square)


def test_about_a_post_and_back(client: Client, square: Square) -> None:
    topic = square.topic(square.bob, text="广告广告")
    client.sign_in(square.ann)
    form = client.get(f"{square.page}/report?discussion={topic.number}&post=1").text
    assert 'name="post" value="1"' in form
    data = {"kind": "abuse", "text": "该发言是商业广告，与成果无关。", "discussion": topic.number, "post": 1}
    where = client.post(f"{square.page}/report", data=data).headers["location"]
    assert f"/discussions/{topic.number}/posts/1" in client.get(where).text
    assert client.post(f"{square.page}/report", data={**data, "post": 9}).status_code == 404
    assert client.post(f"/api/v1{square.page}/reports", json={**data, "discussion": 77}).status_code == 404
    assert client.get(f"/api/v1{where}").json()["state"] == "received"
    assert client.post(f"{where}/withdraw").status_code == 303
    assert client.post(f"{where}/withdraw").status_code == 409
    assert client.post(f"/api/v1{square.page}/reports", json=data).status_code == 201


def test_reporters_flood_nobody(square: Square) -> None:
    for _n in range(reports.PER_REPORTER[0].n):
        found = made(square)
        with transaction() as db:
            reports.withdraw(db, square.actor(square.ann), report_id=found.id)
    with pytest.raises(TooMany):
        made(square)
