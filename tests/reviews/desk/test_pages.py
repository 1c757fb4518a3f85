"""Pages of rounds: who sees what of which, the whole way by forms, the links of the mail, what a page costs."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest

from portal.kit.clock import now, shanghai
from portal.reviews.rounds import standing
from portal.reviews.rounds.actions import drafting, lifecycle, submissions
from portal.reviews.rounds.forms import PersonForm, RoundForm
from portal.reviews.rounds.models import InvitationState, Seat, SeatState, Submission
from portal.reviews.staffing.actions.notes import FOUND
from tests.guards.test_budget import counted
from tests.reviews.desk.conftest import TEXT, Desk
from tests.reviews.rounds import expert
from tests.support.browser import Client
from tests.support.make import Person


def mailed(desk: Desk, person: Person) -> str:
    """The path of the link to accept."""
    found = re.search(r"https?://[^/\s]+(/reviews/answer/\S+)", desk.mails(person)[-1].body)
    assert found is not None
    return found[1]


def test_a_link_answers_only_by_its_button_once_and_in_time(client: Client, desk: Desk) -> None:
    desk.begun()
    first, second, third = desk.experts
    link = mailed(desk, first)
    for _look in range(2):  # a program that looks at mails opens both links
        page = client.get(link)
        assert page.status_code == 200
        assert "本人承诺保密" in page.text
        assert page.text.count('<form method="post" class="form narrow"') == 1
        assert client.get(f"{link}/decline").status_code == 200
    assert desk.invitation(first).state is InvitationState.sent
    assert client.post(link).status_code == 200
    row = desk.invitation(first)
    assert (row.state, row.pledged_at is not None) == (InvitationState.accepted, True)
    assert {seat.state for seat in desk.seats(first)} == {SeatState.accepted}
    for again in (client.get(link), client.post(link), client.post(f"{link}/decline")):
        assert again.status_code == 404
    refused = client.post(
        f"{mailed(desk, second)}/decline",
        data={"declined_for": "time", "reason": "出差", "suggestion": "某教授"},
    )
    assert refused.status_code == 200
    assert desk.invitation(second).suggestion == "某教授"
    late = mailed(desk, third)
    desk.pass_time(desk.invitation(third))
    assert client.post(late).status_code == 409
    desk.clock()
    assert client.get(late).status_code == 404
    assert client.get("/reviews/answer/nothing-like-a-secret").status_code == 404


def test_an_expert_answers_when_signed_in_and_nobody_else_can(client: Client, desk: Desk) -> None:
    desk.begun()
    first, second, _third = desk.experts
    key = desk.invitation(first).id
    assert client.get("/me/invitations").status_code in (303, 401)
    desk.enter(client, second)
    assert client.get(f"/me/invitations/{key}").status_code == 404
    assert client.post(f"/me/invitations/{key}", data={"accept": "1", "pledge": "1"}).status_code == 404
    desk.enter(client, first)
    assert str(key) in client.get("/me/invitations").text
    assert client.post(f"/me/invitations/{key}", data={"accept": "1"}).status_code == 422
    assert client.post(f"/me/invitations/{key}", data={"accept": "1", "pledge": "1"}).status_code == 303
    assert client.post(f"/me/invitations/{key}", data={"accept": "1", "pledge": "1"}).status_code == 409
    assert (
        client.post(f"/me/invitations/{key}", data={"accept": "0", "declined_for": "away"}).status_code == 303
    )
    assert desk.invitation(first).state is InvitationState.declined


def test_the_list_shows_public_rounds_and_ones_own(
    client: Client, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    title, member = "规划实施监测算法评审", desk.make.account("路人")
    people = {"nobody": None, "member": member, "expert": desk.experts[0], "secretary": desk.secretary}

    def seen() -> set[str]:
        found = set()
        for name, person in people.items():
            page = desk.enter(client, person).get("/rounds").text
            listed = client.get("/api/v1/rounds").json()["items"]
            there = client.get(f"/rounds/{desk.round.id}").status_code == 200
            assert (title in page) == there == any(row["id"] == str(desk.round.id) for row in listed), name
            assert (title in client.get("/rounds.csv").text) == there, name
            found |= {name} if there else set()
        return found

    assert seen() == {"secretary"}  # a draft, though it is to be public
    desk.begun()
    people["applicant"] = desk.applicants[0]
    assert seen() == {"nobody", "member", "expert", "applicant", "secretary"}
    hidden = RoundForm(title_zh=title, public=False)
    desk.do(drafting.describe, desk.secretary, round_id=desk.round.id, given=hidden)
    assert seen() == {"expert", "applicant", "secretary"}
    people["panellist"] = sitting = desk.make.account("会评专家")
    monkeypatch.setattr(standing, "_panels", [lambda _db, who, _round: who == sitting.id])
    monkeypatch.setattr(
        standing, "_panel_rounds", [lambda _db, who: {desk.round.id} if who == sitting.id else ()]
    )
    assert seen() == {"expert", "applicant", "secretary", "panellist"}
    desk.enter(client, desk.experts[0])
    assert title in client.get("/rounds?mine=1").text
    assert title not in client.get("/rounds?state=over").text
    assert title not in client.get("/rounds?q=没有这个").text


def test_pages_of_the_secretariat_are_nobody_elses(client: Client, desk: Desk) -> None:
    desk.begun()
    at = f"/rounds/{desk.round.id}"
    pages = (
        "/submissions",
        "/submissions.csv",
        "/submissions/new",
        "/invitations",
        "/invitations.csv",
        "/shape",
        "/edit",
    )
    for person, status in ((None, {401, 303}), (desk.applicants[0], {403}), (desk.experts[0], {403})):
        desk.enter(client, person)
        for page in pages:
            assert client.get(at + page).status_code in status, page
        for verb in ("begin", "open", "cancel", "extend"):
            assert client.post(f"{at}/moves/{verb}", data={"reason": "不想办了"}).status_code in status, verb
        overview = client.get(at).text
        for one in (*desk.experts, *desk.applicants):
            if one is not person:
                assert one.account.name not in overview.split("<main")[1]
    desk.enter(client, desk.secretary)
    for page in pages:
        assert client.get(at + page).status_code in (200, 303), page
    table = client.get(f"{at}/submissions.csv").content.decode("utf-8-sig")
    assert table.count(desk.experts[0].account.name) == 2
    assert desk.experts[0].account.name in client.get(f"{at}/invitations.csv").text


def test_a_submission_is_read_by_whoever_has_to(client: Client, desk: Desk) -> None:
    desk.begun()
    desk.accept(desk.experts[0])
    at = f"/rounds/{desk.round.id}/submissions"
    reads = {
        desk.secretary.id: {1, 2}, desk.experts[0].id: {1, 2}, desk.applicants[0].id: {1}, desk.experts[1].id: set(),
    }  # fmt: skip
    for person in (desk.secretary, desk.experts[0], desk.applicants[0], desk.experts[1]):
        desk.enter(client, person)
        listed = client.get(f"/api/v1{at}").json()["items"]
        assert {row["number"] for row in listed} == reads[person.id]
        for number in (1, 2):
            expected = 200 if number in reads[person.id] else 404
            page = client.get(f"{at}/{number}")
            assert page.status_code == expected
            assert client.get(f"/api/v1{at}/{number}").status_code == expected
            if expected == 200 and person is not desk.secretary:
                assert desk.experts[1].account.name not in page.text
    for wrong in ("0", "99", "x", "1e3", "٣", "9" * 20):
        assert client.get(f"{at}/{wrong}").status_code == 404
    desk.enter(client, desk.applicants[0])
    assert client.post(f"{at}/1/people/new", data={"name": "某某"}).status_code == 403
    assert client.post(f"{at}/2/withdraw", data={"reason": "不想参评"}).status_code == 404
    assert client.post(f"{at}/1/withdraw", data={"reason": ""}).status_code == 422
    assert client.post(f"{at}/1/withdraw", data={"reason": "改报其他批次"}).status_code == 303


def test_reasons_are_read_in_the_readers_language_and_as_they_were_typed(client: Client, desk: Desk) -> None:
    desk.begun()
    found, typed = desk.seats(desk.experts[0])[0], desk.seats(desk.experts[1])[0]
    found.state_reason, typed.state_reason = FOUND, "时间冲突 50% <b>无法</b>参加"
    desk.db.add_all([found, typed])
    desk.db.commit()
    page = desk.enter(client, desk.secretary).get(f"/rounds/{desk.round.id}/submissions/1").text
    assert "发现利益冲突" in page
    assert "时间冲突 50% &lt;b&gt;无法&lt;/b&gt;参加" in page


def test_names_and_evidence_stay_hidden_in_a_double_blind_round(client: Client, desk: Desk) -> None:
    shape = drafting.Shape.model_validate(desk.fresh(desk.round).shape | {"blind": "double"})
    desk.do(drafting.shape, desk.secretary, round_id=desk.round.id, given=shape)
    entry = desk.enter_text(anonymous=True)
    benchmark = {"label": "Benchmark result", "value": "某榜 0.91", "url": "/benchmarks/a/b", "level": "info"}
    scan = {"label": "Security scan", "value": "no objection", "url": "/assets/a/b", "level": "good"}
    entry.evidence = [benchmark | {"names_somebody": "1"}, scan | {"names_somebody": ""}]
    desk.db.add(entry)
    desk.db.commit()
    given = PersonForm(name="隐名人", organisation_name="隐名院", lead=True)
    desk.do(submissions.add_person, desk.secretary, round_id=desk.round.id, number=1, given=given)
    desk.give(1, desk.experts[0])
    desk.do(lifecycle.begin_inviting, desk.secretary, round_id=desk.round.id)
    desk.accept(desk.experts[0])
    at = f"/rounds/{desk.round.id}/submissions/1"
    page = desk.enter(client, desk.experts[0]).get(at).text
    said = client.get(f"/api/v1{at}").json()
    for word in ("隐名人", "隐名院", "某榜", "/benchmarks/a/b", "/assets/a/b"):
        assert word not in page
        assert word not in str(said)
    assert "未发现问题" in page, "in the reader's language"
    review = client.get(f"{at}/review").text
    assert "未发现问题" in review
    for word in ("隐名人", "某榜", "/benchmarks/a/b", "/assets/a/b"):
        assert word not in review, "the page of the review hides what the page of the submission hides"
    page = desk.enter(client, desk.secretary).get(at).text
    assert "隐名人" in page
    assert "某榜 0.91" in page


def test_a_secretary_in_conflict_sees_a_number_and_nothing_more(
    client: Client, desk: Desk, conflicts: set[Any]
) -> None:
    desk.begun()
    secret = desk.submissions[0]
    alone = expert(desk, "独评人")
    desk.accept(desk.experts[0])
    conflicts.add((desk.secretary.id, secret.id))
    at = f"/rounds/{desk.round.id}"
    desk.enter(client, desk.secretary)
    assert client.get(f"{at}/submissions/1").status_code == 404
    for page in (at, f"{at}/submissions", f"{at}/submissions.csv", f"{at}/invitations"):
        assert secret.title not in client.get(page).text
    assert client.get(f"{at}/invitations").status_code == 403
    assert client.get(f"{at}/invitations.csv").status_code == 403
    before = {page: client.get(page).text for page in (at, f"{at}/submissions", f"{at}/invitations")}
    state = SeatState.accepted
    desk.db.add(
        Seat(round_id=desk.round.id, submission_id=secret.id, account_id=alone.id, alias=90, state=state)
    )
    desk.db.commit()
    for page, text in before.items():
        nonce = re.compile(r'nonce="[^"]*"|data-copy="[0-9a-f]{16}"|<code>[0-9a-f]{16}</code>')
        assert nonce.sub("", client.get(page).text) == nonce.sub("", text), page


def test_the_whole_way_by_forms(client: Client, desk: Desk) -> None:
    desk.enter(client, desk.secretary)
    assert client.get("/admin/round-templates").status_code == 200
    assert client.get("/rounds/new?template=panel-review").status_code == 200
    assert client.post("/rounds/new", data={"template": "nothing", "title_zh": "一次评审"}).status_code == 422
    made = client.post(
        "/rounds/new", data={"template": "panel-review", "title_zh": "一次会议评审", "public": "1"}
    )
    at = made.headers["location"]
    assert client.post(f"{at}/edit", data={"title_zh": "短"}).status_code == 422
    assert client.post(f"{at}/edit", data={"title_zh": "改名的会议评审", "public": "1"}).status_code == 303
    assert client.post(f"{at}/moves/begin").status_code == 409
    assert (
        client.post(f"{at}/submissions/new", data={"by": "text", "title": "短", "text": "短"}).status_code
        == 422
    )
    entry = client.post(
        f"{at}/submissions/new", data={"by": "text", "title": "一份申报材料", "text": TEXT, "panel": "甲组"}
    )
    first = entry.headers["location"]
    assert client.post(f"{first}/people/new", data={"orcid": "1"}).status_code == 422
    assert client.post(f"{first}/people/new", data={"name": "申报人甲", "lead": "1"}).status_code == 303
    assert client.post(f"{first}/exclusions/new", data={}).status_code == 422
    assert client.post(f"{first}/exclusions/new", data={"name": "某专家"}).status_code == 303
    assert (
        client.post(
            f"{first}/edit", data={"title": "改过的申报材料", "text": TEXT, "panel": "甲组"}
        ).status_code
        == 303
    )
    bad = client.post(f"{at}/submissions/new", data={"by": "table", "table": "title,text\n短,短\n"})
    assert bad.status_code == 422
    table = f"title,text,panel\n第二份申报材料,{TEXT},乙组\n".encode()
    files = {"file": ("t.csv", table, "text/csv")}
    assert client.post(f"{at}/submissions/new", data={"by": "table"}, files=files).status_code == 303
    files = {"file": ("t.csv", "title\n中文".encode("gbk"), "text/csv")}
    assert client.post(f"{at}/submissions/new", data={"by": "table"}, files=files).status_code == 422
    for page in ("?by=subject", "?by=table", ""):
        assert client.get(f"{at}/submissions/new{page}").status_code == 200
    slug = desk.experts[0].namespace.slug
    assert client.post(f"{at}/invitations", data={"experts": "nobody-here"}).status_code == 422
    assert client.post(f"{at}/invitations", data={"experts": slug}).status_code == 303
    assert client.post(f"{at}/seats", data={"expert": slug, "number": "1"}).status_code == 303
    assert client.post(f"{at}/invitations/send").status_code == 409
    assert "乙组" in client.get(f"{at}/submissions").text
    assert "第二份" not in client.get(f"{at}/submissions?panel=甲组").text
    assert client.post(f"{at}/moves/begin").status_code == 303
    assert client.get(f"{at}/shape").status_code == 303
    until = f"{shanghai(now() + dt.timedelta(days=20)):%Y-%m-%dT%H:%M}"
    assert client.post(f"{at}/moves/extend", data={"until": "x", "reason": ""}).status_code == 422
    assert client.post(f"{at}/moves/extend", data={"until": until, "reason": "假期顺延"}).status_code == 303
    assert "假期顺延" in client.get(at).text
    wrong = {"began": until, "ended": until, "reason": "机房断电"}
    assert client.post(f"{at}/moves/outage", data=wrong).status_code == 422
    assert client.post(f"{at}/moves/nothing").status_code == 404
    assert client.post(f"{at}/moves/cancel", data={"reason": ""}).status_code == 422
    assert client.post(f"{at}/moves/cancel", data={"reason": "征集条件变化"}).status_code == 303
    assert "征集条件变化" in desk.enter(client, None).get(at).text


def test_the_api_answers_and_refuses_as_documented(client: Client, desk: Desk) -> None:
    desk.begun()
    at = f"/api/v1/rounds/{desk.round.id}"
    said = client.get(at).json()
    assert said["shape"]["blind"] == "single"
    assert [span["phase"] for span in said["timeline"]][:2] == ["preparation", "invitation"]
    assert client.get(f"{at}/submissions").json() == {"items": []}
    assert client.get(f"/api/v1/rounds/{uuid.UUID(int=7)}").status_code == 404
    assert client.get("/api/v1/me/invitations").status_code == 401
    desk.enter(client, desk.experts[0])
    key = client.get("/api/v1/me/invitations").json()["items"][0]["id"]
    post = f"/api/v1/me/invitations/{key}/answer"
    assert client.post(post, json={"accept": True}).status_code == 422
    assert client.post(post, json={"accept": True, "pledge": True}).json()["state"] == "accepted"
    assert client.post(post, json={"accept": True, "pledge": True}).status_code == 409
    other = desk.invitation(desk.experts[1]).id
    assert client.post(f"/api/v1/me/invitations/{other}/answer", json={"accept": False}).status_code == 404


@pytest.mark.parametrize("who", ["secretary", "expert", "nobody"])
def test_pages_cost_the_same_however_much_there_is(client: Client, desk: Desk, who: str) -> None:
    desk.begun(entries=2)
    desk.accept(*desk.experts)
    person = {"secretary": desk.secretary, "expert": desk.experts[0], "nobody": None}[who]
    at = f"/rounds/{desk.round.id}"
    pages = ["/rounds", at] + {
        "secretary": [
            f"{at}/submissions",
            f"{at}/submissions.csv",
            f"{at}/invitations",
            f"{at}/submissions/1",
        ],
        "expert": [f"{at}/submissions/1", "/me/invitations"],
        "nobody": [],
    }[who]

    def costs() -> dict[str, int]:
        found = {}
        for page in pages:
            desk.enter(client, person).get(page)
            with counted() as statements:
                assert client.get(page).status_code == 200, page
            found[page] = len(statements)
        return found

    before = costs()
    for number in range(3, 9):
        row = desk.fresh(desk.submissions[0])
        copy = Submission(**row.model_dump(exclude={"id", "number"}), number=number)
        desk.db.add(copy)
        desk.db.flush()
        for place, one in enumerate(desk.experts):
            seat = desk.seats(one)[0].model_dump(exclude={"id", "submission_id", "alias"})
            desk.db.add(Seat(**seat, submission_id=copy.id, alias=place + 1))
        desk.db.commit()
    assert costs() == before
    assert max(before.values()) <= 16, before
