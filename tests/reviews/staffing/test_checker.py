"""Conflicts read from the database: who may see and act, case by case, at a cost that does not grow."""

import datetime as dt
from typing import Any

import pytest
from sqlmodel import Session, select

from portal.experts.models import Affiliation, AffiliationState, DeclaredRelation, Expert, RelationKind
from portal.kit.clock import now, shanghai
from portal.organisations.models import LinkState, MemberRole, Membership, OrganisationKind, OrganisationLink
from portal.reviews.conflicts.grounds import Ground
from portal.reviews.rounds.models import (
    Phase,
    Round,
    Seat,
    SeatState,
    Submission,
    SubmissionExclusion,
    SubmissionPerson,
)
from portal.reviews.rounds.standing import standing_of
from portal.reviews.staffing.checker import conflicted, look
from registry.assets.models import AssetAuthor
from registry.versions import ties
from tests.guards.test_budget import counted
from tests.reviews.rounds import Fixed, fixed_round
from tests.support.make import Make, Person

assert ties
TODAY = shanghai(now()).date()


def ago(years: float) -> dt.date:
    return TODAY - dt.timedelta(days=round(365.25 * years))


@pytest.fixture
def fixed(make: Make, db: Session) -> Fixed:
    """Two submissions, three experts who have nothing to do with either."""
    return fixed_round(make, db, submissions=2, experts=3)


def grounds(fixed: Fixed, person: Person, submission: int = 0) -> list[Ground]:
    entry = fixed.submissions[submission]
    fixed.db.expire_all()
    seen = look(fixed.db, [person.id], [entry.id])
    return [each.finding.ground for each in seen.judged(person.id, entry.id)]


def add(fixed: Fixed, *rows: Any) -> None:
    fixed.db.add_all(rows)
    fixed.db.commit()


def worked(
    person: Person, organisation: Any, since: dt.date, until: dt.date | None = None, **more: Any
) -> Affiliation:
    values = {"state": AffiliationState.unanswered} | more
    return Affiliation(account_id=person.id, organisation_id=organisation, since=since, until=until, **values)


def test_strangers_are_in_no_conflict(fixed: Fixed) -> None:
    for person in fixed.experts:
        assert grounds(fixed, person) == []
        assert conflicted(fixed.db, person.id, [each.id for each in fixed.submissions]) == frozenset()


def test_former_employers_count_for_their_years_and_by_credit_code(fixed: Fixed) -> None:
    here = fixed.units[0].organisation
    lately, long_ago, written = fixed.experts
    add(fixed, worked(lately, here.id, ago(9), ago(2)), worked(long_ago, here.id, ago(9), ago(4)))
    add(fixed, worked(written, None, ago(1), None, name="别名", credit_code=here.credit_code))
    assert grounds(fixed, lately) == [Ground.former_organisation]
    assert grounds(fixed, long_ago) == []
    assert grounds(fixed, written) == [Ground.same_organisation]
    assert grounds(fixed, written, 1) == []


def test_members_of_an_organisation_work_there(fixed: Fixed) -> None:
    add(
        fixed,
        Membership(organisation_id=fixed.units[0].id, account_id=fixed.experts[0].id, role=MemberRole.member),
    )
    assert grounds(fixed, fixed.experts[0]) == [Ground.same_organisation]


def test_the_tree_counts_up_down_and_beside_with_its_dates(fixed: Fixed) -> None:
    top, branch, sister = (fixed.make.organisation(name) for name in ("总院", "分院", "姊妹院"))
    here = fixed.units[0].organisation

    def below(child: Any, parent: Any, until: dt.date | None = None) -> OrganisationLink:
        state = LinkState.ended if until else LinkState.in_force
        return OrganisationLink(
            organisation_id=child, parent_id=parent, since=ago(9), until=until, state=state
        )

    add(fixed, below(here.id, top.id), below(sister.id, top.id), below(branch.id, here.id, ago(4)))
    above, beside, formerly = fixed.experts
    add(fixed, worked(above, top.id, ago(1)), worked(beside, sister.id, ago(1)))
    add(fixed, worked(formerly, branch.id, ago(1)))
    assert grounds(fixed, above) == [Ground.organisation_tree]
    assert grounds(fixed, beside) == [Ground.sibling_organisation]
    assert grounds(fixed, formerly) == []
    assert not conflicted(fixed.db, beside.id, [fixed.submissions[0].id]), "soft grounds keep nobody away"


def test_institutes_of_one_city_are_near(fixed: Fixed) -> None:
    unit = fixed.units[0].organisation
    other = fixed.make.organisation("同城院", kind=OrganisationKind.institute, division_code="320100")
    unit.division_code = "320105"
    add(fixed, unit, worked(fixed.experts[0], other.id, ago(1)))
    assert grounds(fixed, fixed.experts[0]) == [Ground.same_city]


def test_a_name_alone_is_soft_and_with_an_organisation_hard(fixed: Fixed) -> None:
    twin, known, mail = fixed.experts
    here = fixed.make.organisation("共同单位")
    add(
        fixed,
        SubmissionPerson(submission_id=fixed.submissions[0].id, name=twin.account.name),
        SubmissionPerson(
            submission_id=fixed.submissions[1].id, name=known.account.name, organisation_name="共同单位"
        ),
        worked(known, here.id, ago(1)),
    )
    assert grounds(fixed, twin) == [Ground.namesake]
    assert Ground.same_person in grounds(fixed, known, 1)
    assert grounds(fixed, mail) == []


