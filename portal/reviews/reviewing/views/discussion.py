"""The discussion of a submission, by letter."""

from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse, parse_values
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.reviews.reviewing import forms, guards, policy
from portal.reviews.reviewing.actions import discussing
from portal.reviews.reviewing.actions.common import Place
from portal.reviews.reviewing.models import Message, RebuttalState
from portal.reviews.reviewing.queries import talk
from portal.reviews.reviewing.reading import Shown, left, shown_reviews
from portal.reviews.rounds.models import Phase, SeatState
from portal.reviews.rounds.queries import basic

router = Doors()
BASE = "/rounds/{id}/submissions/{number}/discussion"


@dataclass(frozen=True)
class Line:
    """A message as its reader may see it."""

    message: Message
    who: str
    own: bool
    timed: bool
    """Whether the instant is shown: to the secretariat. Others know the order alone."""


def _lines(req: Context, place: Place, rows: list[Shown]) -> list[Line]:
    runs = place.standing.runs(place.submission.id)
    letters = {
        seat.id: seat.letter for seat in basic.seats_at(req.db, place.submission.id, states=tuple(SeatState))
    }
    names = {row.letter: row.name for row in rows}
    found = []
    for message in talk.messages(req.db, place.submission.id):
        who = _("Secretariat")
        if message.seat_id is not None:
            letter = letters.get(message.seat_id, "")
            name = names.get(letter, "")
            who = _("Reviewer %(letter)s", letter=letter or "?") + (f" ({name})" if name else "")
        found.append(Line(message, who, message.account_id == req.actor.id, runs))
    return found


def _page(
    req: Context, parsed: Parsed[Any], *, revising: Parsed[Any] | None = None, status: int = 200
) -> Response:
    place: Place = req.subject
    key, stage = place.submission.id, place.stage
    rows = shown_reviews(req.db, req.actor, place, req.locale, "reviewing.discussion")
    own = None
    if req.actor.id is not None and policy.revises(place.standing, key, stage):
        own = basic.seat_of(req.db, key, req.actor.id)
    answer = talk.rebuttal(req.db, key) if policy.reads_answer(place.standing, key, stage) else None
    until = place.round.deadline_at if stage.phase is Phase.discussion else None
    return req.page(
        "reviewing/discussion.html",
        status=status,
        place=place,
        shape=place.shape,
        base=f"{place.address}/discussion",
        rows=rows,
        lines=_lines(req, place, rows),
        runs=place.standing.runs(key),
        speaks=policy.speaks(place.standing, key, stage),
        own=own,
        marks=revising.values["marks"] if revising is not None else (own.marks if own is not None else {}),
        answer=answer if answer is not None and answer.state is RebuttalState.submitted else None,
        until=until,
        left=left(until),
        parsed=parsed,
        revising=revising or Parsed(values={}),
        most=5000,
    )


@router.page(BASE, guard=guards.joiner)
def discussion(req: Req) -> Response:
    """Reviews and messages by letter."""
    return _page(req, Parsed(values={}))


@router.act(f"{BASE}/messages", guard=guards.joiner)
def say(req: Req) -> Response:
    """Say something."""
    place: Place = req.subject
    parsed = parse(forms.MessageForm, req.form)
    if parsed.model is None:
        return _page(req, parsed, status=422)
    made = discussing.say(
        req.db, req.actor, round_id=place.round.id, number=place.submission.number, given=parsed.model
    )
    return req.redirect(f"{place.address}/discussion#m{made.number}", flash=_("Your message is written."))


@router.act(f"{BASE}/messages/{{message}}/withdraw", guard=guards.joiner)
def withdraw(req: Req) -> Response:
    """Take a message back."""
    place: Place = req.subject
    if not req.path["message"].isdecimal() or len(req.path["message"]) > 9:
        raise NotFound(_("There is nothing at this address."))
    discussing.withdraw(
        req.db, req.actor, round_id=place.round.id, number=place.submission.number,
        message=int(req.path["message"]), reason=str(req.form.get("reason") or "").replace("\x00", ""),
    )  # fmt: skip
    return req.redirect(f"{place.address}/discussion", flash=_("The message is withdrawn."))


@router.act(f"{BASE}/revise", guard=guards.joiner)
def revise(req: Req) -> Response:
    """Give the own marks anew."""
    place: Place = req.subject
    parsed = parse_values(
        forms.RevisionForm,
        {
            "marks": forms.marks_of(req.form, place.shape),
            "reason": str(req.form.get("reason") or "").replace("\x00", ""),
        },
    )
    if parsed.model is not None:
        with filling(req.db, parsed):
            discussing.revise(
                req.db, req.actor, round_id=place.round.id, number=place.submission.number, given=parsed.model
            )
    if parsed.errors:
        return _page(req, Parsed(values={}), revising=parsed, status=422)
    return req.redirect(f"{place.address}/discussion", flash=_("Your marks are revised."))
