"""Public notices: periods in working days, who objects and who decides, ends by the clock, what everybody reads."""

import datetime as dt
from pathlib import Path

import pytest

from portal.accounts.actions.people import close_account
from portal.kit.clock import SHANGHAI, now
from portal.kit.db import transaction
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.reviews.calendar.days import YearUnknown, last_year
from portal.reviews.publicity import holidays, picture, queries
from portal.reviews.publicity.actions import deadlines, notices, objections
from portal.reviews.publicity.forms import NoticeForm
from portal.reviews.publicity.models import NOTICE_TRANSITIONS, NoticeState, ObjectionState, PublicNotice
from portal.reviews.publicity.policy import Verdict
from portal.settings import get_settings
from tests.guards.test_budget import counted
from tests.reviews.publicity.conftest import BEFORE_NATIONAL_DAY, BODY, GROUNDS, KIND, Board
from tests.support.browser import Client

REASON = "经核查，实测数据与底图一致，异议所指为旧版底图。"


def verdict(board: Board) -> Verdict:
    with transaction() as db:
        return queries.verdict(db, KIND, board.subject)


def run() -> int:
    with transaction() as db:
        return deadlines.run(db)


def at(monkeypatch: pytest.MonkeyPatch, instant: dt.datetime) -> None:
    """Let notices be put up, and drawn, at an instant."""
    monkeypatch.setattr(notices, "now", lambda: instant)
    monkeypatch.setattr(picture, "now", lambda: instant)


