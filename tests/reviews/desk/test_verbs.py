"""Templates, drafts, submissions, the life of a round: each verb allowed and refused."""

import pytest

from portal.experts.actions.disciplines import merge
from portal.experts.models import Discipline
from portal.kit.errors import Clash, Conflict, Forbidden, Invalid, NotFound
from portal.reviews.rounds import hooks, shipped
from portal.reviews.rounds.actions import drafting, importing, invitations, lifecycle, submissions, templates
from portal.reviews.rounds.forms import (
    ExclusionForm,
    NewRoundForm,
    PersonForm,
    RoundForm,
    SubjectForm,
    SubmissionForm,
    TemplateForm,
)
from portal.reviews.rounds.models import Phase, RoundState, SeatState, SubmissionState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.shape import Shape
from tests.reviews.desk.conftest import TEXT, Desk, phase_of
from tests.reviews.rounds import SHAPE


def test_templates_are_shipped_changed_copied_and_switched_off(desk: Desk) -> None:
    assert {each.key for each in shipped.templates()} == {
        "mail-review", "panel-review", "challenge-bids", "young-scholars", "event-talks"
    }  # fmt: skip
    assert all(each.shape.pledge("zh_Hans") and each.source for each in shipped.templates())
    shape = Shape.model_validate(SHAPE)
    desk.do(templates.change, desk.secretary, key="mail-review", shape=shape)
    assert desk.do(templates.load_shipped, desk.secretary) == 0
    assert Shape.model_validate(basic.template(desk.db, "mail-review").shape) == shape  # type: ignore[union-attr]
    given = TemplateForm(key="own-review", title_zh="本单位评审", source="平台规则")
    desk.do(templates.copy, desk.secretary, key="mail-review", given=given)
    with pytest.raises(Clash):
        desk.do(templates.copy, desk.secretary, key="mail-review", given=given)
    desk.do(templates.set_active, desk.secretary, key="own-review", active=False)
    new = NewRoundForm(title_zh="另一评审活动", template="own-review")
    with pytest.raises(Clash):
        desk.do(drafting.create, desk.secretary, given=new)
    with pytest.raises(Forbidden):
        desk.do(templates.change, desk.experts[0], key="own-review", shape=shape)


def test_only_the_secretariat_makes_and_changes_rounds(desk: Desk) -> None:
    given = NewRoundForm(title_zh="他人的评审活动", template="mail-review")
    outsider = desk.make.account("路人")
    with pytest.raises(Forbidden):
        desk.do(drafting.create, outsider, given=given)
    for verb, values in (
        (drafting.describe, {"given": RoundForm(title_zh="改名的评审")}),
        (drafting.shape, {"given": Shape.model_validate(SHAPE)}),
        (submissions.enter_text, {"given": SubmissionForm(title="一份申报", text=TEXT)}),
        (importing.import_table, {"content": "title,text\n"}),
        (lifecycle.begin_inviting, {}),
        (lifecycle.open_reviews, {}),
        (lifecycle.close_reviews, {}),
        (lifecycle.next_phase, {}),
        (lifecycle.conclude, {}),
        (lifecycle.cancel, {"reason": "不再需要"}),
        (invitations.send, {}),
    ):
        with pytest.raises(Forbidden):
            desk.do(verb, outsider, round_id=desk.round.id, **values)


def test_submissions_people_and_exclusions(desk: Desk) -> None:
    key, boss = desk.round.id, desk.secretary
    first, second = desk.enter_text(), desk.enter_text("申报之二：公共服务可达性", panel="b")
    assert (first.number, second.number) == (1, 2)
    person = desk.experts[0]
    unit = desk.make.organisation("申报单位")
    given = PersonForm(person=person.namespace.slug, organisation=unit.namespace.slug)
    named = desk.do(submissions.add_person, boss, round_id=key, number=1, given=given)
    assert (named.lead, named.organisation_id) == (True, unit.id)
    with pytest.raises(Clash):
        desk.do(submissions.add_person, boss, round_id=key, number=1, given=given)
    nobody = PersonForm(person="nobody-here", organisation="nowhere-here")
    with pytest.raises(Clash) as refused:
        desk.do(submissions.add_person, boss, round_id=key, number=1, given=nobody)
    assert set(refused.value.fields) == {"person", "organisation"}
    barred = ExclusionForm(name="钱某", organisation_name="某院", reason="有过争议")
    row = desk.do(submissions.add_exclusion, boss, round_id=key, number=1, given=barred)
    desk.do(submissions.remove_exclusion, boss, round_id=key, number=1, exclusion_id=row.id)
    desk.do(submissions.remove_person, boss, round_id=key, number=1, person_id=named.id)
    with pytest.raises(NotFound):
        desk.do(submissions.remove_person, boss, round_id=key, number=1, person_id=named.id)
    unknown = SubjectForm(kind="no-such-kind", address="x/y")
    with pytest.raises(Clash):
        desk.do(submissions.enter_subject, boss, round_id=key, given=unknown)


