"""The whole way, every stage by every verb, gates recomputed, votes, suspension at once, deadlines, conflicts."""

import datetime as dt
import itertools
import uuid
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from portal.audit.models import AuditEvent
from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Clash, Conflict, Forbidden, Invalid
from portal.notices.models import Notice
from portal.reviews.publicity.models import NoticeState, PublicNotice
from portal.reviews.rounds.models import Round, RoundState, Submission, SubmissionState
from portal.reviews.rounds.shipped import templates
from portal.reviews.scores.models import RunState, ScoreRun
from portal.reviews.scores.results import Result as Computed
from portal.reviews.scores.results import Row
from registry.assets.models import AssetKind
from registry.certification.actions import common as certification
from registry.certification.models import CertificateState, Level
from registry.promotion import shown
from registry.promotion.actions import moving, nominating, profiles, sites
from registry.promotion.actions.moving import GateUnmet
from registry.promotion.forms import ProfileInput, Rules, SiteInput
from registry.promotion.models import (
    FINAL,
    PROMOTION_TRANSITIONS,
    RUNNING,
    TIMED_OUT,
    TRACK,
    PromotionStep,
    SiteVerdict,
    Stage,
)
from registry.promotion.queries import gathering
from registry.versions.models import VersionState
from tests.promotion.conftest import REASON, Desk

NO_GATES: dict[str, list[dict[str, Any]]] = {}
OPEN_GATE = {"code": "g", "kind": "benchmarks"}


def steps(desk: Desk, key: uuid.UUID) -> list[PromotionStep]:
    desk.db.expire_all()
    found = select(PromotionStep).where(PromotionStep.promotion_id == key)
    return list(desk.db.exec(found.order_by(PromotionStep.number)))  # type: ignore[arg-type]


def test_from_the_nomination_to_the_national_list(desk: Desk) -> None:
    key = desk.nominate()
    desk.rules(
        key,
        {
            "qualified": [{"code": "c", "kind": "certified"}],
            "pilot_assessed": [{"code": "s", "kind": "pilot_sites", "sites": 2}],
            "regional": [
                {"code": "p", "kind": "not_pickle"},
                {"code": "r", "kind": "certified", "level": "rollout"},
            ],
            "national": [{"code": "n", "kind": "notice"}],
        },
    )
    with pytest.raises(GateUnmet):
        desk.advance(key, Stage.qualified)
    certificate = desk.certify()
    desk.advance(key, Stage.qualified)
    desk.advance(key, Stage.reviewed)
    desk.advance(key, Stage.pilot)
    desk.site(key, "甲市节点")
    with pytest.raises(GateUnmet):
        desk.advance(key, Stage.pilot_assessed)
    desk.site(key, "乙市节点", SiteVerdict.limited)
    desk.advance(key, Stage.pilot_assessed)
    desk.advance(key, Stage.regional)
    desk.advance(key, Stage.notice)
    notice = desk.db.exec(select(PublicNotice).where(PublicNotice.subject_id == key)).one()
    assert notice.state is NoticeState.running
    with pytest.raises(GateUnmet):
        desk.advance(key, Stage.national)
    notice.state = NoticeState.settled
    desk.db.add(notice)
    desk.db.commit()
    desk.advance(key, Stage.national)
    log = steps(desk, key)
    assert [step.stage for step in log] == list(TRACK)
    assert log[1].gates == [{"code": "c", "met": True, "digests": [certificate.statement_sha256]}]
    verbs = [
        e.verb
        for e in desk.db.exec(select(AuditEvent).where(AuditEvent.object_id == str(key)))
        if "site" not in e.verb
    ]
    assert verbs == [f"promotion.{stage.value}" for stage in TRACK]
    told = [n.message for n in desk.db.exec(select(Notice).where(Notice.account_id == desk.owner.id))]
    assert told


