"""What is reviewed: entered by the secretariat, with the people behind it and whom they ask not to have; withdrawn."""

import uuid
from collections.abc import Sequence
from typing import Any

from portal.accounts import queries as accounts
from portal.audit.actions import record
from portal.experts.actions.disciplines import on_merge
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, Forbidden, Invalid, NotFound
from portal.kit.i18n import N_, _
from portal.reviews.rounds import subjects
from portal.reviews.rounds.actions.common import inform, locked, move_seat, move_submission, run_by
from portal.reviews.rounds.actions.drafting import find_subject
from portal.reviews.rounds.forms import ExclusionForm, PersonForm, SubjectForm, SubmissionForm
from portal.reviews.rounds.models import (
    RUNNING,
    Blind,
    Round,
    RoundState,
    SeatState,
    Submission,
    SubmissionExclusion,
    SubmissionPerson,
    SubmissionState,
)
from portal.reviews.rounds.queries import basic, running
from portal.reviews.rounds.shape import digest_of
from portal.reviews.rounds.standing import shape_of, standing_of

OPEN_SEATS = (SeatState.planned, SeatState.invited, SeatState.accepted, SeatState.draft)
MOST = 5000
"""Submissions of one round."""
NEEDLESS = N_("“%(title)s” was withdrawn from “%(round)s”; your review is no longer needed. Thank you.")
WITHDRAWN = N_("Submission %(number)s, “%(title)s”, was withdrawn from “%(round)s”.")


def read_digest(submission: Submission) -> str:
    """SHA-256 of what reviewers read of a submission."""
    names = ("number", "title", "text", "panel", "disciplines", "keywords", "evidence")
    return digest_of({name: getattr(submission, name) for name in names})


def drafted(db: Session, actor: Actor, round_id: uuid.UUID) -> Round:
    """The round, locked, while its secretariat prepares it."""
    round_, _standing = run_by(db, actor, round_id)
    if round_.state is not RoundState.draft:
        raise Conflict(_("What is reviewed is frozen once experts are invited."))
    return round_


def one_of(db: Session, round_: Round, number: int) -> Submission:
    """The locked submission a round calls by that number."""
    found = basic.submission_by_number(db, round_.id, number)
    found = basic.submission(db, found.id, lock=True) if found is not None else None
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def _require_anonymous(round_: Round, anonymous: bool) -> None:
    if shape_of(round_).blind is Blind.double and not anonymous:
        why = _("In a double blind round somebody has to confirm that the text names nobody.")
        raise Invalid(_("Please correct the marked fields."), fields={"anonymous": why})


def _insert(db: Session, actor: Actor, round_: Round, values: dict[str, Any]) -> Submission:
    number = basic.last_number(db, round_.id) + 1
    if number > MOST:
        raise Conflict(_("A round holds at most %(n)s submissions.", n=MOST))
    made = Submission(round_id=round_.id, number=number, entered_by=actor.id, demo=round_.demo, **values)
    db.add(made)
    db.flush()
    record(db, actor, verb="review_submission.entered", object=made, number=made.number)
    return made


def enter_text(db: Session, actor: Actor, *, round_id: uuid.UUID, given: SubmissionForm) -> Submission:
    """Enter a text; in a double blind round somebody confirms that it names nobody."""
    return put_text(db, actor, drafted(db, actor, round_id), given)


def put_text(db: Session, actor: Actor, round_: Round, given: SubmissionForm) -> Submission:
    """The same for a locked round in preparation."""
    _require_anonymous(round_, given.anonymous)
    return _insert(db, actor, round_, given.model_dump(exclude={"anonymous"}))


def enter_subject(db: Session, actor: Actor, *, round_id: uuid.UUID, given: SubjectForm) -> Submission:
    """Enter something of the portal: its text, people and evidence are taken over and stay as they are now."""
    return put_subject(db, actor, drafted(db, actor, round_id), given)


