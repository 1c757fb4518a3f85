"""Who sees what of a round: the table of sight, cell by cell, and a standing read from the database."""

import uuid

import pytest
from sqlmodel import Session

from portal.reviews.rounds import policy, standing
from portal.reviews.rounds.models import PHASE_STATE, Blind, Phase, RoundState, SeatState
from portal.reviews.rounds.policy import Names, Stage, Standing
from tests.reviews.rounds import fixed_round
from tests.support.make import Make

THIS, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
SECRETARIAT = Standing(secretariat=True)
REVIEWER = Standing(seats={THIS: SeatState.submitted})
UNFINISHED = Standing(seats={THIS: SeatState.draft})
LEFT = Standing(seats={THIS: SeatState.recused})
APPLICANT = Standing(applied=frozenset({THIS}))
PANELLIST = Standing(panellist=True)
IN_CONFLICT = Standing(
    secretariat=True, panellist=True, seats={THIS: SeatState.submitted}, conflicted=frozenset({THIS})
)
JUDGE_AND_PARTY = Standing(secretariat=True, applied=frozenset({THIS}))


def stage(phase: Phase, blind: Blind = Blind.single, *, state: RoundState | None = None) -> Stage:
    return Stage(state or PHASE_STATE.get(phase, RoundState.concluded), phase, blind, rebuttal=True)


def test_submission_is_read_by_whoever_has_to() -> None:
    for phase in Phase:
        now = stage(phase)
        assert policy.sees_submission(SECRETARIAT, THIS, now)
        assert policy.sees_submission(REVIEWER, THIS, now)
        assert policy.sees_submission(APPLICANT, THIS, now)
        assert not policy.sees_submission(REVIEWER, OTHER, now)
        assert not policy.sees_submission(LEFT, THIS, now)
        assert not policy.sees_submission(IN_CONFLICT, THIS, now)
        assert not policy.sees_submission(policy.NOTHING, THIS, now)
        assert policy.sees_submission(PANELLIST, THIS, now) is (
            phase in (Phase.panel, Phase.conclusion, Phase.over)
        )


@pytest.mark.parametrize(
    ("who", "first"),
    [
        (REVIEWER, Phase.discussion),
        (PANELLIST, Phase.panel),
        (APPLICANT, Phase.rebuttal),
        (SECRETARIAT, Phase.preparation),
    ],
)
def test_reviews_of_others_appear_in_a_phase_and_never_before(who: Standing, first: Phase) -> None:
    order = list(Phase)
    for phase in Phase:
        seen = policy.sees_reviews(who, THIS, stage(phase))
        assert seen is (order.index(phase) >= order.index(first)), phase


def test_unfinished_reviewers_those_in_conflict_and_outsiders_never_see_reviews() -> None:
    for phase in Phase:
        for who in (UNFINISHED, LEFT, IN_CONFLICT, policy.NOTHING):
            assert not policy.sees_reviews(who, THIS, stage(phase))
            assert policy.reviewer_names(who, THIS, stage(phase)) is Names.nothing


def test_a_cancelled_round_shows_nobody_more_than_before() -> None:
    ended = stage(Phase.over, state=RoundState.cancelled)
    for who in (REVIEWER, PANELLIST, APPLICANT):
        assert not policy.sees_reviews(who, THIS, ended)
        assert not policy.sees_scores(who, THIS, ended)


def test_applicants_read_scores_after_the_conclusion_only() -> None:
    assert not policy.sees_scores(APPLICANT, THIS, stage(Phase.conclusion))
    assert policy.sees_scores(APPLICANT, THIS, stage(Phase.over))


def test_names_of_reviewers_stay_with_the_secretariat_while_blind() -> None:
    for blind in (Blind.single, Blind.double):
        for who in (REVIEWER, PANELLIST, APPLICANT):
            assert policy.reviewer_names(who, THIS, stage(Phase.over, blind)) is Names.alias
        assert policy.reviewer_names(SECRETARIAT, THIS, stage(Phase.review, blind)) is Names.full
    assert policy.reviewer_names(APPLICANT, THIS, stage(Phase.over, Blind.none)) is Names.full
    assert policy.reviewer_names(JUDGE_AND_PARTY, THIS, stage(Phase.over)) is Names.alias
    assert policy.reviewer_names(JUDGE_AND_PARTY, THIS, stage(Phase.review)) is Names.nothing


def test_names_of_applicants_are_hidden_in_a_double_blind_round_until_it_is_over() -> None:
    assert policy.applicant_names(REVIEWER, THIS, stage(Phase.review, Blind.double)) is Names.nothing
    assert policy.applicant_names(REVIEWER, THIS, stage(Phase.over, Blind.double)) is Names.full
    assert policy.applicant_names(REVIEWER, THIS, stage(Phase.review)) is Names.full
    assert policy.applicant_names(PANELLIST, THIS, stage(Phase.panel, Blind.double)) is Names.nothing
    assert policy.applicant_names(policy.NOTHING, THIS, stage(Phase.over, Blind.none)) is Names.nothing


def test_standing_is_read_anew_and_fails_closed(
    make: Make, db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = fixed_round(make, db)
    first, second = found.submissions[0].id, found.submissions[1].id
    found.seat(0, 0, SeatState.submitted)
    monkeypatch.setattr(standing, "_checkers", [lambda _db, _account, asked: frozenset({first} & set(asked))])
    mine = standing.standing_of(db, found.actor(found.experts[0]), found.round)
    assert mine.seats == {first: SeatState.submitted}
    assert mine.conflicted == {first}
    assert not mine.has_reviewed(first)
    monkeypatch.setattr(standing, "_checkers", [])
    secretary = standing.standing_of(db, found.actor(found.secretary), found.round)
    assert secretary.secretariat
    assert not secretary.runs(second)
    applicant = standing.standing_of(db, found.actor(found.applicants[1]), found.round)
    assert applicant.applied == {second} == applicant.leads