def test_every_stage_by_every_target(desk: Desk) -> None:
    key = desk.nominate()
    desk.rules(key, NO_GATES)
    for old, new in itertools.product(Stage, Stage):
        desk.put(key, old, "pilot" if old is Stage.suspended else "")
        follows = (
            Stage.pilot
            if old is Stage.suspended
            else TRACK[TRACK.index(old) + 1]
            if old in TRACK[:-1]
            else None
        )
        if new is follows:
            # What enters public notice is put up there; that is tried elsewhere.
            if new is not Stage.notice:
                desk.advance(key, new)
                assert desk.stage(key) is new
        else:
            with pytest.raises(Conflict):
                desk.advance(key, new)
            assert desk.stage(key) is old
        desk.put(key, old, "pilot" if old is Stage.suspended else "")
        if new in (Stage.suspended, Stage.rolled_back, Stage.retired):
            values = {"promotion_id": key, "target": new, "reason": REASON}
            if new in PROMOTION_TRANSITIONS.get(old, {}):
                desk.do(moving.stop, desk.committee[0], **values)
                assert desk.stage(key) is new
            else:
                with pytest.raises(Conflict):
                    desk.do(moving.stop, desk.committee[0], **values)


def test_the_clock_ends_every_stage(desk: Desk) -> None:
    key = desk.nominate()
    desk.rules(key, NO_GATES)
    assert set(TIMED_OUT) == set(Stage) - set(FINAL)
    for old in Stage:
        desk.put(key, old, "pilot" if old is Stage.suspended else "")
        desk.late(key)
        with transaction() as db:
            moving.watch(db)
        assert desk.stage(key) is TIMED_OUT.get(old, old)


def test_who_moves_it_on(desk: Desk) -> None:
    """Every role by every step: only those of the table; never whoever has part in it, whatever the role."""
    key = desk.nominate()
    desk.rules(key, NO_GATES)
    both = desk.make.account("推荐的秘书", roles=("secretariat", "promotion_committee"))
    people = {
        "": desk.make.account("路人"), "owner": desk.owner, "nominator": desk.nominator, "insider": desk.insider,
        "secretariat": desk.secretary, "promotion_committee": desk.committee[0],
        "certifier": desk.make.account("认证员", roles=("certifier",)),
        "auditor": desk.make.account("审计员", roles=("auditor",)),
        "system_admin": desk.make.account("管理员", roles=("system_admin",)),
    }  # fmt: skip
    for old, new in itertools.pairwise(TRACK):
        for role, person in people.items():
            desk.put(key, old)
            if role in PROMOTION_TRANSITIONS[old][new]:
                if new is not Stage.notice:
                    desk.advance(key, new, person)
                    assert desk.stage(key) is new
            else:
                with pytest.raises(Forbidden):
                    desk.advance(key, new, person)
                assert desk.stage(key) is old
    desk.put(key, Stage.pilot)
    for role in ("", "owner", "nominator", "insider", "certifier", "auditor"):
        for verb in (moving.stop, moving.vote):
            values: dict[str, Any] = (
                {"in_favour": True} if verb is moving.vote else {"target": Stage.suspended}
            )
            with pytest.raises(Forbidden):
                desk.do(verb, people[role], promotion_id=key, reason=REASON, **values)
        site = SiteInput(
            node="节点", division="110000", from_on=dt.date(2026, 1, 1), to_on=dt.date(2026, 2, 1)
        )
        with pytest.raises(Forbidden):
            desk.do(sites.add, people[role], promotion_id=key, given=site)
    other = desk.nominate(desk.make.version(desk.asset, number="2.0.0"), both)
    desk.rules(other, NO_GATES)
    with pytest.raises(Forbidden):
        desk.advance(other, Stage.qualified, both)


def test_nominating(desk: Desk) -> None:
    key = desk.nominate()
    with pytest.raises(Conflict) as again:
        desk.nominate(who=desk.owner)
    assert again.value.way_out == f"/promotions/{key}"
    with pytest.raises(Forbidden):
        desk.do(nominating.withdraw, desk.owner, promotion_id=key, reason=REASON)
    with pytest.raises(Invalid):
        desk.do(nominating.withdraw, desk.nominator, promotion_id=key, reason=" ")
    desk.do(nominating.withdraw, desk.nominator, promotion_id=key, reason=REASON)
    assert desk.stage(key) is Stage.withdrawn
    second = desk.nominate()
    desk.put(second, Stage.qualified)
    with pytest.raises(Conflict):
        desk.do(nominating.withdraw, desk.nominator, promotion_id=second, reason=REASON)
    draft = desk.make.version(desk.asset, number="3.0.0", state=VersionState.draft)
    with pytest.raises(Conflict):
        desk.nominate(draft)
    data = desk.make.version(desk.make.asset(desk.owner, name="data", kind=AssetKind.dataset))
    with pytest.raises(Conflict):
        desk.nominate(data)