def put_subject(db: Session, actor: Actor, round_: Round, given: SubjectForm) -> Submission:
    """The same for a locked round in preparation."""
    _require_anonymous(round_, given.anonymous)
    subject_id = find_subject(db, actor, given.kind, given.address, field="address")
    kind = subjects.of_kind(given.kind)
    facts = kind.facts(db, subject_id) if kind is not None and subject_id is not None else None
    if facts is None or subject_id is None:
        why = _("There is no such thing, or you cannot see it.")
        raise Clash(_("Please correct the marked fields."), fields={"address": why})
    if basic.has_subject(db, round_.id, subject_id):
        why = _("This is in the round already.")
        raise Clash(_("Please correct the marked fields."), fields={"address": why})
    made = _insert(
        db, actor, round_,
        {
            "subject_kind": given.kind, "subject_id": subject_id, "title": facts.title[:300],
            "text": facts.text[:60_000], "panel": given.panel, "disciplines": list(facts.disciplines),
            "keywords": list(facts.keywords), "evidence": [_line(each) for each in facts.evidence],
        },
    )  # fmt: skip
    for member in facts.people:
        db.add(
            SubmissionPerson(
                submission_id=made.id, account_id=member.account_id, name=member.name,
                organisation_id=member.organisation_id, lead=member.lead,
            )
        )  # fmt: skip
    db.flush()
    return made


def _line(evidence: subjects.Evidence) -> dict[str, str]:
    return {
        "label": evidence.label, "value": evidence.value, "value_en": evidence.value_en, "url": evidence.url,
        "level": evidence.level, "names_somebody": "1" if evidence.names_somebody else "",
    }  # fmt: skip


def change(
    db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, given: SubmissionForm
) -> Submission:
    """Another text, panel, disciplines or keywords, while the round is prepared."""
    round_ = drafted(db, actor, round_id)
    _require_anonymous(round_, given.anonymous)
    found = one_of(db, round_, number)
    for name, value in given.model_dump(exclude={"anonymous"}).items():
        setattr(found, name, value)
    found.touch()
    db.add(found)
    record(db, actor, verb="review_submission.changed", object=found)
    return found


def _somebody(db: Session, given: Any) -> dict[str, Any]:
    """Account and organisation behind the short names, with the names they bear; ``Clash`` at an unknown one."""
    wrong, account, unit = {}, None, None
    person = accounts.namespace(db, given.person) if given.person else None
    organisation = accounts.namespace(db, given.organisation) if given.organisation else None
    if given.person and (person is None or person.account_id is None):
        wrong["person"] = _("Nobody has this short name.")
    if given.organisation and (organisation is None or organisation.organisation_id is None):
        wrong["organisation"] = _("There is no such organisation.")
    if wrong:
        raise Clash(_("Please correct the marked fields."), fields=wrong)
    name, unit_name = given.name, given.organisation_name
    if person is not None:
        account, name = person.account_id, person.display_name
    if organisation is not None:
        unit, unit_name = organisation.organisation_id, organisation.display_name
    return {"account_id": account, "name": name, "organisation_id": unit, "organisation_name": unit_name}


def add_person(
    db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, given: PersonForm
) -> SubmissionPerson:
    """Name somebody behind a submission: at any time before the round is over, for conflicts are found by it."""
    round_, _standing = run_by(db, actor, round_id)
    if round_.state not in (RoundState.draft, *RUNNING):
        raise Conflict(_("This round is over."))
    return put_person(db, actor, one_of(db, round_, number), given)


