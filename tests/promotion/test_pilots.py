"""Pilots: who offers and answers, what is reported and who hears of it, findings that rest on reports, the clock."""

import datetime as dt
import itertools
import uuid
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.notices.models import Notice
from portal.organisations.models import MemberRole, Membership, Verification
from registry.promotion import piloting
from registry.promotion.actions import pilots, sites
from registry.promotion.actions.moving import GateUnmet
from registry.promotion.forms import AssessmentInput, PilotRule, ReportInput, Rules
from registry.promotion.models import (
    SITE_TIMED_OUT,
    SITE_TRANSITIONS,
    PromotionReport,
    PromotionSite,
    SiteState,
    SiteVerdict,
    Stage,
)
from registry.promotion.profiles import shipped
from tests.promotion.conftest import REASON, Desk
from tests.support.browser import Client
from tests.support.make import Person

FOUND = AssessmentInput(use="年度监测。", effect="外业减少三成。", verdict=SiteVerdict.suitable)


def on_pilot(desk: Desk) -> uuid.UUID:
    key = desk.nominate()
    desk.rules(key, {"pilot_assessed": [{"code": "s", "kind": "pilot_sites", "sites": 1}]})
    desk.put(key, Stage.pilot)
    return key


def row(desk: Desk, site: uuid.UUID) -> PromotionSite:
    desk.db.expire_all()
    return desk.db.get_one(PromotionSite, site)


def piloted(desk: Desk, key: uuid.UUID) -> uuid.UUID:
    site = desk.offered(key)
    desk.do(sites.accept, desk.secretary, promotion_id=key, site_id=site)
    return site


def set_to(desk: Desk, site: uuid.UUID, **values: Any) -> None:
    found = row(desk, site)
    for name, value in values.items():
        setattr(found, name, value)
    desk.db.add(found)
    desk.db.commit()


def watch() -> int:
    with transaction() as db:
        return pilots.watch(db)


def told(desk: Desk, who: Person) -> list[str]:
    return [n.message for n in desk.db.exec(select(Notice).where(Notice.account_id == who.id))]


def test_from_the_offer_to_the_finding(desk: Desk) -> None:
    key = on_pilot(desk)
    site = desk.offered(key)
    assert row(desk, site).state is SiteState.offered
    assert pilots.OFFERED in told(desk, desk.secretary)
    with pytest.raises(GateUnmet):
        desk.advance(key, Stage.pilot_assessed)
    desk.do(sites.accept, desk.secretary, promotion_id=key, site_id=site)
    accepted = row(desk, site)
    assert accepted.state is SiteState.piloting
    assert accepted.report_due_at is not None
    assert now() < accepted.report_due_at < accepted.deadline_at
    with pytest.raises(Conflict):  # nothing was reported
        desk.do(sites.assess, desk.secretary, promotion_id=key, site_id=site, given=FOUND)
    first = desk.report(key, site)
    desk.report(key, site, 1)
    assert first.number == 1
    desk.do(sites.assess, desk.secretary, promotion_id=key, site_id=site, given=FOUND)
    done = row(desk, site)
    assert (done.state, done.verdict, len(done.reports_digest)) == (SiteState.assessed, "suitable", 64)
    desk.advance(key, Stage.pilot_assessed)
    with pytest.raises(Conflict):
        desk.report(key, site, 2)


def test_who_offers(desk: Desk) -> None:
    key = on_pilot(desk)
    for who in (
        desk.owner,
        desk.nominator,
        desk.secretary,
        desk.make.account("外人", roles=("node_operator",)),
    ):
        with pytest.raises(Forbidden):
            desk.offered(key, who)
    for stage in Stage:
        if stage not in (Stage.reviewed, Stage.pilot):
            desk.put(key, stage, "pilot" if stage is Stage.suspended else "")
            with pytest.raises(Conflict):
                desk.offered(key)
    desk.put(key, Stage.reviewed)
    past = now().date() - dt.timedelta(days=300)
    with pytest.raises(Invalid):
        desk.offered(key, from_on=past, to_on=past + dt.timedelta(days=10))
    with pytest.raises(ValidationError):
        desk.offered(key, from_on=past, to_on=past - dt.timedelta(days=1))
    desk.offered(key)
    with pytest.raises(Invalid):  # twice
        desk.offered(key)
    desk.unit.verification = Verification.unverified
    desk.db.add(desk.unit)
    desk.db.commit()
    with pytest.raises(Invalid):
        desk.offered(key, from_on=now().date())


