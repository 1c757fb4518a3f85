"""Conflicts: looked for and stored, decided, declared; experts in seats who turn out to be in one are recused."""

import uuid
from dataclasses import dataclass

from portal.accounts import queries as accounts
from portal.accounts.models import Role
from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Forbidden, Invalid, NotFound
from portal.kit.i18n import N_, _, ngettext
from portal.kit.jobs import defer
from portal.notices.actions import tell
from portal.reviews.conflicts.engine import Finding
from portal.reviews.conflicts.grounds import Ground, Weight
from portal.reviews.rounds import hooks
from portal.reviews.rounds.actions.common import inform, move_seat, run_by
from portal.reviews.rounds.models import Round, Seat, SeatState, Submission, SubmissionState
from portal.reviews.rounds.queries import basic
from portal.reviews.staffing.checker import Judged, Look, conflicted, look
from portal.reviews.staffing.models import ConflictNote, Verdict
from portal.reviews.staffing.queries import notes as queries

FOUND = N_("A conflict of interest was found")
OUT = N_("You no longer review submission %(number)s of “%(title)s”: a conflict of interest was found.")
VACANT = N_("A reviewer of submission %(number)s was recused; a replacement is needed: %(title)s")
IN_THE_WAY = N_(
    "A locked review of submission %(number)s needs your decision: its reviewer is in conflict. %(title)s"
)
LEAST_REASON, LEAST_FOR_HARD = 4, 10
SHARED_BY_MANY = frozenset({Ground.distant_organisation, Ground.sibling_organisation, Ground.same_city})
AT_ONCE = 20_000
"""More pairs than this are looked at by a worker."""


@dataclass(frozen=True)
class Looked:
    """What a look has brought: conflicts that were not known, hard ones that stand, experts recused."""

    new: int
    hard: int
    recused: int


def look_anew(db: Session, actor: Actor, *, round_id: uuid.UUID) -> Looked:
    """Look for conflicts of the round's experts (of the whole pool while nobody is invited), and store them.

    Of the pool, what many share (one city, one parent) is not stored: it would bury what has to be decided.

    What was decided about the same facts before is taken over. Open ones whose facts no longer hold are marked so.
    Experts in seats with a hard conflict are recused, and the secretariat is told. For the secretariat and the clock.
    """
    round_, _standing = run_by(db, actor, round_id)
    invited = queries.experts_of(db, round_id)
    people = invited or queries.pool(db)
    submissions = {
        each.id: each
        for each in basic.submissions(db, round_id)
        if each.state is not SubmissionState.withdrawn
    }
    if not people or not submissions:
        return Looked(0, 0, 0)
    seen = look(db, people, submissions)
    stored = {
        (note.submission_id, note.account_id, note.fingerprint): note
        for note in queries.of_round(db, round_id, people)
    }
    new = hard = 0
    found = set()
    for account_id, submission_id, judged in seen.pairs():
        hard += any(each.hard for each in judged)
        for each in judged:
            if not invited and each.finding.ground in SHARED_BY_MANY:
                continue
            key = (submission_id, account_id, each.finding.fingerprint)
            found.add(key)
            if key in stored:
                if stored[key].gone_at is not None:
                    stored[key].gone_at = None
                    stored[key].touch()
            else:
                db.add(_note(seen, round_id, submission_id, account_id, each))
                new += 1
    for key, note in stored.items():
        if key not in found and note.gone_at is None and note.ground is not Ground.declared:
            note.gone_at = now()
            note.touch()
    db.flush()
    recused = _recuse(db, round_, submissions, seen)
    record(
        db,
        actor,
        verb="review_round.conflicts_looked_for",
        object=round_,
        new=new,
        hard=hard,
        recused=recused,
    )
    return Looked(new, hard, recused)


def look_soon(db: Session, actor: Actor, *, round_id: uuid.UUID) -> Looked | None:
    """Look for conflicts now, or, where there is too much to look at in a request, have a worker do it (None)."""
    round_, _standing = run_by(db, actor, round_id)
    people = queries.experts_of(db, round_id) or queries.pool(db)
    if len(people) * len(basic.submission_ids(db, round_.id)) <= AT_ONCE:
        return look_anew(db, actor, round_id=round_id)
    defer(db, "staffing.look", queueing_lock=f"staffing/look/{round_id}", round_id=str(round_id))
    return None


def _note(
    seen: Look, round_id: uuid.UUID, submission_id: uuid.UUID, account_id: uuid.UUID, each: Judged
) -> ConflictNote:
    finding, before = each.finding, each.decision
    note = ConflictNote(
        round_id=round_id, submission_id=submission_id, account_id=account_id, ground=finding.ground,
        weight=finding.weight, facts=dict(finding.facts), shown=seen.scene.shown(finding),
        fingerprint=finding.fingerprint, concerned=each.concerned,
    )  # fmt: skip
    if before is not None:
        note.verdict, note.reason, note.remembered = before.verdict, before.reason, True
        note.decided_by, note.decided_at = before.decided_by, before.decided_at
    return note


def _recuse(db: Session, round_: Round, submissions: dict[uuid.UUID, Submission], seen: Look) -> int:
    """Seats whose holder is in conflict are given up; of a locked one the secretariat has to decide."""
    count = 0
    for seat in basic.seats(db, round_.id, lock=True):
        if seat.submission_id not in submissions or not seen.hard(seat.account_id, seat.submission_id):
            continue
        submission = submissions[seat.submission_id]
        if seat.state is SeatState.locked:
            _tell_who_runs(db, round_, submission, IN_THE_WAY)
            continue
        recuse(db, SYSTEM, round_, submission, seat, "system")
        count += 1
    return count


