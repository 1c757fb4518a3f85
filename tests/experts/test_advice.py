"""Advice: who may ask, routing by affinity, answers in public and in private, refusals and ends."""

import uuid
from typing import Any

import pytest
from sqlmodel import select

from portal.experts import affinity
from portal.experts.actions import lifecycle, profile
from portal.experts.advice import actions
from portal.experts.advice.actions import routing
from portal.experts.advice.actions.asking import WAITS
from portal.experts.advice.forms import AnswerForm, AskForm
from portal.experts.advice.models import AdviceRequest, AdviceRouting, AdviceState, AnswerSight, RoutingState
from portal.experts.models import Expert
from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.reviews.rounds.models import SeatState
from portal.reviews.staffing.queries import runs as staffing
from tests.experts.conftest import Pool
from tests.reviews.rounds import fixed_round
from tests.support.browser import Client
from tests.support.make import Person

assert staffing, "what counts reviews is known once it is imported, as in the application"
TEXT = "我市拟开展年度城市体检，请问完整社区覆盖率如何用现有底图计算？"
REPLY = "可按十五分钟步行网络计算覆盖的常住人口，再除以全部常住人口。"


def asked(pool: Pool, person: Person, **values: Any) -> AdviceRequest:
    given = {"title": "完整社区覆盖率的算法", "text": TEXT, "disciplines": ["A05"], "public": True} | values
    found: AdviceRequest = pool.do(actions.ask, person, given=AskForm(**given))
    return found


def state(pool: Pool, request: AdviceRequest) -> AdviceState:
    with transaction() as db:
        row = db.get(AdviceRequest, request.id)
        assert row is not None
        return row.state


def routings(pool: Pool, request: AdviceRequest) -> dict[uuid.UUID, AdviceRouting]:
    pool.db.expire_all()
    rows = pool.db.exec(select(AdviceRouting).where(AdviceRouting.request_id == request.id)).all()
    return {row.expert_id: row for row in rows}


def routed(pool: Pool, request: AdviceRequest, *experts: Expert) -> None:
    pool.do(actions.route, pool.secretary, request_id=request.id, experts=[e.id for e in experts])


def run() -> int:
    with transaction() as db:
        return actions.run_deadlines(db)


def test_asked_routed_answered_published(client: Client, pool: Pool) -> None:
    expert = pool.admitted(pool.wen)
    other = pool.admitted(pool.other_boss, disciplines=["C01"], keywords="")
    data = {"title": "完整社区覆盖率的算法", "text": TEXT, "disciplines": "A05", "public": "1"}
    assert client.post("/advice/new", data=data).status_code == 401
    pool.enter(client, pool.outsider)
    assert client.get("/advice/new").status_code == 200
    assert client.post("/advice/new", data=data).status_code == 403
    pool.enter(client, pool.qiu)
    assert client.post("/advice/new", data={**data, "text": "太短"}).status_code == 422
    where = client.post("/advice/new", data=data).headers["location"]
    assert client.get(where).status_code == 200
    assert client.get(f"{where}/route").status_code == 403
    pool.enter(client, None)
    for nosy in (None, pool.outsider, pool.wen):
        pool.enter(client, nosy)
        assert client.get(where).status_code == 404
        assert client.get(f"/api/v1{where}").status_code == 404
        assert client.post(f"{where}/answer", data={"text": REPLY}).status_code in {401, 404}
    pool.enter(client, pool.secretary)
    page = client.get(f"{where}/route").text
    assert page.index(pool.wen.account.name) < page.index(pool.other_boss.account.name), "the nearest first"
    assert pool.qiu.account.name not in page
    assert client.post(f"{where}/route", data={"experts": str(uuid.uuid4())}).status_code == 422
    assert client.post(f"{where}/route", data={"experts": [str(expert.id), str(other.id)]}).status_code == 303
    pool.enter(client, pool.wen)
    assert pool.qiu.account.name in client.get(where).text, "experts know whom they advise"
    assert client.post(f"{where}/accept").status_code == 303
    assert client.post(f"{where}/answer", data={"text": "短", "sight": "named"}).status_code == 422
    assert client.post(f"{where}/answer", data={"text": REPLY, "sight": "named"}).status_code == 303
    assert client.post(f"{where}/answer", data={"text": REPLY, "sight": "named"}).status_code == 409
    pool.enter(client, pool.other_boss)
    private = "不便公开的内部经验，仅供参考，请勿外传。"
    assert client.post(f"{where}/answer", data={"text": private, "sight": "private"}).status_code == 303
    pool.enter(client, None)
    for path in (where, f"/api/v1{where}", "/advice"):
        text = client.get(path).text
        assert pool.qiu.account.name not in text, "whoever asked stays unnamed"
        assert private not in text
        assert path == "/advice" or (REPLY in text and pool.wen.account.name in text)
    assert "完整社区覆盖率" in client.get("/advice?discipline=A").text
    assert "完整社区覆盖率" not in client.get("/advice?discipline=B").text
    pool.enter(client, pool.wen)
    assert private not in client.get(where).text
    pool.enter(client, pool.qiu)
    assert private in client.get(where).text
    assert client.post(f"{where}/close").status_code == 303
    assert client.post(f"{where}/withdraw").status_code == 409
    pool.enter(client, pool.secretary)
    assert client.post(f"{where}/hide", data={"reason": "含有内部地名"}).status_code == 303
    pool.enter(client, None)
    assert client.get(where).status_code == 404
    assert "完整社区覆盖率" not in client.get("/advice").text