def test_nobody_pilots_the_own_work(desk: Desk) -> None:
    key = on_pilot(desk)
    inside = desk.make.account("所有单位节点员", roles=("node_operator",))
    space = desk.db.exec(select(Membership).where(Membership.account_id == desk.insider.id)).one()
    desk.db.add(
        Membership(organisation_id=space.organisation_id, account_id=inside.id, role=MemberRole.member)
    )
    desk.db.commit()
    with pytest.raises(Forbidden):
        desk.offered(key, inside, organisation=space.organisation_id)


def test_every_state_by_every_verb(desk: Desk) -> None:
    key = on_pilot(desk)
    site = desk.offered(key)
    where = {"promotion_id": key, "site_id": site}
    verbs: list[tuple[Any, Person, dict[str, Any], dict[SiteState, SiteState]]] = [
        (sites.accept, desk.secretary, {}, {SiteState.offered: SiteState.piloting}),
        (sites.decline, desk.secretary, {"reason": REASON}, {SiteState.offered: SiteState.declined}),
        (pilots.withdraw, desk.operator, {"reason": REASON}, {
            SiteState.offered: SiteState.withdrawn, SiteState.piloting: SiteState.left,
        }),
    ]  # fmt: skip
    for state, (verb, who, more, ends) in itertools.product(SiteState, verbs):
        set_to(desk, site, state=state, assessed_at=None)
        if state in ends:
            desk.do(verb, who, **where, **more)
            assert row(desk, site).state is ends[state]
            assert ends[state] in SITE_TRANSITIONS[state]
        else:
            with pytest.raises(Conflict):
                desk.do(verb, who, **where, **more)
            assert row(desk, site).state is state
    set_to(desk, site, state=SiteState.offered)
    for verb, who, more, _ends in verbs:
        for other in (desk.owner, desk.insider, desk.committee[0], desk.nominator):
            if other is not who:
                with pytest.raises((Forbidden, NotFound)):
                    desk.do(verb, other, **where, **more)
    with pytest.raises(Invalid):
        desk.do(sites.decline, desk.secretary, **where, reason=" ")


def test_reports_hold(desk: Desk) -> None:
    key = on_pilot(desk)
    site = piloted(desk, key)
    with pytest.raises(Invalid):
        desk.report(key, site, measured={"nonsense": 1.0})
    with pytest.raises(Invalid):  # before the pilot began
        desk.report(key, site, -1)
    with pytest.raises(Invalid):  # not over yet
        desk.report(key, site, 0, to_on=now().date() + dt.timedelta(days=3))
    with pytest.raises(ValidationError):  # an incident without a word
        desk.report(key, site, severity="low")
    with pytest.raises(Invalid):
        desk.report(key, site, replaces=1)
    desk.report(key, site)
    desk.report(key, site, replaces=1, measured={"area": 5.0})
    with pytest.raises(Invalid):  # it stands no more
        desk.report(key, site, replaces=1)
    for verb in ("DELETE FROM promotion_report", "UPDATE promotion_report SET effect = 'x'"):
        with pytest.raises(DBAPIError):
            desk.db.execute(text(verb))
        desk.db.rollback()
    day = now().date()
    given = ReportInput(from_on=day - dt.timedelta(days=9), to_on=day, use="每周使用。", effect="有效果。")
    with pytest.raises(Forbidden):
        desk.do(pilots.report, desk.owner, promotion_id=key, site_id=site, given=given, measured={})
    desk.put(key, Stage.suspended, "pilot")
    with pytest.raises(Conflict):
        desk.report(key, site, 2)


def test_a_severe_incident_is_told_at_once_and_not_passed_over(desk: Desk) -> None:
    key = on_pilot(desk)
    site = piloted(desk, key)
    desk.report(key, site, severity="medium", incidents="服务中断两小时。")
    everyone = [desk.secretary, *desk.committee]
    assert not any(pilots.SEVERE in told(desk, who) for who in everyone)
    desk.report(key, site, 1, severity="high", incidents="误判导致核查漏项。")
    assert all(pilots.SEVERE in told(desk, who) for who in everyone)
    with pytest.raises(Invalid) as refused:
        desk.do(sites.assess, desk.secretary, promotion_id=key, site_id=site, given=FOUND)
    assert "incidents" in refused.value.fields
    said = FOUND.model_copy(update={"incidents": "已补充样本并重新训练，漏项已补查。"})
    desk.do(sites.assess, desk.secretary, promotion_id=key, site_id=site, given=said)
    assert row(desk, site).state is SiteState.assessed