def test_teachers_students_and_relatives_never_expire(fixed: Fixed) -> None:
    student, aunt, gone = fixed.experts
    applicant = fixed.applicants[0]
    add(
        fixed,
        DeclaredRelation(account_id=applicant.id, kind=RelationKind.adviser, other_account_id=student.id,
                         until=ago(20)),
        DeclaredRelation(account_id=aunt.id, kind=RelationKind.kin, other_name=applicant.account.name,
                         other_organisation=fixed.units[0].organisation.name),
        DeclaredRelation(account_id=gone.id, kind=RelationKind.kin, other_account_id=applicant.id, withdrawn_at=now()),
    )  # fmt: skip
    assert grounds(fixed, student) == [Ground.adviser]
    assert grounds(fixed, aunt) == [Ground.kin]
    assert grounds(fixed, gone) == []


def test_works_made_together_tie_for_some_years(fixed: Fixed) -> None:
    applicant, expert, other = fixed.applicants[0], fixed.experts[0], fixed.experts[1]
    asset = fixed.make.asset(applicant)
    add(fixed, AssetAuthor(asset_id=asset.id, position=1, name=expert.account.name, account_id=expert.id))
    assert grounds(fixed, expert) == [], "not published"
    fixed.make.version(asset)
    assert grounds(fixed, expert) == [Ground.co_author]
    assert grounds(fixed, other) == []
    old = fixed.make.asset(fixed.applicants[1])
    version = fixed.make.version(old)
    version.published_at = now() - dt.timedelta(days=365 * 5)
    add(
        fixed, version, AssetAuthor(asset_id=old.id, position=1, name=other.account.name, account_id=other.id)
    )
    assert grounds(fixed, other, 1) == []


def test_earlier_rounds_tie_those_who_applied_together_and_are_remembered(fixed: Fixed) -> None:
    partner, reviewer, _third = fixed.experts
    row = fixed.round
    before = Round(title_zh="往年评审", created_by=row.created_by, shape=row.shape)
    add(fixed, before)
    entry = Submission(
        round_id=before.id, number=1, title="往年申报", created_at=now() - dt.timedelta(days=400)
    )
    add(fixed, entry)
    for person in (fixed.applicants[0], partner):
        add(fixed, SubmissionPerson(submission_id=entry.id, account_id=person.id, name=person.account.name))
    seat = Seat(round_id=before.id, submission_id=entry.id, account_id=reviewer.id, alias=1, state=SeatState.locked,
                submitted_at=now() - dt.timedelta(days=390))  # fmt: skip
    add(fixed, seat)
    assert grounds(fixed, partner) == [Ground.co_project]
    assert grounds(fixed, reviewer) == [Ground.reviewed_before]


def test_applicants_of_the_round_review_nothing_in_it(fixed: Fixed) -> None:
    assert grounds(fixed, fixed.applicants[1]) == [Ground.applicant]
    entry = fixed.fresh(fixed.submissions[1])
    entry.state = "withdrawn"
    add(fixed, entry)
    assert grounds(fixed, fixed.applicants[1]) == []


def test_excluded_by_account_by_organisation_and_by_name(fixed: Fixed) -> None:
    first, second, third = fixed.experts
    unit = fixed.db.exec(select(Affiliation).where(Affiliation.account_id == second.id)).one().organisation_id
    entry = fixed.submissions[0].id
    add(
        fixed,
        SubmissionExclusion(submission_id=entry, account_id=first.id),
        SubmissionExclusion(submission_id=entry, organisation_id=unit),
        SubmissionExclusion(submission_id=entry, name=third.account.name),
    )
    assert grounds(fixed, first) == [Ground.excluded]
    assert grounds(fixed, second) == [Ground.excluded]
    assert grounds(fixed, third) == [Ground.excluded_name]


def test_the_secretariat_is_looked_at_like_everybody(fixed: Fixed) -> None:
    secretary = fixed.secretary
    actor = fixed.actor(secretary)
    assert standing_of(fixed.db, actor, fixed.round).runs(fixed.submissions[0].id)
    add(fixed, worked(secretary, fixed.units[0].id, ago(1)))
    standing = standing_of(fixed.db, actor, fixed.round)
    assert not standing.runs(fixed.submissions[0].id)
    assert standing.runs(fixed.submissions[1].id)


def test_free_mail_of_one_provider_says_nothing_and_one_orcid_everything(fixed: Fixed) -> None:
    first, second, _third = fixed.experts
    row = fixed.db.exec(select(Expert).where(Expert.account_id == first.id)).one()
    row.orcid = "0000-0002-1825-0097"
    person = SubmissionPerson(
        submission_id=fixed.submissions[0].id, name="另一个名字", orcid="0000-0002-1825-0097"
    )
    add(fixed, row, person)
    assert grounds(fixed, first) == [Ground.same_person]
    assert grounds(fixed, second) == []


def test_looking_costs_the_same_for_many(make: Make, db: Session) -> None:
    few = fixed_round(make, db, submissions=1, experts=1, phase=Phase.preparation)
    many = fixed_round(make, db, submissions=6, experts=6, phase=Phase.preparation)
    costs = []
    for fixed in (few, many):
        with counted() as statements:
            look(db, [each.id for each in fixed.experts], [each.id for each in fixed.submissions])
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 13, costs
