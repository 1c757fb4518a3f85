"""The reviews of a submission for whoever may read them, and what the secretariat does with them."""

import re
from typing import Any

from fastapi.responses import Response

from portal.kit.errors import NotFound
from portal.kit.formats import datetime
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.text import to_csv
from portal.reviews.reviewing import actions, forms, guards, policy
from portal.reviews.reviewing.actions.common import Place
from portal.reviews.reviewing.models import RebuttalState
from portal.reviews.reviewing.queries import reviews as queries
from portal.reviews.reviewing.queries import talk
from portal.reviews.reviewing.reading import people_of, shown_reviews
from portal.reviews.rounds.models import Phase, RoundState
from portal.reviews.rounds.policy import sees_scores
from portal.reviews.rounds.sight import names_seen
from portal.reviews.rounds.standing import shape_of

router = Doors()
_LETTER = re.compile(r"([A-Z])([2-4]?)")
"""As ``Seat.letter`` writes it."""
BASE = "/rounds/{id}/submissions/{number}/reviews"


def _page(req: Context, parsed: Parsed[Any], letter: str = "", status: int = 200) -> Response:
    place: Place = req.subject
    key, stage = place.submission.id, place.stage
    answer = talk.rebuttal(req.db, key) if stage.rebuttal and stage.reached(Phase.rebuttal) else None
    readable = policy.reads_answer(place.standing, key, stage)
    return req.page(
        "reviewing/reviews.html",
        status=status,
        place=place,
        base=place.address,
        rows=shown_reviews(req.db, req.actor, place, req.locale, "reviewing.reviews"),
        runs=place.standing.runs(key),
        scores=sees_scores(place.standing, key, stage),
        taking=stage.state is RoundState.open and stage.phase is Phase.review,
        people=people_of(req.db, place),
        answer=answer if readable and answer and answer.state is RebuttalState.submitted else None,
        discussed=Phase.discussion in place.shape.phases()
        and stage.reached(Phase.discussion)
        and policy.joins(place.standing, key, stage),
        kinds=[(kind.value, label(kind)) for kind in forms.ReturnKind],
        parsed=parsed,
        letter=letter,
    )


@router.page(BASE, guard=guards.reader)
def reviews(req: Req) -> Response:
    """By letter; by name where that may be known, which is logged."""
    return _page(req, Parsed(values={}))


def _alias(req: Context) -> int:
    """The number behind the letter in the address; nonsense is the same 404 as a letter nobody has."""
    found = _LETTER.fullmatch(req.path["letter"])
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return ord(found[1]) - ord("A") + 1 + 26 * (int(found[2] or 1) - 1)


def _act(req: Context, kind: type[Any], verb: Any, flash: str) -> Response:
    place: Place = req.subject
    parsed = parse(kind, req.form)
    alias = _alias(req)
    if parsed.model is None:
        return _page(req, parsed, req.path["letter"], 422)
    given = {"given": parsed.model} if kind is forms.ReturnForm else {"reason": parsed.model.reason}
    verb(req.db, req.actor, round_id=place.round.id, number=place.submission.number, alias=alias, **given)
    return req.redirect(f"{place.address}/reviews", flash=flash)


@router.act(f"{BASE}/{{letter}}/return", guard=guards.reader)
def give_back(req: Req) -> Response:
    """The secretariat returns a review, for its form."""
    return _act(req, forms.ReturnForm, actions.give_back, _("The review went back to its reviewer."))


@router.act(f"{BASE}/{{letter}}/discount", guard=guards.reader)
def discount(req: Req) -> Response:
    """The secretariat lets a review no longer count."""
    return _act(req, forms.ReasonForm, actions.discount, _("The review no longer counts."))


@router.page("/rounds/{id}/reviews.csv", guard=guards.office)
def table(req: Req) -> Response:
    """How far every review has come, without what it says; by name, so the view is logged."""
    found: guards.Office = req.subject
    names_seen(req.db, req.actor, found.round, "reviewing.progress")
    criteria = shape_of(found.round).criteria
    header = [
        _("Submission under review"), _("Title"), _("Letter"), _("Reviewer"), _("State"), _("Criteria marked"),
        _("Review due by"), _("Saved at"), _("Submitted at"),
    ]  # fmt: skip
    rows = [
        (
            row.Submission.number,
            row.Submission.title,
            row.Seat.letter,
            row.name,
            label(row.Seat.state),
            f"{sum(one.key in row.Seat.marks for one in criteria)}/{len(criteria)}",
            datetime(queries.due_of(row.Seat, found.round)),
            datetime(row.Seat.saved_at),
            datetime(row.Seat.submitted_at),
        )
        for row in queries.progress(req.db, found.round.id)
        if found.standing.runs(row.Submission.id)
    ]
    headers = {"Content-Disposition": 'attachment; filename="reviews.csv"'}
    return Response(to_csv(header, rows), media_type="text/csv; charset=utf-8", headers=headers)
