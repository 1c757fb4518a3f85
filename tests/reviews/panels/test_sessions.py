"""A session worked through: who sees, who leaves, who votes, what is decided, what is frozen."""

import datetime as dt
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from portal.kit.clock import now
from portal.kit.db import engine, transaction
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.notices.models import Notice
from portal.reviews.panels import actions, queries
from portal.reviews.panels.forms import MotionForm
from portal.reviews.panels.models import (
    Choice,
    ItemState,
    MotionState,
    PanelVote,
    PanelVoted,
    SessionState,
)
from portal.reviews.rounds.models import Phase
from portal.reviews.rounds.shape import digest_of
from portal.reviews.rounds.standing import standing_of
from tests.reviews.panels.conftest import Panel
from tests.support.browser import Client

YES, NO, ABSTAIN = Choice.yes, Choice.no, Choice.abstain


def test_whoever_is_in_conflict_leaves_the_room_and_knows_nothing_of_the_item(
    panel: Panel, client: Client
) -> None:
    last = panel.voters[4]
    panel.conflicts.add(last.id, panel.items[0].submission_id)
    panel.begin()
    panel.do(actions.call, panel.secretary, item_id=panel.items[0].id)
    assert panel.fresh(panel.items[0]).state is ItemState.clearing
    with pytest.raises(Conflict):
        panel.move()
    page = panel.found.enter(client, last).get(panel.url).text
    assert "请现在离场回避" in page
    assert "第1号申报" not in page
    assert "第2号申报" in page
    assert client.post(f"{panel.url}/out").status_code == 303
    assert panel.fresh(panel.items[0]).state is ItemState.discussing
    motion = panel.move()
    page = client.get(panel.url).text
    assert "该议题您须回避离场" in page
    assert "入选" not in page
    assert client.post(f"{panel.url}/vote", data={"motion": motion.id, "choice": "yes"}).status_code == 404
    for n in range(4):
        panel.vote(motion, n, YES)
    assert panel.fresh(motion).state is MotionState.carried
    assert panel.fresh(motion).able == 4
    panel.do(actions.finish, panel.secretary, item_id=panel.items[0].id)
    minutes = client.get(f"{panel.url}/minutes").text
    assert "第1号申报" not in minutes
    assert "部分内容不向您显示" in minutes
    document = zipfile.ZipFile(io.BytesIO(client.get(f"{panel.url}/minutes.docx").content))
    assert "第1号申报" not in document.read("word/document.xml").decode()
    seen = panel.found.enter(client, panel.voters[1]).get(f"{panel.url}/minutes").text
    assert "回避离场：会评专家5" in seen
    assert "赞成4票，反对0票，弃权0票" in seen
    with transaction() as db:
        assert queries.decided(db, panel.found.round.id) == {panel.items[0].submission_id: "accepted"}


def test_a_latecomer_in_conflict_waits_outside(panel: Panel) -> None:
    last = panel.voters[4]
    panel.conflicts.add(last.id, panel.items[0].submission_id)
    panel.begin(0, 1, 2, 3)
    motion = panel.move()
    with pytest.raises(Conflict):
        panel.do(actions.arrive, last, session_id=panel.session.id)
    with pytest.raises(NotFound):
        panel.vote(motion, 4, YES)
    panel.do(actions.close_ballot, panel.secretary, motion_id=motion.id)
    panel.do(actions.put_off, panel.secretary, item_id=panel.items[0].id)
    panel.do(actions.arrive, last, session_id=panel.session.id)


