"""The page of a round by its reader's standing, and what the secretariat does with it."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.reviews.desk import guards, shaping, work
from portal.reviews.desk.queries import lists
from portal.reviews.desk.timeline import drawing, spans_of
from portal.reviews.desk.views.templates import edited, editor
from portal.reviews.rounds import subjects
from portal.reviews.rounds.actions import deadlines, drafting, lifecycle
from portal.reviews.rounds.forms import ExtendForm, OutageForm, ReasonForm, RoundForm
from portal.reviews.rounds.hooks import extras_of
from portal.reviews.rounds.models import RUNNING, RoundState, SeatState
from portal.reviews.rounds.queries import basic, running
from portal.reviews.rounds.seen import Seen

router = Doors()


def _page(req: Context, parsed: Parsed[Any], form: str = "", status: int = 200) -> Response:
    seen: Seen = req.subject
    round_, standing = seen.round, seen.standing
    spans = spans_of(round_, seen.shape, lists.phase_events(req.db, round_.id))
    own = [
        row
        for row in basic.submissions(req.db, round_.id)
        if row.id in standing.applied | set(standing.seats)
    ]
    return req.page(
        "rounds/round.html",
        status=status,
        round=round_,
        shape=seen.shape,
        standing=standing,
        spans=spans,
        held_for=_held_for(req, seen),
        drawing=drawing(spans, _("Phases of the round")),
        delays=running.delays(req.db, round_.id),
        reviewing=[
            (row, standing.seats[row.id])
            for row in own
            if standing.reviews(row.id) or standing.seats.get(row.id) is SeatState.locked
        ],
        applied=[row for row in own if row.id in standing.applied],
        extras=extras_of(req.db, req.actor, standing, round_),
        desk=work.of(req.db, seen) if standing.secretariat else None,
        alive=round_.state in (RoundState.draft, *RUNNING),
        parsed=parsed,
        form=form,
    )


def _held_for(req: Context, seen: Seen) -> tuple[str, str] | None:
    """Title and address of what the round is held for, where everybody may see that."""
    kind = subjects.of_kind(seen.round.subject_kind)
    facts = kind.facts(req.db, seen.round.subject_id) if kind and seen.round.subject_id else None
    return (facts.title, facts.url) if facts is not None else None


@router.page("/rounds/{id}", guard=guards.seen)
def detail(req: Req) -> Response:
    """What the reader may know: rules and timeline; the own submissions and reviews; the desk of the secretariat."""
    return _page(req, Parsed(values={}))


def _describe(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    return req.page("rounds/edit.html", status=status, parsed=parsed, round=req.subject.round)


@router.page("/rounds/{id}/edit", guard=guards.run)
def edit_page(req: Req) -> Response:
    """Title, summary, public or not."""
    names = ("title_zh", "title_en", "summary_zh", "summary_en", "public")
    return _describe(req, Parsed(values={name: getattr(req.subject.round, name) for name in names}))


@router.act("/rounds/{id}/edit", guard=guards.run)
def edit(req: Req) -> Response:
    """Keep them."""
    parsed = parse(RoundForm, req.form)
    if parsed.model is None:
        return _describe(req, parsed, 422)
    drafting.describe(req.db, req.actor, round_id=req.subject.round.id, given=parsed.model)
    return req.redirect(f"/rounds/{req.subject.round.id}", flash=_("Saved."))


@router.page("/rounds/{id}/shape", guard=guards.run)
def shape_page(req: Req) -> Response:
    """The rules of the round, to be edited while it is prepared."""
    seen: Seen = req.subject
    if seen.round.state is not RoundState.draft:
        return req.redirect(f"/rounds/{seen.round.id}#rules", flash=_("The rules are frozen."), level="info")
    draft = shaping.from_shape(seen.shape)
    return editor(req, draft, title=seen.round.title(req.locale), back=f"/rounds/{seen.round.id}")


@router.act("/rounds/{id}/shape", guard=guards.run)
def save_shape(req: Req) -> Response:
    """Keep the rules, show the reviewers' form, or change rows."""
    seen: Seen = req.subject
    draft, shape, asked = edited(req)
    back = f"/rounds/{seen.round.id}"
    if asked != "save" or shape is None:
        return editor(
            req, draft, title=seen.round.title(req.locale), back=back,
            preview=shape if asked == "preview" else None, status=422 if draft.errors else 200,
        )  # fmt: skip
    drafting.shape(req.db, req.actor, round_id=seen.round.id, given=shape)
    return req.redirect(back, flash=_("Saved."))


@router.act("/rounds/{id}/moves/{verb}", guard=guards.run)
def move(req: Req) -> Response:
    """``begin`` inviting, ``open``, ``close``, ``next``, ``conclude``, ``cancel``, ``extend``, ``outage``."""
    key, verb = req.subject.round.id, req.path["verb"]
    plain: dict[str, Any] = {
        "open": lifecycle.open_reviews,
        "close": lifecycle.close_reviews,
        "next": lifecycle.next_phase,
        "conclude": lifecycle.conclude,
    }
    if verb in plain:
        plain[verb](req.db, req.actor, round_id=key)
    elif verb == "begin":
        sent = lifecycle.begin_inviting(req.db, req.actor, round_id=key)
        return req.redirect(f"/rounds/{key}", flash=work.said(sent, work.hidden_from(req.subject)))
    elif verb in ("cancel", "extend", "outage"):
        return _with_reason(req, verb)
    else:
        raise NotFound(_("There is nothing at this address."))
    return req.redirect(f"/rounds/{key}", flash=_("The decision is recorded."))


def _with_reason(req: Context, verb: str) -> Response:
    key = req.subject.round.id
    parsed: Parsed[Any]
    if verb == "cancel":
        parsed = parse(ReasonForm, req.form)
    else:
        parsed = parse(ExtendForm if verb == "extend" else OutageForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            if verb == "cancel":
                lifecycle.cancel(req.db, req.actor, round_id=key, reason=parsed.model.reason)
            elif verb == "extend":
                deadlines.extend(req.db, req.actor, round_id=key, given=parsed.model)
            else:
                deadlines.add_outage(req.db, req.actor, round_id=key, given=parsed.model)
    if parsed.errors:
        return _page(req, parsed, verb, 422)
    return req.redirect(
        f"/rounds/{key}", flash=_("The decision is recorded, and the people concerned are told.")
    )
