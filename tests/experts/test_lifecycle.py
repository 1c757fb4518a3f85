"""Coming into the pool, being there, leaving it: who may, refusals, and every state's own end."""

import datetime as dt

import pytest
from sqlmodel import Session

from portal.experts.actions import deadlines, lifecycle, nominations, profile
from portal.experts.forms import ProfileForm
from portal.experts.models import Expert, ExpertState
from portal.kit.clock import now, shanghai
from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden, Invalid, TooMany
from tests.experts.conftest import GROUNDS, Pool
from tests.support.browser import Client


def run() -> int:
    with transaction() as db:
        return deadlines.run(db)


def test_the_whole_way_by_forms(client: Client, pool: Pool) -> None:
    slug = pool.unit.namespace.slug
    pool.enter(client, pool.wen)
    assert client.get("/me/expert").status_code == 200
    short = client.post("/me/expert/nominate", data={"organisation": slug, "grounds": "短"})
    assert short.status_code == 422
    assert (
        client.post("/me/expert/nominate", data={"organisation": slug, "grounds": GROUNDS}).status_code == 303
    )
    assert (
        client.post("/me/expert/nominate", data={"organisation": slug, "grounds": GROUNDS}).status_code == 409
    )
    expert = pool.expert(pool.wen)
    assert expert.state is ExpertState.confirming
    assert client.get("/admin/experts").status_code == 403
    assert client.get(f"/organisations/{slug}/experts").status_code == 403
    pool.enter(client, pool.boss)
    assert GROUNDS in client.get(f"/organisations/{slug}/experts").text
    where = f"/organisations/{slug}/experts/{expert.id}"
    assert client.post(f"{where}/refuse", data={"reason": ""}).status_code == 422
    assert client.post(f"{where}/confirm").status_code == 303
    assert client.post(f"{where}/confirm").status_code == 409
    pool.enter(client, pool.secretary)
    assert pool.wen.account.name in client.get("/admin/experts").text
    page = f"/admin/experts/{expert.id}"
    assert client.get(page).status_code == 200
    assert client.post(f"{page}/admit", data={"senior": "1"}).status_code == 303
    assert client.post(f"{page}/decline", data={"reason": "不符合条件"}).status_code == 409
    pool.enter(client, pool.wen)
    data = {
        "disciplines": ["A05", "F03"], "keywords": "城市体检，空间计量", "titles": "研究员", "listed": "1",
        "public": ["disciplines", "titles"], "orcid": "0000-0002-1825-0097",
    }  # fmt: skip
    assert client.post("/me/expert/profile", data={**data, "orcid": "0000-0002-1825-0098"}).status_code == 422
    assert client.post("/me/expert/profile", data={**data, "disciplines": ["Z99"]}).status_code == 422
    assert client.post("/me/expert/profile", data=data).status_code == 303
    assert "空间计量" in client.get("/me/expert/profile").text
    assert client.post("/me/expert/capacity", data={"places": "3"}).status_code == 303
    assert client.post("/me/expert/capacity", data={"places": "300"}).status_code == 422
    assert "研究员" in client.get(f"/experts/{pool.wen.namespace.slug}").text
    assert pool.told(pool.wen) == [nominations.CONFIRMED, nominations.ADMITTED]
    assert pool.mails(pool.wen) == 2
    assert pool.verbs("expert", expert)[:3] == ["expert.confirming", "expert.admitting", "expert.active"]


def test_recommended_by_the_organisation_with_consent(client: Client, pool: Pool) -> None:
    pool.enter(client, pool.boss)
    where = f"/organisations/{pool.unit.namespace.slug}/experts"
    mine = {"person": pool.boss.namespace.slug, "grounds": GROUNDS}
    assert client.post(where, data=mine).status_code == 422
    assert client.post(where, data={**mine, "person": pool.outsider.namespace.slug}).status_code == 422
    assert client.post(where, data={**mine, "person": pool.qiu.namespace.slug}).status_code == 303
    expert = pool.expert(pool.qiu)
    assert expert.state is ExpertState.nominated
    with pytest.raises(Conflict):
        pool.do(nominations.admit, pool.secretary, expert_id=expert.id, senior=False)
    pool.enter(client, pool.qiu)
    assert client.post("/me/expert/accept").status_code == 303
    assert pool.expert(pool.qiu).state is ExpertState.admitting
    assert nominations.CONSENTED in pool.told(pool.other_boss)
    pool.do(nominations.decline, pool.secretary, expert_id=expert.id, reason="材料不足以判断")
    with pytest.raises(Conflict):
        pool.nominated(pool.qiu)


