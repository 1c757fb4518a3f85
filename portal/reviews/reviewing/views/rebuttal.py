"""The applicants read the reviews and answer them once; reviewers and panel read the answer afterwards."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.errors import Conflict
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.reviews.reviewing import forms, guards, policy
from portal.reviews.reviewing.actions import answering
from portal.reviews.reviewing.actions.common import Place
from portal.reviews.reviewing.models import RebuttalState
from portal.reviews.reviewing.queries import talk
from portal.reviews.reviewing.reading import left, shown_reviews
from portal.reviews.rounds.models import Phase
from portal.reviews.rounds.policy import sees_scores

router = Doors()
BASE = "/rounds/{id}/submissions/{number}/rebuttal"


def _page(
    req: Context, *, parsed: Parsed[Any] | None = None, clash: Conflict | None = None, status: int = 200
) -> Response:
    place: Place = req.subject
    key, stage = place.submission.id, place.stage
    answer = talk.rebuttal(req.db, key)
    applied = key in place.standing.applied
    if answer is not None and not applied and answer.state is not RebuttalState.submitted:
        answer = None  # a draft is the applicants' alone
    until = place.round.deadline_at if stage.phase is Phase.rebuttal else None
    stored = {"text": answer.text, "auto_submit": answer.auto_submit} if answer else {"auto_submit": True}
    return req.page(
        "reviewing/rebuttal.html",
        status=status,
        place=place,
        base=f"{place.address}/rebuttal",
        rows=shown_reviews(req.db, req.actor, place, req.locale, "reviewing.rebuttal"),
        scores=sees_scores(place.standing, key, stage),
        answer=answer,
        applied=applied,
        writes=policy.answers(place.standing, key, stage)
        and (answer is None or answer.state is RebuttalState.draft),
        values=parsed.values if parsed is not None else stored,
        errors=parsed.errors if parsed is not None else {},
        clash=clash,
        until=until,
        left=left(until),
        least=forms.LEAST_REBUTTAL,
        most=forms.MOST_REBUTTAL,
    )


@router.page(BASE, guard=guards.answered)
def rebuttal(req: Req) -> Response:
    """The reviews, without scores for applicants, and the answer."""
    return _page(req)


def _save(req: Context) -> tuple[Parsed[forms.RebuttalForm], Response | None]:
    """Keep what was typed; the answer where that was refused."""
    place: Place = req.subject
    parsed = parse(forms.RebuttalForm, req.form)
    if parsed.model is not None:
        try:
            with filling(req.db, parsed):
                answering.save(
                    req.db, req.actor, round_id=place.round.id, number=place.submission.number, given=parsed.model
                )  # fmt: skip
        except Conflict as refusal:
            return parsed, _page(req, parsed=parsed, clash=refusal, status=409)
    if parsed.errors:
        return parsed, _page(req, parsed=parsed, status=422)
    return parsed, None


@router.act(f"{BASE}/save", guard=guards.answered)
def save(req: Req) -> Response:
    """Keep the draft."""
    _parsed, refused = _save(req)
    return refused or req.redirect(f"{req.subject.address}/rebuttal", flash=_("The draft is saved."))


@router.act(f"{BASE}/submit", guard=guards.answered)
def submit(req: Req) -> Response:
    """Save and hand in."""
    parsed, refused = _save(req)
    if refused is not None:
        return refused
    place: Place = req.subject
    with filling(req.db, parsed):
        answering.submit(req.db, req.actor, round_id=place.round.id, number=place.submission.number)
    if parsed.errors:
        return _page(req, parsed=parsed, status=422)
    return req.redirect(f"{place.address}/rebuttal", flash=_("Your answer is submitted."))