def test_a_period_over_national_day_counts_the_swapped_saturday(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(monkeypatch, BEFORE_NATIONAL_DAY)
    notice = board.up(working_days=5)
    assert notice.last_day == dt.date(2026, 10, 10)
    assert notice.deadline_at == dt.datetime(2026, 10, 11, tzinfo=SHANGHAI)
    assert notice.days_off == [f"2026-10-0{n}" for n in range(1, 8)]
    assert picture.left(notice) == 5
    at(monkeypatch, dt.datetime(2026, 10, 4, 12, tzinfo=SHANGHAI))
    assert picture.left(notice) == 3
    at(monkeypatch, dt.datetime(2026, 10, 10, 23, 59, tzinfo=SHANGHAI))
    assert picture.left(notice) == 1
    shown = picture.days(notice)
    assert [each.part for each in shown].count("work") == 5
    assert shown[0].part == "start"
    assert shown[-1].today
    assert "10-10" in picture.calendar(shown, "x")


def test_an_unknown_year_is_refused_until_the_operator_enters_it(
    board: Board, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, client: Client
) -> None:
    year = last_year() + 1
    at(monkeypatch, dt.datetime(year - 1, 12, 25, 9, tzinfo=SHANGHAI))
    with pytest.raises(YearUnknown) as refused:
        board.up(working_days=10)
    assert str(year) in refused.value.message
    assert f"year {year}" in (refused.value.hint or "")
    with transaction() as db:
        (draft,) = queries.drafts(db).rows
    page = board.at.enter(client, board.at.secretary).post(f"/admin/publicity/{draft.id}/start")
    assert page.status_code == 503
    assert str(year) in page.text
    listed = tmp_path / "days.txt"
    monkeypatch.setenv("CSPON_HOLIDAYS_FILE", str(listed))
    get_settings.cache_clear()
    try:
        with pytest.raises(holidays.ListUnreadable):
            board.at.do(notices.start, board.at.secretary, notice_id=draft.id)
        listed.write_text("year\n", encoding="utf-8")
        with pytest.raises(holidays.ListUnreadable, match="line 1"):
            board.at.do(notices.start, board.at.secretary, notice_id=draft.id)
        listed.write_text(f"year {year}\n{year}-01-01..{year}-01-03 off\n", encoding="utf-8")
        board.at.do(notices.start, board.at.secretary, notice_id=draft.id)
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert verdict(board) is Verdict.running


def test_a_clean_notice_ends_by_the_clock(board: Board) -> None:
    assert verdict(board) is Verdict.none
    notice = board.up()
    assert verdict(board) is Verdict.running
    assert run() == 0
    with pytest.raises(Conflict):
        board.up()
    board.late(notice)
    with pytest.raises(Conflict):
        board.object(notice)  # the last minute is over though nobody has ended it yet
    assert run() == 1
    assert board.at.fresh(notice).state is NoticeState.settled
    assert verdict(board) is Verdict.clean


def test_objections_are_decided_by_others_and_decide_the_verdict(board: Board) -> None:
    notice = board.up()
    with pytest.raises(Forbidden):
        board.object(notice, board.outsider)
    found = board.object(notice)
    with pytest.raises(Conflict):
        board.object(notice)
    second = board.object(notice, board.other)
    for person, refusal in (
        (board.party, NotFound), (board.member, NotFound), (board.other, NotFound), (board.auditor, Forbidden),
    ):  # fmt: skip
        with pytest.raises(refusal):
            board.at.do(objections.examine, person, objection_id=found.id)
    with pytest.raises(Conflict):
        board.at.do(objections.decide, board.colleague, objection_id=found.id, upheld=True, reason=REASON)
    board.at.do(objections.examine, board.colleague, objection_id=found.id)
    with pytest.raises(Invalid):
        board.at.do(objections.decide, board.colleague, objection_id=found.id, upheld=False, reason=" ")
    board.at.do(objections.decide, board.colleague, objection_id=found.id, upheld=False, reason=REASON)
    board.late(notice)
    run()
    assert board.at.fresh(notice).state is NoticeState.ended
    assert verdict(board) is Verdict.open_objections
    with pytest.raises(NotFound):
        board.at.do(objections.withdraw, board.member, objection_id=second.id)
    board.at.do(objections.withdraw, board.other, objection_id=second.id)
    assert board.at.fresh(notice).state is NoticeState.settled
    assert verdict(board) is Verdict.clean


def test_an_upheld_objection_stays_until_another_notice(board: Board) -> None:
    notice = board.up()
    found = board.object(notice)
    board.at.do(objections.examine, board.colleague, objection_id=found.id)
    board.at.do(objections.decide, board.colleague, objection_id=found.id, upheld=True, reason=REASON)
    board.late(notice)
    run()
    assert verdict(board) is Verdict.upheld
    again = board.up()
    assert verdict(board) is Verdict.running
    board.at.do(notices.cancel, board.at.secretary, notice_id=again.id, reason="另行公示")
    assert verdict(board) is Verdict.none


def test_what_lies_goes_to_the_auditors_and_then_counts_as_open_for_ever(board: Board) -> None:
    notice = board.up()
    found = board.object(notice)
    board.late(found)
    run()
    passed = board.at.fresh(found)
    assert passed.escalated
    assert passed.state is ObjectionState.filed
    board.at.do(objections.examine, board.auditor, objection_id=found.id)
    assert board.at.fresh(found).handled_by == board.auditor.id
    board.late(notice)
    board.late(found)
    run()
    assert board.at.fresh(found).state is ObjectionState.expired
    assert board.at.fresh(notice).state is NoticeState.settled
    assert verdict(board) is Verdict.open_objections


def test_cancelling_ends_open_objections_and_drafts_lapse(board: Board) -> None:
    notice = board.up()
    found = board.object(notice)
    with pytest.raises(Forbidden):
        board.at.do(notices.cancel, board.auditor, notice_id=notice.id, reason="不当")
    with pytest.raises(Invalid):
        board.at.do(notices.cancel, board.at.secretary, notice_id=notice.id, reason="")
    board.at.do(notices.cancel, board.at.secretary, notice_id=notice.id, reason="名单有误，另行公示")
    assert board.at.fresh(found).state is ObjectionState.lapsed
    assert board.at.fresh(found).deadline_at is None
    given = NoticeForm(title_zh="待发布公示", body_zh=BODY)
    draft = board.at.do(notices.draft, board.at.secretary, given=given)
    board.late(draft)
    run()
    assert board.at.fresh(draft).state is NoticeState.cancelled


@pytest.mark.parametrize("state", list(NoticeState))
def test_each_verb_only_from_its_states(board: Board, state: NoticeState) -> None:
    notice = board.up()
    row = board.at.fresh(notice)
    row.state = state
    board.at.db.add(row)
    board.at.db.commit()
    given = NoticeForm(title_zh="改过的题目", body_zh=BODY)
    verbs = {
        NoticeState.cancelled: lambda: board.at.do(
            notices.cancel, board.at.secretary, notice_id=notice.id, reason="撤销公示"
        ),
        NoticeState.draft: lambda: board.at.do(
            notices.save, board.at.secretary, notice_id=notice.id, given=given
        ),
    }
    for target, verb in verbs.items():
        allowed = (
            state is NoticeState.draft
            if target is NoticeState.draft
            else target in NOTICE_TRANSITIONS.get(state, {})
        )
        if allowed and target is NoticeState.draft:
            verb()
        elif not allowed:
            with pytest.raises(Conflict):
                verb()
    last = board.up if state is NoticeState.running else lambda: board.object(notice)
    with pytest.raises((Conflict, NotFound)):
        last()


def test_names_and_texts_are_for_the_handlers_alone(board: Board, client: Client) -> None:
    notice = board.up(lines="成果一：入选\n成果二：<script>alert(1)</script>")
    found = board.object(notice, text=f"{GROUNDS}\n\n<script>alert(2)</script> [x](javascript:alert(3))")
    address = f"/publicity/objections/{found.id}"
    secrets = ("程名实", "010-12345678", board.member.account.email, GROUNDS)
    for person in (None, board.outsider, board.other, board.party):
        page = board.at.enter(client, person).get(address)
        assert page.status_code in (401, 303, 404), person
        assert not any(secret in page.text for secret in secrets)
    for person in (board.colleague, board.at.secretary):
        page = board.at.enter(client, person).get(address)
        assert page.status_code == 200
        assert "程名实" in page.text
        assert "<script>alert" not in page.text
        assert 'href="javascript' not in page.text
    own = board.at.enter(client, board.member).get(address)
    assert found.receipt in own.text
    queue = board.at.enter(client, board.colleague).get("/admin/publicity").text
    assert address in queue
    assert "程名实" not in queue
    assert address not in board.at.enter(client, board.party).get("/admin/publicity").text
    assert client.get("/admin/publicity").status_code == 200
    assert board.at.enter(client, board.outsider).get("/admin/publicity").status_code == 403

    board.at.do(objections.examine, board.colleague, objection_id=found.id)
    board.at.do(objections.decide, board.colleague, objection_id=found.id, upheld=False, reason=REASON)
    public = [f"/publicity/{notice.id}", "/publicity", "/publicity.csv", "/publicity.atom"]
    public += ["/api/v1/publicity", f"/api/v1/publicity/{notice.id}"]
    for over in (False, True):
        if over:
            board.late(notice)
            run()
        board.at.enter(client, None)
        for path in public:
            answer = client.get(path)
            assert answer.status_code == 200, path
            assert not any(secret in answer.text for secret in secrets), path
            assert path.startswith("/api") or "<script>alert" not in answer.text
        assert (REASON in client.get(public[0]).text) is over
        assert client.get(public[-1]).json()["objections"] == (1 if over else None)


def test_drafts_are_the_secretariats(board: Board, client: Client) -> None:
    enter = board.at.enter
    data = {"title_zh": "公示拟稿", "body_zh": BODY, "working_days": "5", "lines": "甲\n\n乙"}
    assert enter(client, board.auditor).post("/admin/publicity/new", data=data).status_code == 403
    bad = enter(client, board.at.secretary).post("/admin/publicity/new", data={**data, "working_days": "0"})
    assert bad.status_code == 422
    assert BODY in bad.text
    made = client.post("/admin/publicity/new", data=data)
    edit = made.headers["location"]
    assert "公示拟稿" in client.get(edit).text
    key = edit.rpartition("/")[2]
    assert "公示拟稿" in client.get("/admin/publicity?tab=drafts").text
    for person in (None, board.member, board.auditor):
        enter(client, person)
        assert client.get(f"/publicity/{key}").status_code == 404
        assert client.get(f"/api/v1/publicity/{key}").status_code == 404
        assert "公示拟稿" not in client.get("/publicity").text
    enter(client, board.at.secretary)
    assert client.get(f"/api/v1/publicity/{key}").status_code == 404
    assert client.post(f"{edit}/start").status_code == 303
    assert client.get(edit).status_code == 303
    assert client.post(edit, data=data).status_code == 409
    form = f"/publicity/{key}/object"
    assert "/organisations" in enter(client, board.outsider).get(form).text
    short = enter(client, board.member).post(form, data={"ground": "facts", "text": "短"})
    assert short.status_code == 422
    filed = client.post(form, data={"ground": "facts", "text": GROUNDS})
    assert filed.status_code == 303
    assert client.get(filed.headers["location"]).status_code == 200
    assert "公示拟稿" in client.get("/me/objections").text
    assert client.post(f"{filed.headers['location']}/examine").status_code == 404
    assert client.post(f"{filed.headers['location']}/withdraw").status_code == 303


def test_a_closed_account_withdraws_and_leaves_no_contact(board: Board) -> None:
    notice = board.up()
    found = board.object(notice, board.other)
    board.at.do(close_account, board.other)
    with transaction() as db:
        objections.forget_person(db, account_id=board.other.id)
    left = board.at.fresh(found)
    assert left.state is ObjectionState.withdrawn
    assert left.contact == ""


def test_the_list_costs_the_same_with_many_notices(board: Board, client: Client) -> None:
    def fill(times: int) -> None:
        for n in range(times):
            row = PublicNotice(
                title_zh=f"公示{n}", body_zh=BODY, working_days=5, created_by=board.at.secretary.id,
                state=NoticeState.settled, starts_at=now(), last_day=dt.date(2026, 10, 10),
            )  # fmt: skip
            board.at.db.add(row)
            board.at.db.commit()
            board.at.db.add(
                objections.Objection(
                    notice_id=row.id,
                    account_id=board.member.id,
                    ground="facts",
                    text=GROUNDS,
                    state=ObjectionState.filed,
                )
            )
        board.at.db.commit()

    costs = []
    for times in (1, 24):
        fill(times)
        cost = []
        for person, path in (
            (None, "/publicity"), (None, "/publicity.atom"), (board.colleague, "/admin/publicity"),
            (board.member, "/me/objections"),
        ):  # fmt: skip
            board.at.enter(client, person).get(path)
            with counted() as statements:
                assert client.get(path).status_code == 200
            cost.append(len(statements))
        costs.append(cost)
    assert costs[0] == costs[1]
    first = board.at.enter(client, None).get("/publicity")
    assert "after=" in first.text