def test_the_clock(desk: Desk) -> None:
    key = on_pilot(desk)
    site = piloted(desk, key)
    assert watch() == 0
    set_to(desk, site, report_due_at=now() - dt.timedelta(hours=1))
    watch()
    watch()
    assert told(desk, desk.operator).count(pilots.REPORT_DUE) == 1
    assert pilots.REPORT_LATE not in told(desk, desk.secretary)
    set_to(desk, site, reminded_at=now() - dt.timedelta(days=8))
    watch()
    assert told(desk, desk.operator).count(pilots.REPORT_DUE) == 2
    assert pilots.REPORT_LATE in told(desk, desk.secretary)
    desk.report(key, site)
    fresh = row(desk, site)
    assert (fresh.reminded_at, fresh.report_due_at is not None and fresh.report_due_at > now()) == (
        None,
        True,
    )
    set_to(desk, site, deadline_at=now() + dt.timedelta(days=10))
    watch()
    watch()
    assert told(desk, desk.secretary).count(pilots.ENDS_SOON) == 1
    for state in SiteState:
        set_to(desk, site, state=state, deadline_at=now() - dt.timedelta(seconds=1))
        watch()
        assert row(desk, site).state is SITE_TIMED_OUT.get(state, state)
    later = now() + dt.timedelta(days=50)
    for state, stage, before, end in (
        (SiteState.piloting, Stage.suspended, "pilot", SiteState.piloting),
        (SiteState.piloting, Stage.rolled_back, "", SiteState.ended),
        (SiteState.offered, Stage.pilot_assessed, "", SiteState.lapsed),
        (SiteState.offered, Stage.suspended, "regional", SiteState.lapsed),
    ):
        set_to(desk, site, state=state, deadline_at=later)
        desk.put(key, stage, before)
        watch()
        assert row(desk, site).state is end


def test_gates_count_sites_that_take_part_only(desk: Desk) -> None:
    key = on_pilot(desk)
    desk.site(key, "甲市")
    left = desk.site(key, "乙市", SiteVerdict.unsuitable)
    with pytest.raises(GateUnmet):
        desk.advance(key, Stage.pilot_assessed)
    for state in (SiteState.left, SiteState.ended, SiteState.declined, SiteState.offered):
        set_to(desk, left, state=state)
        desk.put(key, Stage.pilot)
        desk.advance(key, Stage.pilot_assessed)


def test_by_forms(desk: Desk, client: Client) -> None:
    key = on_pilot(desk)
    page = f"/promotions/{key}"
    assert client.get("/me/pilots").status_code in (303, 401)
    client.sign_in(desk.nominator)
    assert client.get("/me/pilots").status_code == 403
    assert client.get(f"{page}/offer").status_code == 403
    client.sign_out()
    client.sign_in(desk.operator)
    assert f"{page}/offer" in client.get("/me/pilots").text
    assert 'value="420100"' in client.get(f"{page}/offer").text
    day = now().date()
    given = {
        "organisation": str(desk.unit.id), "division": "420100", "from_on": str(day - dt.timedelta(days=60)),
        "to_on": str(day + dt.timedelta(days=60)), "offer": "用于年度变更调查。",
    }  # fmt: skip
    short = client.post(f"{page}/offer", data=given | {"offer": "短句子"})
    assert (short.status_code, "短句子" in short.text) == (422, True)
    swapped = client.post(f"{page}/offer", data=given | {"to_on": str(day - dt.timedelta(days=90))})
    assert swapped.status_code == 422
    made = client.post(f"{page}/offer", data=given | {"offer": "用于年度变更调查的图斑预判。"})
    assert made.status_code == 303
    site = made.headers["location"]
    assert "撤回申请" in client.get(site).text
    client.sign_out()
    assert client.get(site).status_code == 404, "offers are between the node and the staff"
    client.sign_in(desk.secretary)
    refused = client.post(f"{site}/decline", data={"reason": "不"})
    assert (refused.status_code, ">不</textarea>" in refused.text) == (422, True)
    assert client.post(f"{site}/nonsense").status_code == 404
    assert client.post(f"{site}/accept").status_code == 303
    client.sign_out()
    client.sign_in(desk.make.account("别处的节点员", roles=("node_operator",)))
    assert client.get(f"{site}/report").status_code == 403
    client.sign_in(desk.operator)
    _reported(client, site, day)
    client.sign_out()
    public = client.get(site).text
    assert "<svg" in public
    assert "处理面积" in public
    assert "误判若干图斑" not in public, "what happened in words is not public"
    assert "误判若干图斑" not in client.get(f"{site}/reports.csv").text
    assert client.get(f"{page}/pilots.csv").text.count("\n") == 3
    assert "<svg" in client.get(f"{page}/pilots").text
    client.sign_in(desk.secretary)
    assert "误判若干图斑" in client.get(site).text
    assert "误判若干图斑" in client.get(f"{site}/reports.csv").text
    found = {"use": "两个科室使用。", "effect": "少", "verdict": "suitable"}
    again = client.post(f"{site}/assess", data=found)
    assert (again.status_code, "两个科室使用。" in again.text) == (422, True)
    assert 'value="suitable" checked' in again.text
    big = client.post(
        f"{site}/assess",
        data=found | {"effect": "外业减少"},
        files={"file": ("x.pdf", b"x" * (3 * 2**20 + 1))},
    )
    assert (big.status_code, "外业减少" in big.text) == (413, True)
    done = client.post(
        f"{site}/assess", data=found | {"effect": "外业减少"}, files={"file": ("报告.pdf", b"%PDF")}
    )
    assert done.status_code == 303
    assert "依据的报告" in client.get(site).text
    assert client.get(f"{page}/sites/{site.rpartition('/')[2]}/report").content == b"%PDF"


