"""An expert's own invitations, and the answer by the links of the mail: a page, a pledge, one button."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.reviews.desk import guards
from portal.reviews.desk.queries import lists
from portal.reviews.rounds.actions import invitations
from portal.reviews.rounds.forms import AnswerForm
from portal.reviews.rounds.models import DeclineReason, Invitation
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.standing import shape_of

router = Doors()


@router.page("/me/invitations", guard=guards.myself)
def mine(req: Req) -> Response:
    """One's own invitations, newest first."""
    return req.page("rounds/mine.html", rows=lists.invitations_of(req.db, req.subject))


def _page(
    req: Context, invitation: Invitation, parsed: Parsed[Any], *, accept: bool | None, status: int = 200
) -> Response:
    """The question. ``accept``: which of the two answers the link was for; None offers both."""
    round_ = basic.one(req.db, invitation.round_id)
    assert round_ is not None  # noqa: S101 - a foreign key
    shape = shape_of(round_)
    seats = basic.seats_of(req.db, round_.id, invitation.account_id)
    return req.page(
        "rounds/answer.html",
        status=status,
        invitation=invitation,
        round=round_,
        shape=shape,
        pledge=shape.pledge(req.locale),
        seats=sum(state in invitations.HELD for state in seats.values()),
        accept=accept,
        reasons=[(item.value, label(item)) for item in DeclineReason],
        parsed=parsed,
        open=round_.state in invitations.ASKING,
    )


@router.page("/me/invitations/{id}", guard=guards.invitation)
def detail(req: Req) -> Response:
    """One invitation, with what was or can be answered."""
    return _page(req, req.subject, Parsed(values={}), accept=None)


@router.act("/me/invitations/{id}", guard=guards.invitation)
def answer(req: Req) -> Response:
    """Accept or decline."""
    parsed = _given(req)
    if parsed.model is not None:
        with filling(req.db, parsed):
            invitations.answer(req.db, req.actor, invitation_id=req.subject.id, given=parsed.model)
    if parsed.errors:
        return _page(req, req.subject, parsed, accept=None, status=422)
    return req.redirect("/me/invitations", flash=_thanks(parsed))


def _given(req: Context, **fixed: bool) -> Parsed[AnswerForm]:
    return parse(AnswerForm, {**dict(req.form), **fixed})


def _thanks(parsed: Parsed[AnswerForm]) -> str:
    accepted = parsed.model is not None and parsed.model.accept
    return _("Thank you for reviewing.") if accepted else _("Your answer is recorded. Thank you.")


# Programs that look at mails open its links. Opening one answers nothing: only the button of the page does.


@router.page("/reviews/answer/{secret}", guard=guards.mailed)
def accept_page(req: Req) -> Response:
    """The pledge and the button to accept."""
    return _page(req, req.subject.invitation, Parsed(values={}), accept=True)


@router.page("/reviews/answer/{secret}/decline", guard=guards.mailed)
def decline_page(req: Req) -> Response:
    """The button to decline."""
    return _page(req, req.subject.invitation, Parsed(values={}), accept=False)


@router.act("/reviews/answer/{secret}", guard=guards.mailed)
def accept(req: Req) -> Response:
    """Accept: pressing the button under the pledge signs it."""
    return _by_mail(req, accept=True, pledge=True)


@router.act("/reviews/answer/{secret}/decline", guard=guards.mailed)
def decline(req: Req) -> Response:
    """Decline."""
    return _by_mail(req, accept=False, pledge=False)


def _by_mail(req: Context, *, accept: bool, pledge: bool) -> Response:
    found: guards.Mailed = req.subject
    parsed = _given(req, accept=accept, pledge=pledge)
    if parsed.model is None:
        return _page(req, found.invitation, parsed, accept=accept, status=422)
    answered = invitations.answer(req.db, found.actor, invitation_id=found.invitation.id, given=parsed.model)
    round_ = basic.one(req.db, answered.round_id)
    if round_ is None:
        raise NotFound(_("There is nothing at this address."))
    return req.page("rounds/answered.html", round=round_, accepted=accept)