def test_the_committee_passes_over_a_gate_and_it_stays_told(desk: Desk) -> None:
    key = desk.nominate()
    desk.rules(key, {"qualified": [OPEN_GATE], "reviewed": [OPEN_GATE | {"code": "h"}]})
    for person in desk.committee[:2]:
        desk.do(moving.vote, person, promotion_id=key, in_favour=True, reason="同类成果评测基准尚在编制。")
    with pytest.raises(Conflict):
        desk.do(moving.vote, desk.committee[0], promotion_id=key, in_favour=True, reason=REASON)
    with pytest.raises(GateUnmet):
        desk.advance(key, Stage.qualified)
    desk.do(moving.vote, desk.committee[2], promotion_id=key, in_favour=False, reason="应等待基准完成。")
    desk.advance(key, Stage.qualified)
    override = steps(desk, key)[-1].override
    assert (override["gates"], override["in_favour"], override["against"]) == (["g"], 2, 1)
    said = shown.override_words(override, {"g": "条件"})
    assert "同类成果评测基准尚在编制。" in said
    assert "反对理由：应等待基准完成。" in said, "the minority is heard for ever too"
    older = {name: value for name, value in override.items() if name != "reasons_against"}
    assert "反对理由" not in shown.override_words(older, {})
    with pytest.raises(GateUnmet):
        desk.advance(key, Stage.reviewed)  # those votes are spent
    for verb in (
        "DELETE FROM promotion_step", "UPDATE promotion_step SET reason = 'x'",
        "DELETE FROM promotion_vote", "UPDATE promotion_vote SET reason = 'x'",
    ):  # fmt: skip
        with pytest.raises(DBAPIError):
            desk.db.execute(text(verb))
        desk.db.rollback()


def test_no_vote_passes_over_what_cannot_be(desk: Desk) -> None:
    key = desk.nominate()
    with pytest.raises(Conflict):  # the shipped rules: a certificate is asked for, and no vote replaces it
        desk.do(moving.vote, desk.committee[0], promotion_id=key, in_favour=True, reason=REASON)
    desk.rules(key, NO_GATES)
    with pytest.raises(Conflict):  # nothing is unmet
        desk.do(moving.vote, desk.committee[0], promotion_id=key, in_favour=True, reason=REASON)


def test_a_certificate_that_falls_suspends_at_once(desk: Desk) -> None:
    key = desk.nominate()
    desk.rules(key, {"pilot": [{"code": "c", "kind": "certified", "overridable": False}]})
    certificate = desk.certify()
    desk.put(key, Stage.pilot)
    with transaction() as db:
        row = certification.locked(db, certificate.id)
        certification.move(db, SYSTEM, row, CertificateState.suspended, "system", deadline=now())
    assert desk.stage(key) is Stage.suspended
    assert desk.row(key).before_suspended == "pilot"
    told = [n.message for n in desk.db.exec(select(Notice).where(Notice.account_id == desk.owner.id))]
    assert told
    with pytest.raises(GateUnmet):  # back only through the gates of its stage
        desk.advance(key, Stage.pilot)
    desk.certify()
    desk.advance(key, Stage.pilot)
    assert desk.stage(key) is Stage.pilot


def test_a_vote_for_going_on_without_a_certificate_does_not_cover_one_that_falls_later(desk: Desk) -> None:
    key = desk.nominate()
    desk.rules(key, {"pilot": [{"code": "c", "kind": "certified", "overridable": True}]})
    desk.put(key, Stage.reviewed)
    for person in desk.committee:
        desk.do(moving.vote, person, promotion_id=key, in_favour=True, reason="认证评估尚在进行，先行试点。")
    desk.do(moving.advance, desk.committee[0], promotion_id=key, target=Stage.pilot, reason=REASON)
    with transaction() as db:
        moving.watch(db)
    assert desk.stage(key) is Stage.pilot, "the committee knew that there was none"
    certificate = desk.certify()
    with transaction() as db:
        row = certification.locked(db, certificate.id)
        certification.move(db, SYSTEM, row, CertificateState.suspended, "system", deadline=now())
    assert desk.stage(key) is Stage.suspended