def test_unnamed_and_unwished_publication(pool: Pool, client: Client) -> None:
    expert = pool.admitted(pool.wen)
    quiet = asked(pool, pool.qiu, public=False)
    routed(pool, quiet, expert)
    with pytest.raises(Invalid):
        pool.do(
            actions.answer,
            pool.wen,
            request_id=quiet.id,
            given=AnswerForm(text=REPLY, sight=AnswerSight.named),
        )
    loud = asked(pool, pool.qiu, title="监测频率应如何确定")
    routed(pool, loud, expert)
    pool.do(
        actions.answer, pool.wen, request_id=loud.id, given=AnswerForm(text=REPLY, sight=AnswerSight.unnamed)
    )
    text = client.get(f"/advice/{loud.id}").text
    assert REPLY in text
    assert pool.wen.account.name not in text
    assert client.get(f"/api/v1/advice/{loud.id}").json()["answers"][0]["name"] == ""
    with pytest.raises(NotFound):
        pool.do(actions.answer, pool.other_boss, request_id=loud.id, given=AnswerForm(text=REPLY))


def test_experts_who_pass_are_replaced_and_questions_end(pool: Pool) -> None:
    expert = pool.admitted(pool.wen)
    request = asked(pool, pool.qiu)
    with pytest.raises(Forbidden):
        pool.do(actions.route, pool.boss, request_id=request.id, experts=[expert.id])
    routed(pool, request, expert)
    pool.do(actions.decline, pool.wen, request_id=request.id, reason="近期出差")
    assert state(pool, request) is AdviceState.asked
    with pytest.raises(Invalid):
        routed(pool, request, expert)
    second = pool.admitted(pool.other_boss)
    routed(pool, request, second)
    pool.late(routings(pool, request)[second.id])
    assert run() == 1
    assert routings(pool, request)[second.id].state is RoutingState.expired
    assert state(pool, request) is AdviceState.asked
    pool.late(request)
    run()
    assert state(pool, request) is AdviceState.expired
    assert WAITS in pool.told(pool.secretary)
    with pytest.raises(Conflict):
        routed(pool, request, second)


