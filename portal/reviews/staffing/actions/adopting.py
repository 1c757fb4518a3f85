"""A proposal is changed by hand, each change with its reason, and adopted: seats are planned, experts to be invited."""

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from portal.audit.actions import record
from portal.experts.models import IN_POOL
from portal.experts.queries import pool
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, NotFound
from portal.kit.i18n import N_, _
from portal.kit.ids import parse_id
from portal.reviews.rounds.actions.common import give_seat, inform, move_seat
from portal.reviews.rounds.models import (
    HOLDING,
    Invitation,
    Round,
    Seat,
    SeatOrigin,
    SeatState,
    SubmissionState,
)
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.standing import shape_of
from portal.reviews.staffing import policy
from portal.reviews.staffing.actions.inputs import MOVABLE, is_current
from portal.reviews.staffing.actions.notes import look_anew
from portal.reviews.staffing.actions.runs import locked, move
from portal.reviews.staffing.checker import conflicted, look
from portal.reviews.staffing.models import RunKind, RunState, StaffingRun
from portal.reviews.staffing.queries import notes
from portal.reviews.staffing.queries import runs as queries

Seats = dict[str, list[str]]
"""Key of a submission -> keys of its experts."""
ORIGINS = {
    RunKind.assignment: SeatOrigin.assigned,
    RunKind.lot: SeatOrigin.drawn,
    RunKind.replacement: SeatOrigin.replacement,
}
MOVED = N_("The seat was given to another expert before it was taken up")
NOT_NEEDED = N_("Your review of submission %(number)s of “%(title)s” is not needed any more.")
SENIORS, ORGANISATIONS, REVIEWS, CAPACITY = "seniors", "organisations", "reviews", "capacity"


def proposed(run: StaffingRun) -> Seats:
    """Who reviews what by the proposal with what was changed by hand."""
    seats: Seats = {key: [] for key in run.people if key.startswith("S")}
    for pair in run.result.get("pairs", ()):
        seats[pair["submission"]].append(pair["expert"])
    for change in run.hand:
        here = seats[change["submission"]]
        if change["before"] in here:
            here.remove(change["before"])
        if change["after"]:
            here.append(change["after"])
    return seats


def fixed(run: StaffingRun) -> set[tuple[str, str]]:
    """Seats that were taken before the run."""
    return {(each["submission"], each["expert"]) for each in run.result.get("pairs", ()) if each["fixed"]}


def change(
    db: Session, actor: Actor, *, round_id: uuid.UUID, run_id: uuid.UUID, submission: str, before: str, after: str,
    reason: str,
) -> None:  # fmt: skip
    """Replace an expert of a proposal (``before`` and ``after`` are keys of the run, ``after`` also an account's id).

    Either may be empty: to add somebody, or to leave the seat empty. Conflicts, seats somebody left and seats taken
    before cannot be overruled; rules the change breaks are kept with it.
    """
    _round, run = locked(db, actor, round_id, run_id)
    if run.state is not RunState.done:
        raise Conflict(_("Only a proposal that is not adopted yet can be changed."))
    if run.kind is RunKind.lot:
        raise Conflict(
            _("What was drawn by lot is not changed by hand."),
            hint=_("Adopt it; afterwards a conflict or a drop-out is a matter of replacement."),
        )
    text = reason.replace("\x00", "").strip()
    seats = proposed(run)
    errors: dict[str, str] = {}
    if submission not in seats:
        raise NotFound(_("There is nothing at this address."))
    if len(text) < policy.LEAST_REASON:
        errors["reason"] = _("Please give a reason that others can understand.")
    if before and (before not in seats[submission] or (submission, before) in fixed(run)):
        errors["before"] = _("This expert has no seat here that could be changed.")
    key = _key(db, run, submission, seats, after, errors) if after else ""
    if not (before or after):
        errors["after"] = _("Please choose an expert.")
    if errors:
        raise Clash(_("Please correct the marked fields."), fields=errors)
    made = {
        "submission": submission, "before": before, "after": key, "reason": text[:1000], "by": str(actor.id),
        "at": now().isoformat(),
    }  # fmt: skip
    run.hand = [*run.hand, made]
    run.hand[-1]["breaks"] = _breaks(db, run, submission)
    run.touch()
    db.add(run)
    record(
        db, actor, verb="review_staffing.changed_by_hand", object=run, reason=text, submission=submission,
        before=run.people.get(before, ""), after=run.people.get(key, ""),
    )  # fmt: skip


def _key(
    db: Session, run: StaffingRun, submission: str, seats: Seats, after: str, errors: dict[str, str]
) -> str:
    """The key of whoever is put in, who gets one if the run did not know of the expert."""
    account_id = parse_id(run.people[after] if after.startswith("E") and after in run.people else after)
    expert = pool.of_account(db, account_id) if account_id else None
    submission_id = uuid.UUID(run.people[submission])
    if account_id is None or expert is None or expert.state not in IN_POOL:
        errors["after"] = _("Please choose an expert of the pool.")
        return ""
    key = next((each for each, one in run.people.items() if one == str(account_id)), "")
    if key in seats[submission]:
        errors["after"] = _("This expert has a seat here already.")
    elif basic.seat_of(db, submission_id, account_id) is not None:
        errors["after"] = _("This expert has or had a seat at this submission.")
    elif conflicted(db, account_id, [submission_id]):
        errors["after"] = _("This expert has a conflict of interest with the submission.")
    if not key and not errors:
        key = f"E{len(run.people):04}H"
        run.people = {**run.people, key: str(account_id)}
    return key