def test_nobody_can_tell_who_voted_what(panel: Panel, db: Session) -> None:
    """Votes at once are all counted, none twice; the tables hold no link and no order."""
    panel.begin()
    motion = panel.move()
    choices = [YES, NO, YES, ABSTAIN]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: panel.vote(motion, n, choices[n]), range(4)))
    with pytest.raises(Conflict):
        panel.vote(motion, 0, NO)
    names = {column["name"] for column in inspect(engine()).get_columns("panel_vote")}
    assert names == {"id", "motion_id", "choice"}
    assert {column["name"] for column in inspect(engine()).get_columns("panel_voted")} == {
        "motion_id", "account_id", "secret", "choice",
    }  # fmt: skip
    votes = db.exec(select(PanelVote).where(PanelVote.motion_id == motion.id)).all()
    assert sorted(one.choice for one in votes) == sorted(choices)
    assert {one.id.version for one in votes} == {4}
    voted = db.exec(select(PanelVoted).where(PanelVoted.motion_id == motion.id)).all()
    assert {one.account_id for one in voted} == {one.id for one in panel.voters[:4]}
    assert {one.choice for one in voted} == {None}
    where = {"id": motion.id}
    with engine().begin() as connection:
        # Whose transaction wrote a row: every vote carries that of the last voter, whoever cast it.
        of_votes = text("SELECT DISTINCT xmin::text FROM panel_vote WHERE motion_id = :id")
        of_voters = text("SELECT DISTINCT xmin::text FROM panel_voted WHERE motion_id = :id")
        assert len(connection.execute(of_votes, where).all()) == 1
        assert len(connection.execute(of_voters, where).all()) == 4
    with pytest.raises(IntegrityError), engine().begin() as connection:
        connection.execute(text("UPDATE panel_voted SET choice = 'yes' WHERE motion_id = :id"), where)
    panel.vote(motion, 4, ABSTAIN)
    done = panel.fresh(motion)
    assert (done.state, done.yes, done.no, done.abstain) == (MotionState.carried, 2, 1, 2)


def test_counts_are_hidden_while_the_ballot_is_open_and_strangers_never_vote(
    panel: Panel, client: Client
) -> None:
    panel.begin(0, 1, 2, 3)
    motion = panel.move()
    panel.vote(motion, 0, YES)
    page = panel.found.enter(client, panel.found.secretary).get(panel.url).text
    assert "有表决权的5人中1人已投票" in page
    assert "赞成1票" not in page
    for person in (panel.secretary, panel.found.secretary):
        with pytest.raises(Forbidden):
            panel.do(actions.vote, person, motion_id=motion.id, choice=YES)
    with pytest.raises(Conflict):
        panel.vote(motion, 4, YES)  # not signed in
    for person in (panel.found.experts[0], panel.found.applicants[0]):
        assert panel.found.enter(client, person).get(panel.url).status_code == 404
        assert client.get(f"{panel.url}/minutes").status_code == 404
        assert client.post(f"{panel.url}/vote", data={"motion": motion.id, "choice": "no"}).status_code == 404


def test_without_a_quorum_nothing_is_put_to_the_vote_and_too_few_votes_have_no_result(panel: Panel) -> None:
    panel.begin(0, 1, 2)
    with pytest.raises(Conflict, match="法定人数"):
        panel.move()
    panel.do(actions.arrive, panel.voters[3], session_id=panel.session.id)
    motion = panel.move()
    panel.vote(motion, 0, YES)
    panel.vote(motion, 1, YES)
    panel.do(actions.close_ballot, panel.voters[0], motion_id=motion.id)
    done = panel.fresh(motion)
    assert (done.state, done.yes) == (MotionState.void, 0)
    with transaction() as db:
        assert queries.choices(db, motion.id) == []
    with pytest.raises(Invalid):
        panel.move()
    again = panel.move(reason="第一次表决参加人数不足，重新表决。")
    for voter, choice in enumerate((YES, NO, YES, NO)):
        panel.vote(again, voter, choice)
    assert (panel.fresh(again).state, panel.fresh(again).number) == (MotionState.lost, 2)
    panel.do(actions.finish, panel.secretary, item_id=panel.items[0].id)
    assert panel.fresh(panel.items[0]).state is ItemState.undecided