def test_whoever_leads_may_withdraw_and_reviewers_are_freed(desk: Desk) -> None:
    desk.begun()
    desk.accept(desk.experts[0])
    stranger = desk.make.account("路人")
    with pytest.raises(NotFound):
        desk.do(submissions.withdraw, stranger, round_id=desk.round.id, number=1, reason="")
    with pytest.raises(Forbidden):
        desk.do(submissions.withdraw, desk.applicants[1], round_id=desk.round.id, number=1, reason="")
    row = desk.do(
        submissions.withdraw, desk.applicants[0], round_id=desk.round.id, number=1, reason="改报他处"
    )
    assert row.state is SubmissionState.withdrawn
    states = {seat.submission_id: seat.state for seat in desk.seats(desk.experts[0])}
    assert states[row.id] is SeatState.replaced
    assert states[desk.submissions[1].id] is SeatState.accepted
    with pytest.raises(Conflict):
        desk.do(submissions.withdraw, desk.applicants[0], round_id=desk.round.id, number=1, reason="")


def test_double_blind_text_is_confirmed_to_name_nobody(desk: Desk) -> None:
    shape = Shape.model_validate(SHAPE | {"blind": "double"})
    desk.do(drafting.shape, desk.secretary, round_id=desk.round.id, given=shape)
    with pytest.raises(Invalid) as refused:
        desk.enter_text()
    assert "anonymous" in refused.value.fields
    assert desk.enter_text(anonymous=True).number == 1


def test_a_table_is_taken_over_whole_or_not_at_all(desk: Desk) -> None:
    person = desk.experts[0].namespace.slug
    good = (
        "title,text,panel,keywords,person,name,organisation_name,exclude_name,lead\r\n"
        f'城市体检方法,"{TEXT}",a,体检;遥感,{person},,,,1\r\n'
        ",,,,,李某某,某某大学,王某,\r\n"
        f"公共服务评价,{TEXT},b,,,张某某,,,\r\n"
    )
    made = desk.do(importing.import_table, desk.secretary, round_id=desk.round.id, content="\ufeff" + good)
    assert [row.number for row in made] == [1, 2]
    assert made[0].keywords == ["体检", "遥感"]
    people = basic.people(desk.db, [row.id for row in made])
    assert [(row.name, row.lead) for row in people] == [("专家一", True), ("李某某", False), ("张某某", True)]
    assert [row.name for row in basic.exclusions(desk.db, [made[0].id])] == ["王某"]
    bad = (
        "title,text,person,orcid\n,,somebody,\n短,太短,,\n"
        f"题目合格的申报,{TEXT},nobody-here,\n另一合格的申报,{TEXT},{person},0000-0002-1825-0098\n一,二,三,四,五\n"
    )
    with pytest.raises(Invalid) as refused:
        desk.do(importing.import_table, desk.secretary, round_id=desk.round.id, content=bad)
    said = refused.value.fields["table"].split("\n")
    assert [line.split("行")[0].strip("第 ") for line in said] == ["2", "3", "4", "5", "6"]
    assert "person" in said[2]
    assert "orcid" in said[3]
    assert basic.last_number(desk.db, desk.round.id) == 2
    for wrong in ("titel,text\n", "", 'title,text\n"x\n', "text\n只有文字"):
        with pytest.raises(Invalid):
            desk.do(importing.import_table, desk.secretary, round_id=desk.round.id, content=wrong)


def test_inviting_freezes_rules_and_texts(desk: Desk) -> None:
    key, boss = desk.round.id, desk.secretary
    with pytest.raises(Conflict):
        desk.do(lifecycle.begin_inviting, boss, round_id=key)
    desk.enter_text()
    with pytest.raises(Conflict):
        desk.do(lifecycle.begin_inviting, boss, round_id=key)
    desk.give(1, desk.experts[0])
    sent = desk.do(lifecycle.begin_inviting, boss, round_id=key)
    assert sent.asked == [desk.experts[0].id]
    row = desk.fresh(desk.round)
    assert row.shape_digest == Shape.model_validate(row.shape).digest()
    entry = basic.submission_by_number(desk.db, key, 1)
    assert entry is not None
    assert entry.digest == submissions.read_digest(entry)
    assert row.review_until > row.deadline_at
    with pytest.raises(Conflict):
        desk.do(drafting.shape, boss, round_id=key, given=Shape.model_validate(SHAPE))
    with pytest.raises(Conflict):
        desk.enter_text("迟到的申报")
    given = SubmissionForm(title="改过的题目", text=TEXT)
    with pytest.raises(Conflict):
        desk.do(submissions.change, boss, round_id=key, number=1, given=given)


