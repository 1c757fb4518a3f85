"""Reviews as their reader may see them: the one way from rows to pages and JSON."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.i18n import _, ngettext
from portal.reviews.reviewing.actions.common import Place
from portal.reviews.reviewing.models import ReviewVersion, VersionOrigin
from portal.reviews.reviewing.queries import reviews
from portal.reviews.rounds import subjects
from portal.reviews.rounds.models import COUNTED, HOLDING, Seat, SubmissionPerson
from portal.reviews.rounds.policy import Names, applicant_names, reviewer_names, sees_scores
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.shape import Shape
from portal.reviews.rounds.sight import names_seen
from portal.reviews.rounds.standing import conflicts_of, shape_of


@dataclass(frozen=True)
class Marked:
    """One criterion of a review. ``mark`` is None where none was given."""

    key: str
    title: str
    mark: float | None
    anchor: str
    veto: bool


@dataclass(frozen=True)
class Said:
    """What a review says, in the order of the rubric. ``private_note`` for the secretariat and its author alone."""

    marks: Sequence[Marked]
    answers: Sequence[tuple[str, str]]
    confidence: int | None
    score: float | None
    private_note: str = ""


@dataclass(frozen=True)
class Revision:
    """A version before the one that counts, as fellow reviewers see it: no time, no name."""

    number: int
    score: float
    reason: str


@dataclass(frozen=True)
class Shown:
    """One review as its reader may see it: by letter, and by name where ``name`` is not empty.

    ``seat`` is there for the secretariat alone; ``said`` is None where nothing was submitted yet.
    """

    letter: str
    name: str
    said: Said | None
    revisions: Sequence[Revision] = field(default_factory=tuple)
    reason: str = ""
    """Why its marks were revised, if they were."""
    seat: Seat | None = None


def said(shape: Shape, review: Any, locale: str, *, scores: bool, note: bool = False) -> Said:
    """A seat's or a version's content; without marks, score and confidence where those are not to be seen."""
    marks = []
    for one in shape.criteria if scores else ():
        mark = review.marks.get(one.key)
        anchor = next((level.anchor(locale) for level in one.levels if level.value == mark), "")
        veto = one.veto is not None and mark is not None and mark <= one.veto
        marks.append(Marked(one.key, one.title(locale), mark, anchor, veto))
    answers = [
        (one.title(locale), review.answers[one.key])
        for one in shape.questions
        if review.answers.get(one.key, "").strip()
    ]
    return Said(
        marks,
        answers,
        review.confidence if scores else None,
        review.score if scores else None,
        review.private_note if note else "",
    )


def others_marks(db: Session, place: Place, account_id: uuid.UUID) -> list[Mapping[str, float]]:
    """Marks of the others at this submission as they were handed in, for a reader who sees scores; in no order."""
    key = place.submission.id
    if not sees_scores(place.standing, key, place.stage):
        return []
    seats = [seat for seat in basic.seats_at(db, key, states=COUNTED) if seat.account_id != account_id]
    versions = reviews.versions_of(db, [seat.id for seat in seats])
    return [(versions[seat.id][-1] if versions.get(seat.id) else seat).marks for seat in seats]


def shown_reviews(db: Session, actor: Actor, place: Place, locale: str, what: str) -> list[Shown]:
    """The reviews of a submission for a reader who may see reviews, by letter.

    Whoever runs the round sees every taken seat, and by name, which is logged under ``what``; others those that count.
    """
    key, standing, stage = place.submission.id, place.standing, place.stage
    runs = standing.runs(key)
    names: dict[Any, str] = {}
    named = reviewer_names(standing, key, stage) is Names.full
    if named and runs:
        names_seen(db, actor, place.round, what, key)
    seats = basic.seats_at(db, key, states=HOLDING if runs else COUNTED)
    if named:
        names = reviews.names_of(db, [seat.account_id for seat in seats])
    versions = reviews.versions_of(db, [seat.id for seat in seats])
    scores = sees_scores(standing, key, stage)
    found = []
    for seat in seats:
        kept = versions.get(seat.id, [])
        counts: Any = kept[-1] if kept else (seat if seat.state in COUNTED else None)
        found.append(
            Shown(
                seat.letter,
                names.get(seat.account_id, ""),
                said(place.shape, counts, locale, scores=scores, note=runs) if counts is not None else None,
                _revisions(kept) if scores and key not in standing.applied else (),
                kept[-1].reason if kept and scores and key not in standing.applied else "",
                seat if runs else None,
            )
        )
    return found


def _revisions(kept: Sequence[ReviewVersion]) -> list[Revision]:
    """What was revised in the discussion: the versions since the last that was handed in, the present one left out."""
    revised = [n for n, row in enumerate(kept) if row.origin is VersionOrigin.revised]
    if not revised:
        return []
    return [Revision(row.number, row.score, row.reason) for row in kept[max(revised[0] - 1, 0) : -1]]


def people_of(db: Session, place: Place) -> list[SubmissionPerson]:
    """Who stands behind the submission, where that may be seen."""
    if applicant_names(place.standing, place.submission.id, place.stage) is not Names.full:
        return []
    return basic.people(db, [place.submission.id])


def evidence_of(place: Place) -> list[dict[str, str]]:
    """What was measured or certified; without what would tell who is behind a submission where that is hidden."""
    named = applicant_names(place.standing, place.submission.id, place.stage) is Names.full
    return subjects.shown(place.submission.evidence, named=named)


def left(until: dt.datetime | None) -> str:
    """How much time is left, in words and in the largest unit that fits."""
    if until is None:
        return ""
    seconds = (until - now()).total_seconds()
    if seconds <= 0:
        return _("time is over")
    if seconds < 3600:
        return ngettext("%(n)s minute left", "%(n)s minutes left", max(1, int(seconds // 60)))
    if seconds < 2 * 86400:
        return ngettext("%(n)s hour left", "%(n)s hours left", int(seconds // 3600))
    return ngettext("%(n)s day left", "%(n)s days left", int(seconds // 86400))


def urgency(until: dt.datetime | None) -> str:
    """Level of the tag with the time left."""
    if until is None:
        return "neutral"
    days = (until - now()).total_seconds() / 86400
    return "bad" if days < 1 else "warn" if days < 3 else "info"


def listed(db: Session, account_id: uuid.UUID, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """The rows as the lists show them; a submission found to be in conflict is not in them."""
    keys = {row.Submission.id for row in rows}
    hidden = conflicts_of(db, account_id, keys) | reviews.applied_among(db, account_id, keys)
    found = []
    for row in rows:
        if row.Submission.id in hidden:
            continue
        due = reviews.due_of(row.Seat, row.Round)
        criteria = shape_of(row.Round).criteria
        found.append(
            {
                "seat": row.Seat,
                "submission": row.Submission,
                "round": row.Round,
                "url": f"/rounds/{row.Round.id}/submissions/{row.Submission.number}/review",
                "due": due,
                "left": left(due),
                "urgency": urgency(due),
                "marked": sum(one.key in row.Seat.marks for one in criteria),
                "criteria": len(criteria),
            }
        )
    return found