def test_unrouted_questions_are_passed_on_once_and_answered_ones_close(pool: Pool) -> None:
    expert = pool.admitted(pool.wen)
    lost = asked(pool, pool.qiu)
    for wanted in (AdviceState.asked, AdviceState.expired):
        pool.late(lost)
        run()
        assert state(pool, lost) is wanted
    request = asked(pool, pool.qiu, title="再问一次覆盖率")
    other = pool.admitted(pool.other_boss)
    routed(pool, request, expert, other)
    pool.do(actions.answer, pool.wen, request_id=request.id, given=AnswerForm(text=REPLY))
    pool.late(request)
    run()
    assert state(pool, request) is AdviceState.closed
    assert routings(pool, request)[other.id].state is RoutingState.released
    with pytest.raises(Conflict):
        pool.do(actions.answer, pool.other_boss, request_id=request.id, given=AnswerForm(text=REPLY))


def test_who_is_full_or_away_is_not_asked(pool: Pool) -> None:
    expert = pool.admitted(pool.wen)
    request = asked(pool, pool.qiu)
    pool.do(profile.set_capacity, pool.wen, period="", places=0)
    with pytest.raises(Invalid):
        routed(pool, request, expert)
    pool.do(profile.set_capacity, pool.wen, period="", places=1)
    routed(pool, request, expert)
    pool.do(lifecycle.leave, pool.wen)
    with pytest.raises(Conflict):
        pool.do(actions.answer, pool.wen, request_id=request.id, given=AnswerForm(text=REPLY))


def test_reviews_take_room_and_are_not_told(pool: Pool) -> None:
    expert = pool.admitted(pool.wen)
    request = asked(pool, pool.qiu)
    pool.do(profile.set_capacity, pool.wen, period="", places=2)

    def near() -> list[tuple[int, int]]:
        with transaction() as db:
            found = db.get_one(AdviceRequest, request.id)
            return [(row.load, row.places) for _match, row in routing.ranked(db, found)]

    assert near() == [(0, 2)]
    round_ = fixed_round(pool.make, pool.db, submissions=3, experts=0)
    round_.experts.append(pool.wen)
    round_.seat(0, 0)
    assert near() == [(0, 2)], "a review is counted, and in no number shown"
    last = round_.seat(1, 0)
    assert near() == []
    with pytest.raises(Invalid):
        routed(pool, request, expert)
    last.state = SeatState.locked
    pool.db.add(last)
    pool.db.commit()
    assert near() == [(0, 2)]


def test_affinity_combines_what_is_registered() -> None:
    ids = [uuid.UUID(int=n) for n in range(4)]
    parents = {"A": None, "A05": "A", "A04": "A", "C": None, "C01": "C"}
    wanted = affinity.Wanted(frozenset({"A05"}), frozenset({"城市体检", "gis"}), "文本")
    candidates = [
        affinity.Candidate(ids[0], frozenset({"C01"})),
        affinity.Candidate(ids[1], frozenset({"A04"})),
        affinity.Candidate(ids[2], frozenset({"A"}), frozenset({"gis"})),
        affinity.Candidate(ids[3], frozenset({"A05"}), frozenset({"城市体检", "gis"})),
    ]
    plain = affinity.rank(wanted, candidates, parents)
    assert [match.expert_id.int for match in plain] == [3, 2, 1, 0]
    assert [round(match.score, 3) for match in plain] == [1.0, 0.56, 0.24, 0.0]
    assert plain[0].keywords == ("gis", "城市体检")
    affinity.register("text", 0.5, lambda _w, found: {found[0].expert_id: 1.0})
    try:
        mixed = affinity.rank(wanted, candidates, parents)
    finally:
        affinity.unregister("text")
    assert [round(match.score, 3) for match in mixed] == [1.0, 0.625, 0.56, 0.24]
    assert affinity.rank(affinity.Wanted(), candidates, parents)[0].score == 0.0
    with pytest.raises(ValueError, match="weight"):
        affinity.register("text", 0, lambda _w, _c: {})