def put_person(db: Session, actor: Actor, submission: Submission, given: PersonForm) -> SubmissionPerson:
    """The same for a submission of a locked round. The first person leads, if nobody else is said to."""
    values = _somebody(db, given)
    people = basic.people(db, [submission.id])
    if values["account_id"] is not None and any(row.account_id == values["account_id"] for row in people):
        why = _("This person is named already.")
        raise Clash(_("Please correct the marked fields."), fields={"person": why})
    made = SubmissionPerson(
        submission_id=submission.id, orcid=given.orcid, credit_code=given.credit_code,
        lead=given.lead or not people, **values,
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(db, actor, verb="review_submission.person_named", object=submission, person=str(made.id))
    return made


def remove_person(
    db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, person_id: uuid.UUID
) -> None:
    """Take a person off a submission, while the round is prepared."""
    submission = one_of(db, drafted(db, actor, round_id), number)
    _remove(db, actor, submission, basic.people(db, [submission.id]), person_id, "person_removed")


def add_exclusion(
    db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, given: ExclusionForm
) -> SubmissionExclusion:
    """Note whom the applicants ask not to have, until the reviews begin."""
    round_, _standing = run_by(db, actor, round_id)
    if round_.state not in (RoundState.draft, RoundState.inviting):
        raise Conflict(_("Exclusions are taken until the reviews begin."))
    return put_exclusion(db, actor, one_of(db, round_, number), given)


def put_exclusion(
    db: Session, actor: Actor, submission: Submission, given: ExclusionForm
) -> SubmissionExclusion:
    """The same for a submission of a locked round."""
    made = SubmissionExclusion(submission_id=submission.id, reason=given.reason, **_somebody(db, given))
    db.add(made)
    db.flush()
    record(db, actor, verb="review_submission.exclusion_added", object=submission, exclusion=str(made.id))
    return made


def remove_exclusion(
    db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, exclusion_id: uuid.UUID
) -> None:
    """Take an exclusion back, while the round is prepared."""
    submission = one_of(db, drafted(db, actor, round_id), number)
    _remove(db, actor, submission, basic.exclusions(db, [submission.id]), exclusion_id, "exclusion_removed")


def _remove(
    db: Session, actor: Actor, submission: Submission, rows: Sequence[Any], key: uuid.UUID, verb: str
) -> None:
    found = next((row for row in rows if row.id == key), None)
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    db.delete(found)
    db.flush()
    record(db, actor, verb=f"review_submission.{verb}", object=submission, row=str(key))


def withdraw(db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, reason: str) -> Submission:
    """Take a submission out of the round, before it is decided: by the secretariat, or by whoever leads it.

    Reviews that are not delivered are no longer needed; delivered ones stay on record and count for nothing.
    """
    round_ = locked(db, round_id)
    standing = standing_of(db, actor, round_)
    submission = one_of(db, round_, number)
    leads = submission.id in standing.leads
    if not leads and not standing.secretariat:
        if standing.applied or standing.seats:
            raise Forbidden(_("Only whoever leads a submission may withdraw it."))
        raise NotFound(_("There is nothing at this address."))
    if round_.state not in (RoundState.draft, *RUNNING):
        raise Conflict(_("This round is over."))
    move_submission(
        db,
        actor,
        submission,
        SubmissionState.withdrawn,
        "applicant" if leads else "secretariat",
        reason=reason,
    )
    for seat in basic.seats_at(db, submission.id, states=OPEN_SEATS):
        told = seat.state is not SeatState.planned
        move_seat(db, actor, seat, SeatState.replaced, "system", reason=_("The submission was withdrawn."))
        if told:
            inform(db, seat.account_id, NEEDLESS, "/me/reviews", title=submission.title, round=round_.titles)
    for person in basic.people(db, [submission.id]):
        if person.account_id is not None and person.lead:
            url = f"/rounds/{round_.id}/submissions/{submission.number}"
            inform(
                db, person.account_id, WITHDRAWN, url,
                number=submission.number, title=submission.title, round=round_.titles,
            )  # fmt: skip
    return submission


def _merged(db: Session, old: str, new: str) -> None:
    """Let submissions follow a merged discipline; what is frozen says what was reviewed and keeps its code."""
    for row in running.unfrozen_of_discipline(db, old):
        row.disciplines = list(dict.fromkeys(new if code == old else code for code in row.disciplines))
        row.touch()
        db.add(row)


on_merge(_merged)