def _reported(client: Client, site: str, day: dt.date) -> None:
    assert client.get(f"{site}/report").status_code == 200
    given = {
        "from_on": str(day - dt.timedelta(days=60)), "to_on": str(day - dt.timedelta(days=30)),
        "use": "每周使用两次。", "effect": "外业减少。", "severity": "low", "m-area": "120.5", "m-right": "x",
    }  # fmt: skip
    wrong = client.post(f"{site}/report", data=given)
    assert (wrong.status_code, "每周使用两次。" in wrong.text, 'value="120.5"' in wrong.text) == (
        422,
        True,
        True,
    )
    silent = client.post(f"{site}/report", data=given | {"m-right": "91"})
    assert silent.status_code == 422, "an incident needs words"
    good = given | {"m-right": "91", "incidents": "误判若干图斑。"}
    assert client.post(f"{site}/report", data=good).status_code == 303
    early = client.post(f"{site}/report", data=good | {"from_on": str(day - dt.timedelta(days=90))})
    assert (early.status_code, "误判若干图斑" in early.text) == (409, True)
    assert client.post(f"{site}/report", data=good | {"replaces": "1", "m-area": "130"}).status_code == 303
    assert "由后来的报告取代" in client.get(site).text


def test_more_than_four_sites_are_drawn_together(desk: Desk) -> None:
    rules = Rules.model_validate(shipped()[0].rules)
    day = dt.date(2026, 1, 1)
    for n in (4, 5):
        found = [
            PromotionSite(
                id=uuid.UUID(int=i + 1),
                node=f"节点{i}",
                division="420100",
                from_on=day,
                to_on=day,
                promotion_id=uuid.UUID(int=8),
                added_by=uuid.UUID(int=9),
            )
            for i in range(n)
        ]
        rows = {
            site.id: [desk_report(site.id, month, day, {"area": 10.0 * i + month}) for month in range(3)]
            for i, site in enumerate(found)
        }
        figures = piloting.figures(rules, found, rows, "zh_Hans")
        assert [figure.title for figure in figures] == ["处理面积 (km²)"]
        assert len(figures[0].points) == 3 * n
        assert ("平均" in figures[0].drawing, "节点0" in figures[0].drawing) == (n > 4, n <= 4)


def desk_report(site: uuid.UUID, month: int, day: dt.date, measured: dict[str, float]) -> Any:
    begin = day + dt.timedelta(days=30 * month)
    return PromotionReport(
        site_id=site, number=month + 1, from_on=begin, to_on=begin + dt.timedelta(days=29), use="", effect="",
        measured=measured, reported_by=uuid.UUID(int=9),
    )  # fmt: skip


def test_indicators_of_rules(desk: Desk) -> None:
    one = {"code": "a", "title_zh": "指标", "title_en": "one"}
    with pytest.raises(ValidationError):
        PilotRule.model_validate({"indicators": [one, one]})
    before = shipped()[0].rules.model_dump(mode="json")
    del before["pilot"]
    assert Rules.model_validate(before).pilot.indicators == [], "rules of before go on"
