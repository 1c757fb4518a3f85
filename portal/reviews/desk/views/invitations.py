"""Invitations of a round, for the secretariat: who is asked, what they answered, who is late."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.experts.forms import split_keywords
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import N_, _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.text import to_csv
from portal.reviews.desk import guards, work
from portal.reviews.desk.queries import tables
from portal.reviews.rounds import sight
from portal.reviews.rounds.actions import invitations
from portal.reviews.rounds.forms import PlanForm, ReasonForm, SeatForm
from portal.reviews.rounds.models import InvitationState, RoundState
from portal.reviews.rounds.seen import Seen

router = Doors()
TABS: dict[str, tuple[str, tuple[InvitationState, ...]]] = {
    "": (N_("All experts"), ()),
    "open": (N_("Not answered"), (InvitationState.planned, InvitationState.sent)),
    "accepted": (N_("Accepted"), (InvitationState.accepted,)),
    "gone": (
        N_("Declined or over"),
        (InvitationState.declined, InvitationState.expired, InvitationState.withdrawn),
    ),
    "late": (N_("Reviews missing"), ()),
}
HEADER = (
    "short_name", "name", "state", "sent", "answer_by", "answered", "pledged", "declined_for", "reason", "suggestion",
    "reminders", "seats", "delivered", "missing",
)  # fmt: skip


def _page(req: Context, form: str = "", parsed: Parsed[Any] | None = None, status: int = 200) -> Response:
    seen: Seen = req.subject
    tab = req.query.get("tab", "")
    tab = tab if tab in TABS else ""
    sight.names_seen(req.db, req.actor, seen.round, "desk.invitations")
    page = tables.invitations_page(
        req.db, seen.round.id, states=TABS[tab][1], late=tab == "late",
        after=req.query.get("after"), before=req.query.get("before"),
    )  # fmt: skip
    counts = tables.counts_of_invitations(req.db, seen.round.id)
    return req.page(
        "rounds/invitations.html",
        status=status,
        round=seen.round,
        page=page,
        tab=tab,
        tabs=[
            (
                _(title), req.url_with(tab=name or None, after=None, before=None), name == tab,
                sum(counts.get(state, 0) for state in states or InvitationState),
            )[: 3 if name == "late" else 4]
            for name, (title, states) in TABS.items()
        ],
        planned=counts.get(InvitationState.planned, 0),
        asking=seen.round.state in invitations.ASKING,
        open=seen.round.state in (RoundState.draft, *invitations.ASKING),
        form=form,
        parsed=parsed or Parsed(values={}),
    )  # fmt: skip


@router.page("/rounds/{id}/invitations", guard=guards.run_whole)
def overview(req: Req) -> Response:
    """Experts of the round with the states of their invitations and the numbers of their reviews."""
    return _page(req)


@router.page("/rounds/{id}/invitations.csv", guard=guards.run_whole)
def table(req: Req) -> Response:
    """The same as a table."""
    seen: Seen = req.subject
    sight.names_seen(req.db, req.actor, seen.round, "desk.invitations_table")
    rows = tables.all_invitations(req.db, seen.round.id)
    lines = [
        (
            slug, name, row.state.value, _stamp(row.sent_at), _stamp(row.deadline_at), _stamp(row.answered_at),
            _stamp(row.pledged_at), row.declined_for.value, row.reason, row.suggestion, row.reminders, seats,
            delivered, missing,
        )
        for row, name, slug, seats, delivered, missing, _key in rows
    ]  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="invitations.csv"'}
    return Response(to_csv(HEADER, lines), media_type="text/csv; charset=utf-8", headers=headers)


def _stamp(value: Any) -> str:
    return value.isoformat(timespec="minutes") if value is not None else ""


@router.act("/rounds/{id}/invitations", guard=guards.run_whole)
def plan(req: Req) -> Response:
    """Put experts on the list to be invited."""
    key = req.subject.round.id
    parsed = parse(PlanForm, req.form)
    made: list[Any] = []
    if parsed.model is not None:
        names = [name.casefold() for name in split_keywords(parsed.model.experts)]
        with filling(req.db, parsed):
            made = invitations.plan(req.db, req.actor, round_id=key, experts=names, panel=parsed.model.panel)
    if parsed.errors:
        return _page(req, "plan", parsed, 422)
    return req.redirect(f"/rounds/{key}/invitations", flash=_("Experts on the list: %(n)s.", n=len(made)))


@router.act("/rounds/{id}/invitations/send", guard=guards.run_whole)
def send(req: Req) -> Response:
    """Mail everybody who is planned."""
    key = req.subject.round.id
    sent = invitations.send(req.db, req.actor, round_id=key)
    return req.redirect(f"/rounds/{key}/invitations", flash=work.said(sent, frozenset()))


@router.act("/rounds/{id}/seats", guard=guards.run_whole)
def give(req: Req) -> Response:
    """Give an expert a seat by hand."""
    key = req.subject.round.id
    parsed = parse(SeatForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            invitations.give(req.db, req.actor, round_id=key, given=parsed.model)
    if parsed.errors:
        return _page(req, "seat", parsed, 422)
    return req.redirect(f"/rounds/{key}/invitations", flash=_("The seat is given."))


@router.act("/rounds/{id}/invitations/{invitation}/withdraw", guard=guards.run_whole)
def withdraw(req: Req) -> Response:
    """Take an invitation back, with a reason."""
    key = req.subject.round.id
    given = parse(ReasonForm, req.form).require()
    invitations.withdraw(
        req.db, req.actor, round_id=key, invitation_id=req.path_id("invitation"), reason=given.reason
    )
    return req.redirect(f"/rounds/{key}/invitations", flash=_("The invitation is withdrawn."))
