"""What a run starts from: the round as it is now, under keys of the run that name nobody."""

import random
import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.reviews.conflicts.grounds import Weight
from portal.reviews.rounds.models import HOLDING, Round, Seat, SeatState, Submission, SubmissionState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.shape import Shape
from portal.reviews.rounds.standing import shape_of
from portal.reviews.staffing.checker import Look, look
from portal.reviews.staffing.models import RunKind
from portal.reviews.staffing.queries import runs as queries
from portal.reviews.staffing.queries.notes import ASKED

SOFT_WEIGHT, MOST_SOFT = 1500, 5000
"""What a soft conflict takes from the merit of a pair, and all of one pair together, in ten-thousandths."""
MOVABLE = (SeatState.planned, SeatState.invited)
"""Seats a replacement may give to somebody else: nobody has said yes to them."""
CANDIDATES = 30


@dataclass
class _Expert:
    account_id: uuid.UUID
    row: Any | None
    senior: bool
    most: int
    full: bool = False
    panel: str = ""


@dataclass
class _Gathered:
    shape: Shape
    submissions: list[Submission]
    seats: list[Seat]
    experts: list[_Expert] = field(default_factory=list)


def gather(
    db: Session, round_: Round, kind: RunKind, *, invited_only: bool
) -> tuple[dict[str, str], dict[str, Any]] | None:
    """(people, inputs) of a run; None where nobody has room for a review."""
    found = _Gathered(
        shape=shape_of(round_),
        submissions=[
            each for each in basic.submissions(db, round_.id) if each.state is SubmissionState.entered
        ],
        seats=queries.all_seats(db, round_.id),
    )
    here = {each.id for each in found.submissions}
    found.seats = [seat for seat in found.seats if seat.submission_id in here]
    found.experts = _experts(db, round_, found, invited_only=invited_only)
    if not found.submissions or not any(each.most for each in found.experts):
        return None
    seen = look(db, [each.account_id for each in found.experts], here)
    people, inputs = _written(found, seen, kind)
    return people, inputs | {"invited_only": invited_only}


def _experts(db: Session, round_: Round, found: _Gathered, *, invited_only: bool) -> list[_Expert]:
    """The pool without whom the round has lost, and everybody who holds or held a seat."""
    invitations = {each.account_id: each for each in basic.invitations(db, round_.id)}
    out = {key for key, each in invitations.items() if each.state not in ASKED}
    asked = {key for key, each in invitations.items() if each.state in ASKED}
    held = Counter(seat.account_id for seat in found.seats if seat.state in HOLDING)
    experts = []
    for row in queries.candidates(db, round_.id):
        key = row.account_id
        if key in out or (invited_only and key not in asked and key not in held):
            continue
        room = min(found.shape.staffing.most, row.places - row.load)
        if key in invitations:
            room = min(room, invitations[key].most)
        panel = invitations[key].panel if key in invitations else ""
        most = max(room, held[key], 0)
        experts.append(_Expert(key, row, row.senior, most, most <= held[key], panel))
    left = {seat.account_id for seat in found.seats} - {each.account_id for each in experts}
    senior = queries.seniority(db, left) if left else {}
    experts += [_Expert(key, None, senior.get(key, False), held[key]) for key in sorted(left)]
    return experts


def _written(found: _Gathered, seen: Look, kind: RunKind) -> tuple[dict[str, str], dict[str, Any]]:
    # In an order of their own: neither age nor name of an account may be read from its key.
    random.SystemRandom().shuffle(found.experts)
    width = max(3, len(str(len(found.experts))))
    experts = {each.account_id: f"E{n:0{width}}" for n, each in enumerate(found.experts, 1)}
    submissions = {each.id: f"S{each.number:04}" for each in found.submissions}
    people = {key: str(one) for one, key in (*submissions.items(), *experts.items())}
    conflicts, soft = _against(seen, submissions, experts)
    seats = _seats(found, submissions, experts, conflicts, kind)
    rules = found.shape.staffing
    panels = {each.panel for each in found.submissions}
    units: dict[str, str] = {}
    written = [_expert(each, experts[each.account_id], seen, units) for each in found.experts]
    inputs = {
        "submissions": [_submission(each, submissions[each.id]) for each in found.submissions],
        "experts": written,
        "rules": {
            "reviews": rules.reviews, "seniors": rules.seniors,
            "of_one_organisation": _of_one(rules.of_one_organisation, seats["fixed"], written),
            "crossing_percent": rules.crossing_percent if len(panels) > 1 else 0, "cap_permille": rules.cap_permille,
            "candidates": CANDIDATES,
        },
        "conflicts": conflicts,
        "soft": soft,
        **seats,
    }  # fmt: skip
    people |= {key: seen.scene.names.get(code, code) for code, key in units.items()}
    return people, inputs