def test_nobody_decides_about_himself(pool: Pool) -> None:
    own = pool.nominated(pool.boss)
    with pytest.raises(Forbidden):
        pool.do(nominations.confirm, pool.boss, expert_id=own.id, confirmed=True)
    with pytest.raises(Forbidden):
        pool.do(nominations.confirm, pool.wen, expert_id=own.id, confirmed=True)
    pool.do(nominations.confirm, pool.other_boss, expert_id=own.id, confirmed=True)
    both = pool.make.account("兼任", roles=("secretariat",))
    unit = pool.make.organisation(admin=both)
    with pytest.raises(Invalid):
        pool.do(nominations.nominate_self, both, organisation=pool.unit.namespace.slug, grounds=GROUNDS)
    mine: Expert = pool.do(nominations.nominate_self, both, organisation=unit.namespace.slug, grounds=GROUNDS)
    for verb, values in (
        (nominations.confirm, {"confirmed": True}),
        (nominations.decline, {"reason": "因为所以"}),
    ):
        with pytest.raises(Forbidden):
            pool.do(verb, both, expert_id=mine.id, **values)
    assert nominations.ASK_UNIT in pool.told(pool.secretary), "the only administrator cannot confirm himself"
    pool.do(nominations.confirm, pool.secretary, expert_id=mine.id, confirmed=True)
    for person in (pool.boss, pool.wen):
        with pytest.raises(Forbidden):
            pool.do(nominations.admit, person, expert_id=mine.id, senior=False)


def test_what_nobody_answers_ends(pool: Pool) -> None:
    asked = pool.nominated(pool.wen)
    pool.late(asked)
    assert run() == 1
    assert pool.expert(pool.wen).state is ExpertState.lapsed
    again = pool.nominated(pool.wen)
    pool.do(nominations.confirm, pool.boss, expert_id=again.id, confirmed=True)
    pool.late(again)
    run()
    assert pool.expert(pool.wen).state is ExpertState.admitting, "the secretariat is reminded once"
    assert deadlines.LATE in pool.told(pool.secretary)
    pool.late(again)
    run()
    assert pool.expert(pool.wen).state is ExpertState.lapsed
    assert run() == 0


def test_yearly_recheck_reminds_and_pauses(pool: Pool, db: Session) -> None:
    expert = pool.admitted(pool.wen)
    assert run() == 0
    pool.late(expert)
    run()
    assert pool.expert(pool.wen).state is ExpertState.recheck
    row = db.get(Expert, expert.id)
    assert row is not None
    db.refresh(row)
    row.deadline_at = now() + dt.timedelta(days=3)
    db.add(row)
    db.commit()
    assert [run(), run()] == [1, 0], "reminded once"
    pool.late(expert)
    run()
    found = pool.expert(pool.wen)
    assert (found.state, found.resumes) == (ExpertState.paused, False)
    assert pool.told(pool.wen)[-3:] == [lifecycle.CHECK, deadlines.REMIND, deadlines.PAUSED]
    pool.do(lifecycle.resume, pool.wen)
    assert pool.expert(pool.wen).state is ExpertState.active
    pool.late(expert)
    run()
    pool.do(lifecycle.confirm_profile, pool.wen)
    confirmed = pool.expert(pool.wen)
    assert confirmed.state is ExpertState.active
    assert confirmed.deadline_at is not None
    assert (confirmed.deadline_at - now()).days >= 363
    pool.late(expert)
    run()
    pool.late(expert)
    run()
    pool.late(expert)
    run()
    assert pool.expert(pool.wen).state is ExpertState.lapsed, "a pause nobody ends is an end"


def test_a_pause_with_a_day_ends_in_the_pool(pool: Pool) -> None:
    expert = pool.admitted(pool.wen)
    today = shanghai(now()).date()
    for day in (today - dt.timedelta(days=1), today + dt.timedelta(days=5000)):
        with pytest.raises(Invalid):
            pool.do(lifecycle.pause, pool.wen, until=day)
    pool.do(lifecycle.pause, pool.wen, until=today + dt.timedelta(days=30), reason="访学")
    assert pool.expert(pool.wen).state is ExpertState.paused
    assert "访学" not in pool.logged("expert", expert), "why somebody is away is not kept for ever"
    pool.late(expert)
    run()
    assert pool.expert(pool.wen).state is ExpertState.active


def test_nominations_are_not_a_way_to_flood_people(pool: Pool) -> None:
    for _n in range(nominations.PER_PERSON[0].n):
        pool.nominated(pool.wen)
        pool.do(lifecycle.leave, pool.wen)
    with pytest.raises(TooMany):
        pool.nominated(pool.wen)


def test_removal_is_final_and_leaving_is_not(pool: Pool) -> None:
    expert = pool.admitted(pool.wen)
    with pytest.raises(Invalid):
        pool.do(lifecycle.remove, pool.secretary, expert_id=expert.id, reason=" ")
    with pytest.raises(Forbidden):
        pool.do(lifecycle.remove, pool.boss, expert_id=expert.id, reason="泄露评审信息")
    pool.do(lifecycle.remove, pool.secretary, expert_id=expert.id, reason="泄露评审信息")
    assert pool.expert(pool.wen).listed is False
    with pytest.raises(Conflict):
        pool.nominated(pool.wen)
    with pytest.raises(Conflict):
        pool.do(profile.save, pool.wen, given=ProfileForm())
    pool.admitted(pool.qiu)
    pool.do(lifecycle.leave, pool.qiu)
    assert pool.nominated(pool.qiu).state is ExpertState.confirming


def test_a_changed_title_is_checked_anew(pool: Pool) -> None:
    pool.admitted(pool.wen)
    given = {"disciplines": ["A05"], "titles": "院士"}
    pool.do(profile.save, pool.wen, given=ProfileForm(**given))
    assert pool.expert(pool.wen).senior is False