def _breaks(db: Session, run: StaffingRun, submission: str) -> list[str]:
    """Which rules the seats of a submission break now."""
    here = proposed(run)[submission]
    rules = run.inputs["rules"]
    known = {each["key"]: each for each in run.inputs["experts"]}
    added = [uuid.UUID(run.people[key]) for key in here if key not in known]
    senior = queries.seniority(db, added) if added else {}
    seniors = sum(
        known[key]["senior"] if key in known else senior.get(uuid.UUID(run.people[key]), False)
        for key in here
    )
    units = Counter(code for key in here if key in known for code in known[key]["organisations"])
    loads = Counter(key for keys in proposed(run).values() for key in keys)
    found = []
    if len(here) != rules["reviews"]:
        found.append(REVIEWS)
    if seniors < rules["seniors"]:
        found.append(SENIORS)
    if rules["of_one_organisation"] and max(units.values(), default=0) > rules["of_one_organisation"]:
        found.append(ORGANISATIONS)
    if any(key in known and loads[key] > known[key]["most"] for key in here):
        found.append(CAPACITY)
    return found


def adopt(db: Session, actor: Actor, *, round_id: uuid.UUID, run_id: uuid.UUID) -> int:
    """Make a proposal true: planned seats and invitations to be sent; how many seats are new.

    Conflicts are looked for once more. Where one was found since, or an expert has left the pool, nothing is adopted
    and the run has to be made again; but what was drawn is never drawn twice, so of a draw such seats are left out and
    filled by replacement.
    """
    round_, run = locked(db, actor, round_id, run_id)
    if run.state is not RunState.done:
        raise Conflict(_("There is no proposal to adopt."))
    if notes.experts_of(db, round_id):
        look_anew(db, actor, round_id=round_id)
    if not is_current(db, round_, run.people.values()):
        raise Conflict(
            _("The round has a submission that the proposal does not know."),
            hint=_("Cancel it and start a new run."),
        )
    submissions = {
        str(each.id): each
        for each in basic.submissions(db, round_id, lock=True)
        if each.state is SubmissionState.entered
    }
    wanted = {
        (run.people[s], run.people[e])
        for s, keys in proposed(run).items()
        for e in keys
        if run.people[s] in submissions
    }
    seats = {
        (str(seat.submission_id), str(seat.account_id)): seat
        for seat in queries.all_seats(db, round_id, lock=True)
    }
    held = {pair for pair, seat in seats.items() if seat.state in HOLDING}
    new = wanted - held
    stale = _stale(db, run, new, seats)
    if stale and run.kind is not RunKind.lot:
        numbers = sorted({submissions[submission_id].number for submission_id, _account in stale})
        raise Conflict(
            _(
                "Since the run an expert came into conflict, left the pool or left a seat, at submissions: %(where)s",
                where=_(", ").join(map(str, numbers)),
            ),
            hint=_("Cancel the proposal and start a new run."),
        )
    new -= stale
    _give_away(db, actor, round_, run, {pair: seats[pair] for pair in held - wanted}, submissions)
    affinity = {
        (run.people[p["submission"]], run.people[p["expert"]]): p["why"]["value"] for p in run.result["pairs"]
    }
    by_hand = {(run.people[h["submission"]], run.people[h["after"]]) for h in run.hand if h["after"]}
    for pair in sorted(new):
        origin = SeatOrigin.hand if pair in by_hand else ORIGINS[run.kind]
        give_seat(
            db, actor, submissions[pair[0]], uuid.UUID(pair[1]), origin=origin, affinity=affinity.get(pair)
        )
    _invite(db, actor, round_, run, {uuid.UUID(account_id) for _submission, account_id in new})
    run.adopted_by, run.adopted_at = actor.id, now()
    run.result = {**run.result, "left_out": len(stale)}
    move(db, actor, run, RunState.adopted, "secretariat")
    return len(new)


def _stale(
    db: Session, run: StaffingRun, new: Iterable[tuple[str, str]], seats: Mapping[tuple[str, str], Seat]
) -> set[tuple[str, str]]:
    """Pairs that may not be any more: a conflict was found, the expert has left the pool, or the seat."""
    pairs = [(uuid.UUID(s), uuid.UUID(a)) for s, a in new]
    if not pairs:
        return set()
    seen = look(db, {a for _s, a in pairs}, {s for s, _a in pairs})
    there = {row.account_id for row in queries.candidates(db, run.round_id)}
    return {
        (str(s), str(a)) for s, a in pairs if seen.hard(a, s) or a not in there or (str(s), str(a)) in seats
    }


def _give_away(
    db: Session, actor: Actor, round_: Round, run: StaffingRun, left: Mapping[tuple[str, str], Seat],
    submissions: Mapping[str, Any],
) -> None:  # fmt: skip
    """Seats a replacement gives to others; only ones nobody has said yes to."""
    for (submission_id, _account), seat in left.items():
        if (
            run.kind is not RunKind.replacement
            or seat.state not in MOVABLE
            or submission_id not in submissions
        ):
            continue
        asked = seat.state is SeatState.invited
        move_seat(db, actor, seat, SeatState.replaced, "secretariat", reason=MOVED)
        if asked:
            number = submissions[submission_id].number
            inform(db, seat.account_id, NOT_NEEDED, "/me/reviews", number=number, title=round_.titles)


def _invite(db: Session, actor: Actor, round_: Round, run: StaffingRun, accounts: set[uuid.UUID]) -> None:
    """Experts who are not asked yet are to be asked."""
    asked = {each.account_id for each in basic.invitations(db, round_.id)}
    panels = {run.people[row[0]]: row[1] for row in run.problem["reviewers"]}
    most = shape_of(round_).staffing.most
    for account_id in sorted(accounts - asked):
        made = Invitation(
            round_id=round_.id, account_id=account_id, panel=panels.get(str(account_id), ""), most=most
        )
        db.add(made)
        db.flush()
        record(db, actor, verb="review_invitation.planned", object=made)
