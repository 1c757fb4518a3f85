"""The review itself: submission and form side by side, saved while it is written, submitted, its receipt."""

from collections.abc import Sequence
from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.clock import now
from portal.kit.errors import Conflict
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.reviews import charts
from portal.reviews.reviewing import actions, forms, guards, policy
from portal.reviews.reviewing.queries import reviews
from portal.reviews.reviewing.reading import evidence_of, left, others_marks, people_of, said, urgency
from portal.reviews.rounds.models import Seat, SeatState
from portal.reviews.rounds.seen import nothing

router = Doors()
BASE = "/rounds/{id}/submissions/{number}/review"


def labels(chair: guards.Chair, locale: str) -> dict[str, str]:
    """What the summary of errors calls the fields, in the order of the page."""
    shape = chair.place.shape
    return {
        **{forms.MARK + one.key: one.title(locale) for one in shape.criteria},
        **{forms.ANSWER + one.key: one.title(locale) for one in shape.questions},
        "private_note": _("Note to the secretariat"),
        "confidence": _("How sure are you?"),
    }


def typed(seat: Seat) -> dict[str, Any]:
    """What the fields of the form hold."""
    return {
        "marks": seat.marks,
        "answers": seat.answers,
        "private_note": seat.private_note,
        "confidence": seat.confidence,
        "auto_submit": seat.auto_submit,
    }


def state_of(chair: guards.Chair, seat: Seat) -> dict[str, Any]:
    """What the line of the form's state says: what is saved, how far it has come, what it scores so far."""
    shape = chair.place.shape
    return {
        "seat": seat,
        "marked": sum(one.key in seat.marks for one in shape.criteria),
        "criteria": len(shape.criteria),
        "score": forms.score_so_far(shape, seat.marks),
        "complete": forms.is_complete(shape, seat),
    }


def page(
    req: Context,
    *,
    parsed: Parsed[Any] | None = None,
    trouble: str = "",
    status: int = 200,
    revision: Any = None,
) -> Response:
    """The page of a seat; with what was typed where that was not taken.

    ``revision`` is the one the form goes on from: after a refused save still the old one, so that no later save of the
    same window overwrites what it has not seen.
    """
    chair: guards.Chair = req.subject
    place, seat = chair.place, chair.seat
    due = reviews.due_of(seat, place.round)
    open_ = policy.takes_reviews(place.stage, due, now()) and place.standing.reviews(place.submission.id)
    own = reviews.own_in_round(req.db, seat.account_id, place.round.id)
    block = "state" if parsed is not None or trouble else None
    return req.page(
        "reviewing/review.html",
        block=block,
        status=status,
        place=place,
        shape=place.shape,
        base=f"{place.address}/review",
        state=state_of(chair, seat),
        revision=seat.revision if revision is None else revision,
        trouble=trouble,
        due=due,
        left=left(due),
        urgency=urgency(due),
        open=open_,
        writable=open_ and seat.state in policy.WRITABLE,
        people=people_of(req.db, place),
        evidence=evidence_of(place),
        values=parsed.values if parsed is not None else typed(seat),
        errors=parsed.errors if parsed is not None else {},
        labels=labels(chair, req.locale),
        said=said(place.shape, seat, req.locale, scores=True, note=True),
        submitted_before=seat.submitted_at is not None,
        own=own if len(own) > 1 else [],
        dots=_dots(req, chair, own) if len(own) > 1 else None,
        confidences=[(value, _(text)) for value, text in forms.CONFIDENCES],
    )


def _dots(req: Context, chair: guards.Chair, own: Sequence[Any]) -> Any:
    """The own marks as dots, beside those of others here, once they may be seen."""
    place, seat = chair.place, chair.seat
    elsewhere = [row.Seat.marks for row in own if row.Seat.id != seat.id]
    others = others_marks(req.db, place, seat.account_id)
    rows = [
        charts.MarkRow(
            one.title(req.locale),
            [level.value for level in one.levels],
            [marks[one.key] for marks in elsewhere if one.key in marks],
            seat.marks.get(one.key),
            [marks[one.key] for marks in others if one.key in marks],
        )
        for one in place.shape.criteria
    ]
    if not any(row.own or row.here is not None or row.others for row in rows):
        return None
    return charts.own_marks(
        rows,
        title=_("Your marks, here and elsewhere in this round"),
        own=_("yours elsewhere"),
        here=_("yours here"),
        others=_("others here"),
    )


@router.page(BASE, guard=guards.chair)
def review(req: Req) -> Response:
    """Submission and form."""
    return page(req)