def recuse(db: Session, actor: Actor, round_: Round, submission: Submission, seat: Seat, who: str) -> None:
    """Take a locked seat from somebody in conflict, tell the expert (who knew of it) and who runs the submission."""
    known = seat.state is not SeatState.planned
    move_seat(db, actor, seat, SeatState.recused, who, reason=FOUND)
    hooks.recused(db, actor, seat)
    if known:
        inform(db, seat.account_id, OUT, "/me/reviews", number=submission.number, title=round_.titles)
    _tell_who_runs(db, round_, submission, VACANT)


def _tell_who_runs(db: Session, round_: Round, submission: Submission, message: str) -> None:
    """Tell those of the secretariat who may know of the submission's seats: not who applies or is in conflict."""
    url = f"/rounds/{round_.id}/staffing"
    people = {row.account_id for row in basic.people(db, [submission.id])}
    for account in accounts.with_role(db, Role.secretariat):
        if account.id not in people and not conflicted(db, account.id, [submission.id]):
            tell(db, account.id, message=message, url=url, number=submission.number, title=round_.titles)


def decide(
    db: Session, actor: Actor, *, round_id: uuid.UUID, note_id: uuid.UUID, verdict: Verdict, reason: str
) -> ConflictNote:
    """Confirm or dismiss a conflict, for every round that goes on and shows the same facts.

    Only the secretariat may, with a reason; about oneself nobody. A confirmed one costs its expert the seat.
    """
    round_, standing = run_by(db, actor, round_id)
    note = queries.one(db, round_id, note_id)
    if note is None or not standing.runs(note.submission_id):
        raise NotFound(_("There is nothing at this address."))
    if note.account_id == actor.id:
        raise Forbidden(_("This is about yourself; somebody else must decide."))
    if verdict is Verdict.open:
        raise Invalid(_("Please confirm or dismiss."))
    text = _reason(reason, LEAST_FOR_HARD if _is_hard(note, verdict) else LEAST_REASON)
    for each in queries.alike(db, note):
        each.verdict, each.reason, each.remembered = verdict, text, each.id != note.id
        each.decided_by, each.decided_at = actor.id, now()
        each.touch()
        db.add(each)
        record(
            db, actor, verb=f"review_conflict.{verdict}", object=each, reason=text, ground=each.ground.value,
            submission=str(each.submission_id),
        )  # fmt: skip
    db.flush()
    if verdict is Verdict.confirmed:
        _give_up(db, actor, round_, note)
    return note


def _is_hard(note: ConflictNote, verdict: Verdict) -> bool:
    return verdict is Verdict.dismissed and (note.weight is Weight.hard or note.verdict is Verdict.confirmed)


def _reason(text: str, least: int) -> str:
    given = text.replace("\x00", "").strip()
    if len(given) < least:
        why = ngettext(
            "Please give a reason of at least %(n)s character.",
            "Please give a reason of at least %(n)s characters.",
            least,
        )
        raise Invalid(why, fields={"reason": why})
    return given[:2000]


def _give_up(db: Session, actor: Actor, round_: Round, note: ConflictNote) -> None:
    seat = basic.seat_of(db, note.submission_id, note.account_id, lock=True)
    submission = basic.submission(db, note.submission_id)
    if seat is None or submission is None or seat.state in {
        SeatState.declined, SeatState.recused, SeatState.expired, SeatState.replaced,
    }:  # fmt: skip
        return
    recuse(db, actor, round_, submission, seat, "secretariat" if not actor.is_system else "system")


def declare(
    db: Session, actor: Actor, *, submission_id: uuid.UUID, account_id: uuid.UUID, reason: str
) -> ConflictNote:
    """Record a conflict that somebody states and no facts show: it counts as confirmed. The seat is the caller's.

    Saying it twice records it once. ``NotFound`` where there is no such submission.
    """
    submission = basic.submission(db, submission_id)
    if submission is None:
        raise NotFound(_("There is nothing at this address."))
    said = reason.replace("\x00", "").strip()[:1000]
    by = "reviewer" if actor.id == account_id else "secretariat"
    finding = Finding(Ground.declared, Weight.hard, {"reason": said, "by": by})
    seen = look(db, [account_id], [submission_id])
    concerned = seen.scene.concerned(finding, submission_id)
    note = queries.of_submission(db, submission_id, account_id, finding.fingerprint)
    if note is None:
        note = _note(seen, submission.round_id, submission_id, account_id, Judged(finding, concerned, None))
    note.verdict, note.reason, note.remembered = Verdict.confirmed, said, False
    note.decided_by, note.decided_at, note.gone_at = actor.id, now(), None
    note.touch()
    db.add(note)
    db.flush()
    record(db, actor, verb="review_conflict.declared", object=note, submission=str(submission_id))
    return note


def _stepped_out(db: Session, actor: Actor, seat: Seat) -> None:
    """Who steps aside, or is taken out by the secretariat, for a reason that nothing shows has declared a conflict."""
    if actor.is_system or seat.state is not SeatState.recused or not seat.state_reason.strip():
        return
    if not conflicted(db, seat.account_id, [seat.submission_id]):
        declare(
            db, actor, submission_id=seat.submission_id, account_id=seat.account_id, reason=seat.state_reason
        )


hooks.on_recused(_stepped_out)
