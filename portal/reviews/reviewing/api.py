"""Reviewing by JSON: the queue, the own review read, saved, handed in."""

import datetime as dt
from typing import Any

from portal.kit.answers import problems
from portal.kit.clock import now
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, scope
from portal.reviews.reviewing import actions, forms, guards, policy
from portal.reviews.reviewing.answers import (
    CriterionOut,
    LevelOut,
    QuestionOut,
    Queue,
    QueueItem,
    ReviewOut,
)
from portal.reviews.reviewing.queries import reviews
from portal.reviews.reviewing.reading import evidence_of, listed

router = Doors()
TAGS: list[Any] = ["reviews"]
BASE = "/api/v1/rounds/{id}/submissions/{number}/review"


def _instant(value: dt.datetime | None) -> str | None:
    return value.isoformat() if value is not None else None


def _items(req: Context, rows: Any) -> list[QueueItem]:
    return [
        QueueItem(
            round=str(row["round"].id),
            number=row["submission"].number,
            title=row["submission"].title,
            round_title=row["round"].title(req.locale),
            state=row["seat"].state.value,
            due_at=_instant(row["due"]),
            marked=row["marked"],
            criteria=row["criteria"],
        )
        for row in listed(req.db, req.subject, rows)
    ]


@router.api(
    "GET", "/api/v1/me/reviews", guard=scope("read", guards.myself), response_model=Queue,
    responses=problems(401), summary="Your reviews", tags=TAGS,
)  # fmt: skip
def queue(req: Req) -> Queue:
    """Open ones by deadline, and the newest 20 that were handed in."""
    done = reviews.done(req.db, req.subject, after=None, before=None)
    return Queue(open=_items(req, reviews.queue(req.db, req.subject)), done=_items(req, done.rows))


def _out(req: Context) -> ReviewOut:
    chair: guards.Chair = req.subject
    place, seat = chair.place, chair.seat
    due = reviews.due_of(seat, place.round)
    taken = policy.takes_reviews(place.stage, due, now()) and place.standing.reviews(place.submission.id)
    return ReviewOut(
        state=seat.state.value,
        state_reason=seat.state_reason,
        revision=seat.revision,
        open=taken and seat.state in policy.WRITABLE,
        due_at=_instant(due),
        marks=seat.marks,
        answers=seat.answers,
        private_note=seat.private_note,
        confidence=seat.confidence,
        auto_submit=seat.auto_submit,
        score_so_far=forms.score_so_far(place.shape, seat.marks),
        score=seat.score,
        saved_at=_instant(seat.saved_at),
        submitted_at=_instant(seat.submitted_at),
        digest=seat.digest,
        title=place.submission.title,
        text=place.submission.text,
        keywords=place.submission.keywords,
        evidence=evidence_of(place),
        criteria=[
            CriterionOut(
                key=one.key,
                title=one.title(req.locale),
                help=one.help(req.locale),
                weight=one.weight,
                levels=[LevelOut(value=each.value, anchor=each.anchor(req.locale)) for each in one.levels],
                veto=one.veto,
            )
            for one in place.shape.criteria
        ],
        questions=[
            QuestionOut(key=one.key, title=one.title(req.locale), least=one.least, most=one.most)
            for one in place.shape.questions
        ],
    )


@router.api(
    "GET", BASE, guard=scope("read", guards.chair), response_model=ReviewOut,
    responses=problems(401, 404), summary="Your review of a submission", tags=TAGS,
)  # fmt: skip
def review(req: Req) -> ReviewOut:
    """What is saved, what it is about and what is asked. 404 where you do not review it."""
    return _out(req)


@router.api(
    "PUT", BASE, guard=scope("write", guards.chair), response_model=ReviewOut,
    responses=problems(401, 404, 409, 422), summary="Save your review", tags=TAGS,
)  # fmt: skip
def save(req: Req, body: forms.ReviewForm) -> ReviewOut:
    """Complete or not. 409 (``outdated``) where ``revision`` is not the stored one: read it again and merge."""
    place = req.subject.place
    actions.save(req.db, req.actor, round_id=place.round.id, number=place.submission.number, given=body)
    return _out(req)


@router.api(
    "POST", f"{BASE}/submit", guard=scope("write", guards.chair), response_model=ReviewOut,
    responses=problems(401, 404, 409, 422), summary="Hand in your review", tags=TAGS,
)  # fmt: skip
def submit(req: Req, body: forms.SubmitForm) -> ReviewOut:
    """The saved review of this revision; ``fields`` of a 409 name what is missing."""
    place = req.subject.place
    actions.submit(
        req.db, req.actor, round_id=place.round.id, number=place.submission.number, revision=body.revision
    )
    return _out(req)