def _of_one(rule: int, fixed: list[list[str]], experts: list[dict[str, Any]]) -> int:
    """How many of one organisation may sit together: the rule, or as many as already do by hand.

    Without that no run could fill the other seats of a round in which somebody has overruled it once.
    """
    houses = {each["key"]: set(each["organisations"]) for each in experts}
    together = Counter((here, house) for here, who in fixed for house in houses.get(who, ()))
    return max(rule, *together.values()) if rule and together else rule


def _against(
    seen: Look, submissions: dict[uuid.UUID, str], experts: dict[uuid.UUID, str]
) -> tuple[list[list[str]], list[list[Any]]]:
    hard = {
        (submissions[s], experts[a]) for a, s in seen.decided.confirmed if s in submissions and a in experts
    }
    soft = []
    for account_id, submission_id, judged in seen.pairs():
        pair = (submissions[submission_id], experts[account_id])
        if any(each.hard for each in judged):
            hard.add(pair)
        weak = sum(each.finding.weight is Weight.soft and not each.dismissed for each in judged)
        if weak and pair not in hard:
            soft.append([*pair, min(MOST_SOFT, weak * SOFT_WEIGHT)])
    return sorted(map(list, hard)), sorted(soft)


def _seats(
    found: _Gathered,
    submissions: dict[uuid.UUID, str],
    experts: dict[uuid.UUID, str],
    conflicts: list[list[str]],
    kind: RunKind,
) -> dict[str, list[list[str]]]:
    """Seats that stay, seats that may change, and seats nobody gets again."""
    hard = {tuple(pair) for pair in conflicts}
    fixed, declined, before = [], [], []
    holding: Counter[str] = Counter()
    lost: dict[str, list[list[str]]] = {}
    for seat in found.seats:
        pair = [submissions[seat.submission_id], experts[seat.account_id]]
        if seat.state not in HOLDING:
            declined.append(pair)
            lost.setdefault(pair[0], []).append(pair)
            continue
        holding[pair[0]] += 1
        if kind is RunKind.replacement:
            before.append(pair)
        if tuple(pair) not in hard and (kind is not RunKind.replacement or seat.state not in MOVABLE):
            fixed.append(pair)
    if kind is RunKind.replacement:
        for key, pairs in lost.items():
            missing = max(0, found.shape.staffing.reviews - holding[key])
            before += pairs[len(pairs) - min(missing, len(pairs)) :]
    return {"fixed": sorted(fixed), "declined": sorted(declined), "before": sorted(before)}


def _submission(each: Submission, key: str) -> dict[str, Any]:
    return {
        "key": key, "panel": each.panel, "title": each.title, "text": each.text, "keywords": each.keywords,
        "codes": each.disciplines,
    }  # fmt: skip


def _expert(each: _Expert, key: str, seen: Look, units: dict[str, str]) -> dict[str, Any]:
    row = each.row
    person = seen.scene.people.get(each.account_id)
    day = shanghai(now()).date()
    own = (
        {tenure.organisation for tenure in person.tenures if tenure.end is None or tenure.end >= day}
        if person
        else ()
    )
    codes = sorted(units.setdefault(code, f"U{len(units) + 1}") for code in sorted(own))
    return {
        "key": key, "panel": each.panel, "senior": each.senior, "most": each.most, "full": each.full,
        "organisations": codes, "title": row.titles if row else "",
        "text": f"{row.biography_zh}\n{row.publications}" if row else "",
        "keywords": sorted(row.keys or ()) if row else [], "codes": sorted(row.codes or ()) if row else [],
    }  # fmt: skip


def is_current(db: Session, round_: Round, people: Collection[str]) -> bool:
    """Whether the submissions of a run are those of the round still, apart from ones withdrawn since."""
    entered = {
        str(each.id) for each in basic.submissions(db, round_.id) if each.state is SubmissionState.entered
    }
    return entered <= set(people)
