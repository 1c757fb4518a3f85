"""Outcomes with their reasons, letters in both languages, files opened again."""

import io
import re
import zipfile
from typing import Any

import pytest
from docx import Document
from lxml import etree
from sqlmodel import Session, select

from portal.audit.models import AuditEvent
from portal.kit.actor import Actor
from portal.kit.db import transaction
from portal.kit.errors import Invalid
from portal.kit.i18n import set_locale
from portal.notices.models import Mail
from portal.reviews.conclusions import actions, letters, policy, queries
from portal.reviews.conclusions.actions import Given
from portal.reviews.conclusions.models import Basis
from portal.reviews.estimates.results import Group
from portal.reviews.panels.models import ItemState, PanelItem, PanelSession, SessionState
from portal.reviews.rounds import sight
from portal.reviews.rounds.models import Phase, Round, RoundState, SubmissionState
from portal.reviews.rounds.shape import Shape
from tests.reviews.rounds import SHAPE, Fixed
from tests.reviews.scores.conftest import Conflicts, closed, compute, conflicts
from tests.support.browser import Client

__all__ = ["closed", "conflicts"]
REASON = "经秘书处复核，该申报的数据来源不符合要求，不予入选。"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def last(closed: Fixed) -> Fixed:
    """The closed round at its conclusion, computed."""
    compute(closed)
    closed.stage(Phase.conclusion)
    return closed


def panel_decided(found: Fixed, number: int, outcome: str) -> None:
    session = PanelSession(
        round_id=found.round.id, title="会评", created_by=found.secretary.id, state=SessionState.closed
    )
    found.db.add(session)
    found.db.flush()
    key = found.submissions[number - 1].id
    found.db.add(
        PanelItem(
            session_id=session.id, submission_id=key, position=1, state=ItemState.decided, outcome=outcome
        )
    )
    found.db.commit()


def test_suggestions_come_from_the_panel_then_from_what_is_sure() -> None:
    shape = Shape.model_validate(SHAPE)
    suggest = policy.suggestion
    assert suggest(shape, Group.OUT, "reserve") == policy.Suggestion("reserve", Basis.panel)
    assert suggest(shape, Group.IN, "") == policy.Suggestion("accepted", Basis.group)
    assert suggest(shape, Group.OUT, "") == policy.Suggestion("declined", Basis.group)
    assert suggest(shape, Group.UNDECIDED, "") == suggest(shape, None, "") == policy.Suggestion()


def test_outcomes_are_set_all_or_none_and_deviations_are_recorded(last: Fixed, client: Client) -> None:
    panel_decided(last, 3, "reserve")
    page = f"/rounds/{last.round.id}/conclusion"
    last.enter(client, last.secretary)
    shown = client.get(page).text
    assert "会评表决" in shown
    assert "采用确定分组" in shown
    short = {
        "outcome-1": "declined",
        "reason-1": "太短的理由",
        "outcome-3": "reserve",
        "reason-3": "会评决定。",
    }
    refused = client.post(page, data=short)
    assert refused.status_code == 422
    assert "至少需要20个字" in refused.text
    assert {one.state for one in map(last.fresh, last.submissions)} == {SubmissionState.entered}
    assert client.post(page, data=short | {"reason-1": REASON}).status_code == 303
    first = last.fresh(last.submissions[0])
    assert (first.state, first.outcome, first.outcome_reason) == (SubmissionState.decided, "declined", REASON)
    with transaction() as db:
        kept = queries.conclusions(db, [first.id, last.submissions[2].id])
    assert (kept[first.id].basis, kept[first.id].suggested, kept[first.id].deviates) == (
        "group",
        "accepted",
        True,
    )
    other = kept[last.submissions[2].id]
    assert (other.basis, other.deviates) == ("panel", False)
    assert "与依据不一致：评审得分" in client.get(page).text
    assert client.post(f"{page}/finish").status_code == 409  # some are left
    assert client.post(f"{page}/take-over", data={"basis": "group"}).status_code == 303
    assert last.fresh(last.submissions[5]).outcome == "declined"
    assert last.fresh(first).outcome == "declined"  # what people set stays


def test_the_undecided_need_a_stated_reason_and_whoever_is_in_conflict_decides_nothing(
    last: Fixed, client: Client, conflicts: Conflicts
) -> None:
    with pytest.raises(Invalid):
        last.do(actions.decide, last.secretary, round_id=last.round.id, given={4: Given("accepted", "同意")})
    conflicts.add(last.secretary.id, last.submissions[0].id)
    page = last.enter(client, last.secretary).get(f"/rounds/{last.round.id}/conclusion").text
    assert "第1号申报" not in page
    assert "确定入围" not in page
    with pytest.raises(Invalid):
        last.do(actions.decide, last.secretary, round_id=last.round.id, given={1: Given("accepted", REASON)})
    for person in (last.experts[0], last.applicants[0]):
        assert last.enter(client, person).get(f"/rounds/{last.round.id}/conclusion").status_code == 404
        assert client.get(f"/rounds/{last.round.id}/round.xlsx").status_code == 404


@pytest.mark.parametrize("locale", ["zh_Hans", "en"])
@pytest.mark.parametrize("outcome", ["accepted", "declined"])
def test_letters_from_templates_and_without(last: Fixed, locale: str, outcome: str) -> None:
    entry = last.submissions[1]
    entry.outcome_reason = "理由含{name}与%(x)s。"
    found = Shape.model_validate(SHAPE).outcome(outcome)
    assert found is not None
    set_locale("zh_Hans")
    text = letters.compose(last.round, entry, found, "申报人2", locale)
    assert "申报人2" in text
    assert entry.title in text
    if outcome == "accepted":
        assert text == "申报人2：第2号申报：城市扩张识别 入选。"
    else:
        assert ("Outcome: Not accepted." in text) is (locale == "en")
        assert "理由含{name}与%(x)s。" in text