def test_the_watchdog_sees_what_expired_or_was_withdrawn(desk: Desk) -> None:
    for stage in RUNNING:
        key = desk.nominate()
        desk.rules(key, NO_GATES)
        certificate = desk.certify()
        desk.put(key, stage)
        certificate.expires_at = now() - dt.timedelta(days=1)
        desk.db.add(certificate)
        desk.db.commit()
        with transaction() as db:
            moving.watch(db)
        assert desk.stage(key) is Stage.suspended
        desk.put(key, Stage.rolled_back)


def test_a_version_that_is_gone_goes_nowhere(desk: Desk) -> None:
    key = desk.nominate()
    desk.rules(key, NO_GATES)
    desk.version.state = VersionState.yanked
    desk.db.add(desk.version)
    desk.db.commit()
    with pytest.raises(Conflict):
        desk.advance(key, Stage.qualified)


def test_what_gates_learn_of_a_round_and_a_certificate(desk: Desk) -> None:
    assert gathering.reviewed(desk.db, desk.version.id) is None
    assert gathering.certificate(desk.db, desk.version.id) is None
    desk.certify(Level.pilot)
    found = gathering.certificate(desk.db, desk.version.id)
    assert found is not None
    assert (found.valid, found.level) == (True, Level.pilot)
    round_ = Round(
        title_zh="推广评审", created_by=desk.secretary.id, shape=templates()[0].shape.model_dump(mode="json"),
        state=RoundState.closed,
    )  # fmt: skip
    desk.db.add(round_)
    desk.db.flush()
    entered = Submission(
        round_id=round_.id, number=1, title="地表覆盖", subject_kind="version", subject_id=desk.version.id,
    )  # fmt: skip
    result = Computed(
        adjusted=True, level=0.95, rows=(Row(number=1, reviews=3, mean=71.5, vetoes={"merit": 1}),)
    )
    run = ScoreRun(
        round_id=round_.id, state=RunState.done, result=result.model_dump(mode="json"),
    )  # fmt: skip
    desk.db.add_all([entered, run])
    desk.db.commit()
    seen = gathering.reviewed(desk.db, desk.version.id)
    assert seen is not None
    assert (seen.concluded, seen.favourable, seen.mean, seen.vetoes) == (False, False, None, 0)
    for outcome, favourable in (("accepted", True), ("declined", False)):
        round_.state, entered.outcome, entered.state = RoundState.concluded, outcome, SubmissionState.decided
        desk.db.add_all([round_, entered])
        desk.db.commit()
        seen = gathering.reviewed(desk.db, desk.version.id)
        assert seen is not None
        assert (seen.concluded, seen.favourable, seen.mean, seen.vetoes) == (True, favourable, 71.5, 1)


def test_rules_are_revised_and_promotions_keep_theirs(desk: Desk) -> None:
    key = desk.nominate()
    with transaction() as db:
        rules = Rules.model_validate(profiles.in_force(db)[0].rules)
    day = now().date() + dt.timedelta(days=1)
    given = ProfileInput(effective_from=day, source="平台", rules=rules, reason=REASON, based_on=1)
    for who in (desk.owner, desk.committee[0]):
        with pytest.raises(Forbidden):
            desk.do(profiles.revise, who, code="base", given=given)
    made = desk.do(profiles.revise, desk.secretary, code="base", given=given)
    assert made.number == 2
    with pytest.raises(Clash):
        desk.do(profiles.revise, desk.secretary, code="base", given=given)
    early = given.model_copy(update={"effective_from": dt.date(2026, 1, 1), "based_on": 2})
    with pytest.raises(Invalid):
        desk.do(profiles.revise, desk.secretary, code="base", given=early)
    assert desk.row(key).profile_id != made.id