def test_a_round_from_the_first_invitation_to_its_end(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[tuple[Phase, Phase]] = []
    monkeypatch.setattr(hooks, "_entered", [lambda _db, _actor, row, was: ended.append((was, row.phase))])
    key, boss = desk.round.id, desk.secretary
    desk.begun(people=2)
    with pytest.raises(Conflict):
        desk.do(lifecycle.open_reviews, boss, round_id=key)
    desk.accept(*desk.experts[:2])
    desk.do(lifecycle.open_reviews, boss, round_id=key)
    assert phase_of(desk) is Phase.review
    assert any("评审" in mail.subject for mail in desk.mails(desk.experts[0]))
    with pytest.raises(Conflict):
        desk.do(lifecycle.close_reviews, boss, round_id=key)
    for person in desk.experts[:2]:
        for seat in desk.seats(person):
            seat.state = SeatState.submitted
            desk.db.add(seat)
        desk.db.commit()
    desk.do(lifecycle.close_reviews, boss, round_id=key)
    assert phase_of(desk) is Phase.rebuttal
    assert len(desk.mails(desk.applicants[0])) == 1
    with pytest.raises(Conflict):
        desk.do(lifecycle.next_phase, boss, round_id=key)
    desk.pass_time()
    assert desk.clock() == 1
    assert phase_of(desk) is Phase.discussion
    for following in (Phase.panel, Phase.conclusion):
        desk.do(lifecycle.next_phase, boss, round_id=key)
        assert phase_of(desk) is following
    with pytest.raises(Conflict) as refused:
        desk.do(lifecycle.conclude, boss, round_id=key)
    assert "1, 2" in str(refused.value)
    for entry in basic.submissions(desk.db, key):
        entry.state, entry.outcome = SubmissionState.decided, "accepted"
        desk.db.add(entry)
    desk.db.commit()
    desk.do(lifecycle.conclude, boss, round_id=key)
    row = desk.fresh(desk.round)
    assert (row.state, row.phase, row.deadline_at) == (RoundState.concluded, Phase.over, None)
    assert {seat.state for seat in desk.seats(desk.experts[0])} == {SeatState.locked}
    assert ended[:2] == [(Phase.preparation, Phase.invitation), (Phase.invitation, Phase.review)]
    assert ended[-1] == (Phase.conclusion, Phase.over)
    with pytest.raises(Conflict):
        desk.do(lifecycle.cancel, boss, round_id=key, reason="为时已晚")


def test_cancelling_takes_everything_back_and_says_why(desk: Desk) -> None:
    desk.begun()
    desk.accept(desk.experts[0])
    with pytest.raises(Invalid):
        desk.do(lifecycle.cancel, desk.secretary, round_id=desk.round.id, reason=" ")
    desk.do(lifecycle.cancel, desk.secretary, round_id=desk.round.id, reason="征集条件有重大变化")
    assert desk.fresh(desk.round).state is RoundState.cancelled
    for person in desk.experts:
        assert {seat.state for seat in desk.seats(person)} == {SeatState.replaced}
        assert "征集条件有重大变化" in desk.mails(person)[-1].body
    assert "征集条件有重大变化" in desk.mails(desk.applicants[0])[-1].body


def test_a_merged_discipline_is_followed_until_the_round_invites(desk: Desk) -> None:
    desk.db.add_all(Discipline(code=code, name_zh=code, name_en=code) for code in ("Z01", "Z02", "Z03"))
    desk.db.commit()
    desk.enter_text(disciplines=["Z01", "Z02"])
    desk.give(1, desk.experts[0])
    desk.do(merge, desk.secretary, code="Z01", into="Z02")
    entry = basic.submission_by_number(desk.db, desk.round.id, 1)
    assert entry is not None
    assert desk.fresh(entry).disciplines == ["Z02"]
    desk.do(lifecycle.begin_inviting, desk.secretary, round_id=desk.round.id)
    frozen = desk.fresh(entry).digest
    desk.do(merge, desk.secretary, code="Z02", into="Z03")
    assert desk.fresh(entry).disciplines == ["Z02"]
    assert desk.fresh(entry).digest == frozen == submissions.read_digest(desk.fresh(entry))