def test_a_concluded_round_sends_each_letter_once(last: Fixed, client: Client, db: Session) -> None:
    given = {n: Given("accepted" if n < 3 else "declined", REASON) for n in range(1, 7)}
    last.do(actions.decide, last.secretary, round_id=last.round.id, given=given)
    page = f"/rounds/{last.round.id}/submissions/1/letter"
    last.enter(client, last.secretary)
    assert client.get(page).status_code == 404
    assert client.post(f"/rounds/{last.round.id}/conclusion/finish").status_code == 303
    assert last.fresh(last.round).state is RoundState.concluded
    assert last.do(lambda db, _actor: actions.send_letters(db), None) == 6
    assert last.do(lambda db, _actor: actions.send_letters(db), None) == 0
    mails = [one for one in db.exec(select(Mail)).all() if one.recipient == last.applicants[0].account.email]
    assert any("申报人1：第1号申报：城市扩张识别 入选。" in one.body for one in mails)
    shown = last.enter(client, last.applicants[0]).get(page)
    assert shown.status_code == 200
    assert "申报人1：第1号申报" in shown.text
    assert "申请复审" in shown.text
    assert "专家1" not in shown.text
    for letter in "EFG":  # the letters of experts 3, 2 and 1
        assert f"评审{letter}" in shown.text
    document = Document(io.BytesIO(client.get(f"{page}.docx").content))
    assert any("申报人1：第1号申报" in one.text for one in document.paragraphs)
    assert len(document.tables) == 3
    assert last.enter(client, last.applicants[1]).get(page).status_code == 404
    assert last.enter(client, last.experts[0]).get(page).status_code == 404


def sheets(data: bytes) -> dict[str, list[list[Any]]]:
    """An .xlsx as lists of rows, read from its XML; a formula fails the test."""
    book = zipfile.ZipFile(io.BytesIO(data))
    texts = [
        "".join(part.text or "" for part in item.iter(f"{MAIN}t"))
        for item in etree.fromstring(book.read("xl/sharedStrings.xml")).iter(f"{MAIN}si")
    ]
    names = [one.get("name") for one in etree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")]
    found = {}
    for number, name in enumerate(names, 1):
        root = etree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
        assert not list(root.iter(f"{MAIN}f"))
        assert not list(root.iter(f"{MAIN}hyperlink"))
        rows = []
        for row in root.iter(f"{MAIN}row"):
            cells: dict[str, Any] = {}
            for cell in row.iter(f"{MAIN}c"):
                value = cell.find(f"{MAIN}v")
                if value is not None and value.text is not None:
                    column = re.sub(r"\d", "", cell.get("r", ""))
                    cells[column] = texts[int(value.text)] if cell.get("t") == "s" else float(value.text)
            rows.append([cells[key] for key in sorted(cells, key=lambda key: (len(key), key))])
        found[str(name)] = rows
    return found


def test_workbooks_opened_again_hold_what_the_round_holds_and_no_formula(
    last: Fixed, client: Client, db: Session, conflicts: Conflicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack = '=HYPERLINK("http://evil.example","x")'
    entry = last.fresh(last.submissions[0])
    entry.title = attack
    db.add(entry)
    db.commit()
    last.do(
        actions.decide,
        last.secretary,
        round_id=last.round.id,
        given={1: Given("accepted", "+SUM(1;2) 明确入选")},
    )
    seen: list[str] = []

    def listen(_db: Session, _actor: Actor, _round: Round, what: str, *_rest: object) -> None:
        seen.append(what)

    monkeypatch.setattr(sight, "_listeners", [listen])
    conflicts.add(last.secretary.id, last.submissions[5].id)
    url = f"/rounds/{last.round.id}/round"
    plain = last.enter(client, last.secretary).get(f"{url}.xlsx")
    assert plain.status_code == 200
    found = sheets(plain.content)
    works, reviews = found["全部申报"], found["评审意见（字母代称）"]
    assert [row[0] for row in works[1:]] == [1, 2, 3, 4, 5]
    assert works[1][1] == attack
    assert "+SUM(1;2) 明确入选" in works[1]
    assert [(row[0], row[1]) for row in reviews[1:4]] == [(1, "E"), (1, "F"), (1, "G")]
    assert reviews[1][3] == pytest.approx(100)
    assert len(reviews) == 1 + 15
    assert "专家1" not in str(found)
    assert "申报人1" not in str(found)
    assert seen == []
    assert client.get(f"{url}-named.xlsx").status_code == 405
    named = sheets(client.post(f"{url}-named.xlsx").content)
    assert {"专家1", "专家2", "专家3"} <= {row[-1] for row in named["评审意见（字母代称）"][1:4]}
    assert "申报人1" in str(named["全部申报"])
    assert "申报人6" not in str(named)
    assert seen == ["conclusions.workbook"]
    summary = Document(io.BytesIO(client.get(f"/rounds/{last.round.id}/summary.docx").content))
    assert summary.tables[1].rows[1].cells[1].text == attack
    events = db.exec(select(AuditEvent).where(AuditEvent.verb == "review_submission.outcome")).all()
    assert len(events) == 1