def _clash(req: Context, parsed: Parsed[forms.ReviewForm], refusal: Conflict) -> Response:
    """What is stored and what was typed, side by side; nothing of either is lost."""
    chair: guards.Chair = req.subject
    req.db.refresh(chair.seat)
    if req.partial:
        return page(
            req, parsed=parsed, trouble=refusal.message, status=409, revision=parsed.values["revision"]
        )
    return req.page(
        "reviewing/clash.html",
        status=409,
        place=chair.place,
        shape=chair.place.shape,
        base=f"{chair.place.address}/review",
        refusal=refusal,
        can_save=isinstance(refusal, actions.Outdated),
        revision=chair.seat.revision,
        said=said(chair.place.shape, chair.seat, req.locale, scores=True, note=True),
        values=parsed.values,
        errors={},
        confidences=[(value, _(text)) for value, text in forms.CONFIDENCES],
    )


def _save(req: Context) -> tuple[Parsed[forms.ReviewForm], Response | None]:
    """Save what was typed; the answer where that was refused."""
    chair: guards.Chair = req.subject
    parsed = forms.read(req.form, chair.place.shape)
    if parsed.model is not None:
        try:
            with filling(req.db, parsed):
                actions.save(
                    req.db, req.actor, round_id=chair.place.round.id, number=chair.place.submission.number,
                    given=parsed.model,
                )  # fmt: skip
        except Conflict as refusal:
            return parsed, _clash(req, parsed, refusal)
    if parsed.errors:
        trouble = _("Not saved: please correct the marked fields.")
        return parsed, page(
            req, parsed=parsed, trouble=trouble, status=422, revision=parsed.values["revision"]
        )
    return parsed, None


@router.act(f"{BASE}/save", guard=guards.chair)
def save(req: Req) -> Response:
    """Keep the draft; a part of the page for the script that saves by itself."""
    parsed, refused = _save(req)
    if refused is not None:
        return refused
    if req.partial:
        return page(req, parsed=parsed)
    return req.redirect(f"{req.subject.place.address}/review", flash=_("The draft is saved."))


@router.act(f"{BASE}/submit", guard=guards.chair)
def submit(req: Req) -> Response:
    """Save and hand in; where something is missing it stays a saved draft."""
    parsed, refused = _save(req)
    if refused is not None:
        return refused
    chair: guards.Chair = req.subject
    with filling(req.db, parsed):
        actions.submit(
            req.db, req.actor, round_id=chair.place.round.id, number=chair.place.submission.number,
            revision=chair.seat.revision,
        )  # fmt: skip
    if parsed.errors:
        return page(req, parsed=parsed, status=422)
    return req.redirect(
        f"{chair.place.address}/review/receipt", flash=_("The review is submitted. Thank you.")
    )


def _act(req: Context, verb: Any, flash: str, to: str, **values: Any) -> Response:
    place = req.subject.place
    verb(req.db, req.actor, round_id=place.round.id, number=place.submission.number, **values)
    return req.redirect(to, flash=flash)


@router.act(f"{BASE}/reopen", guard=guards.chair)
def reopen(req: Req) -> Response:
    """Change a submitted review."""
    return _act(
        req,
        actions.reopen,
        _("You can change the review. What you submitted counts until you submit again."),
        f"{req.subject.place.address}/review",
    )


@router.act(f"{BASE}/keep", guard=guards.chair)
def keep(req: Req) -> Response:
    """Go back to what was submitted."""
    return _act(
        req,
        actions.keep,
        _("The review stands as you had submitted it."),
        f"{req.subject.place.address}/review/receipt",
    )


@router.act(f"{BASE}/recuse", guard=guards.chair)
def recuse(req: Req) -> Response:
    """A conflict of interest."""
    return _leave(req, actions.recuse, _("Thank you for saying so. The secretariat is told."))


@router.act(f"{BASE}/decline", guard=guards.chair)
def decline(req: Req) -> Response:
    """No time, or not one's field."""
    return _leave(req, actions.decline, _("The secretariat asks somebody else."))


def _leave(req: Context, verb: Any, flash: str) -> Response:
    parsed = parse(forms.ReasonForm, req.form)
    if parsed.model is None:
        return page(req, trouble=_("Please give a reason that others can understand."), status=422)
    return _act(req, verb, flash, "/me/reviews", reason=parsed.model.reason)


@router.page(f"{BASE}/receipt", guard=guards.chair)
def receipt(req: Req) -> Response:
    """When what was submitted, and its digest: for the reviewer's own files."""
    chair: guards.Chair = req.subject
    kept = reviews.versions_of(req.db, [chair.seat.id]).get(chair.seat.id, [])
    if not kept:
        raise nothing()
    place = chair.place
    open_ = policy.takes_reviews(place.stage, reviews.due_of(chair.seat, place.round), now())
    return req.page(
        "reviewing/receipt.html",
        place=place,
        base=f"{place.address}/review",
        seat=chair.seat,
        version=kept[-1],
        earlier=kept[:-1],
        can_change=open_ and chair.seat.state is SeatState.submitted,
        said=said(place.shape, kept[-1], req.locale, scores=True, note=True),
    )