def test_minutes_are_written_confirmed_and_frozen(panel: Panel, client: Client) -> None:
    panel.conflicts.add(panel.voters[0].id, panel.items[0].submission_id)
    panel.begin()
    panel.do(actions.call, panel.secretary, item_id=panel.items[0].id)
    with pytest.raises(NotFound):
        panel.do(actions.finish, panel.voters[0], item_id=panel.items[0].id)
    panel.do(actions.step_out, panel.voters[0], session_id=panel.session.id)
    panel.do(actions.finish, panel.secretary, item_id=panel.items[0].id)
    panel.do(actions.write_item, panel.secretary, item_id=panel.items[0].id, text="讨论了数据来源。")
    panel.do(actions.write, panel.secretary, session_id=panel.session.id, text="会议顺利。")
    panel.do(actions.close, panel.voters[0], session_id=panel.session.id)
    chair = panel.found.enter(client, panel.voters[0])
    page = chair.get(f"{panel.url}/minutes").text
    assert "讨论了数据来源" not in page
    digest = page.split('name="digest" value="')[1].split('"')[0]
    assert client.post(f"{panel.url}/minutes", data={"what": "confirm", "digest": digest}).status_code == 409
    panel.do(actions.confirm_item, panel.voters[1], item_id=panel.items[0].id)
    assert client.post(f"{panel.url}/minutes", data={"what": "confirm", "digest": digest}).status_code == 409
    digest = chair.get(f"{panel.url}/minutes").text.split('name="digest" value="')[1].split('"')[0]
    assert client.post(f"{panel.url}/minutes", data={"what": "confirm", "digest": digest}).status_code == 303
    done = panel.fresh(panel.session)
    assert done.digest == digest_of(done.protocol) == digest
    assert done.confirmed_by == panel.voters[0].id
    with pytest.raises(Conflict):
        panel.do(actions.write, panel.secretary, session_id=panel.session.id, text="改动")
    with pytest.raises(Conflict):
        panel.do(actions.write_item, panel.secretary, item_id=panel.items[0].id, text="改动")
    assert "会议纪要已定稿" in panel.found.enter(client, panel.voters[2]).get(f"{panel.url}/minutes").text


def test_everything_ends_by_the_clock(panel: Panel, db: Session) -> None:
    panel.begin()
    motion = panel.move()
    for voter in range(4):
        panel.vote(motion, voter, YES)
    session = panel.fresh(panel.session)
    session.deadline_at = now() - dt.timedelta(seconds=1)
    db.add(session)
    db.commit()
    panel.do(lambda db, _actor: actions.run_deadlines(db), None)
    assert panel.fresh(motion).state is MotionState.carried
    session = panel.fresh(panel.session)
    assert session.state is SessionState.closed
    assert {panel.fresh(item).state for item in panel.items} == {ItemState.undecided}
    told = db.exec(select(Notice).where(col(Notice.account_id) == panel.found.secretary.id)).all()
    assert any("left submissions undecided" in one.message for one in told)
    session.minutes_due_at = now()
    db.add(session)
    db.commit()
    panel.do(lambda db, _actor: actions.run_deadlines(db), None)
    session = panel.fresh(panel.session)
    assert session.digest
    assert session.confirmed_by is None


def test_a_session_that_never_began_is_cancelled_and_gives_no_sight(panel: Panel, db: Session) -> None:
    with transaction() as other:
        assert standing_of(other, panel.found.actor(panel.voters[0]), panel.found.round).panellist
    panel.found.stage(Phase.conclusion)
    panel.do(lambda db, _actor: actions.run_deadlines(db), None)
    assert panel.fresh(panel.session).state is SessionState.cancelled
    with transaction() as other:
        assert not standing_of(other, panel.found.actor(panel.voters[0]), panel.found.round).panellist


def test_planning_names_what_is_wrong_and_pages_are_read_in_english(panel: Panel, client: Client) -> None:
    page = f"/rounds/{panel.found.round.id}/panel"
    panel.found.enter(client, panel.found.secretary)
    applicant = panel.found.applicants[0].namespace.slug
    sent = {"title": "第二次", "starts_at": "2026-13-01 10:00", "chair": "nobody-here", "members": applicant,
            "secretary": panel.secretary.namespace.slug}  # fmt: skip
    assert client.post(page, data=sent).status_code == 422
    sent["starts_at"] = (now() + dt.timedelta(days=2)).strftime("%Y-%m-%d %H:%M")
    answer = client.post(page, data=sent)
    assert answer.status_code == 422
    assert "没有名为“nobody-here”的用户" in answer.text
    assert "参与了本轮的某项申报" in answer.text
    panel.found.secretary.account.locale = "en"
    panel.found.db.add(panel.found.secretary.account)
    panel.found.db.commit()
    assert "Where people decide what the scores leave open" in client.get(page).text
    assert "67 % of the members able to vote on an item" in client.get(panel.url).text
    given = MotionForm(outcome="accepted")
    with pytest.raises(Conflict):
        panel.do(actions.move_motion, panel.secretary, item_id=panel.items[0].id, given=given)
