"""Members and invitations of one organisation."""

import uuid

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.accounts.guards import confirmed
from portal.kit.errors import Invalid, NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.ids import parse_id
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.organisations import actions, queries
from portal.organisations.forms import InvitationForm
from portal.organisations.models import MemberRole
from portal.organisations.views.guards import Loaded, joined, managed, url

router = Doors()


def _page(req: Context, parsed: Parsed[InvitationForm], status: int = 200) -> Response:
    found: Loaded = req.subject
    return req.page(
        "organisations/members.html",
        status=status,
        organisation=found[0],
        namespace=found[1],
        members=queries.members(req.db, found[0].id),
        invitations=queries.invitations(req.db, found[0].id),
        roles=[(role.value, _(role.label)) for role in MemberRole],
        parsed=parsed,
    )


@router.page("/organisations/{slug}/members", guard=managed)
def members(req: Req) -> Response:
    """Members and open invitations, for administrators."""
    return _page(req, Parsed(values={}))


@router.act("/organisations/{slug}/invitations", guard=confirmed(managed))
def invite(req: Req) -> Response:
    """Invite somebody by mail."""
    found: Loaded = req.subject
    parsed = parse(InvitationForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            actions.invite(
                req.db,
                req.actor,
                organisation_id=found[0].id,
                email=parsed.model.email,
                role=parsed.model.role,
            )
    if parsed.errors:
        return _page(req, parsed, 422)
    return req.redirect(url(req, "members"), flash=_("The invitation is on its way."))


@router.act("/organisations/{slug}/invitations/{id}/resend", guard=managed)
def resend(req: Req) -> Response:
    """Send an open invitation again."""
    found: Loaded = req.subject
    actions.resend_invitation(req.db, req.actor, organisation_id=found[0].id, invitation_id=req.path_id())
    return req.redirect(url(req, "members"), flash=_("The invitation is on its way."))


@router.act("/organisations/{slug}/invitations/{id}/withdraw", guard=managed)
def withdraw(req: Req) -> Response:
    """Take an open invitation back."""
    found: Loaded = req.subject
    actions.withdraw_invitation(req.db, req.actor, organisation_id=found[0].id, invitation_id=req.path_id())
    return req.redirect(url(req, "members"), flash=_("The invitation is withdrawn."))


def _account(req: Context) -> uuid.UUID:
    found = parse_id(req.path["account"])
    if found is None:
        raise NotFound(_("There is no such member."))
    return found


@router.act("/organisations/{slug}/members/{account}/role", guard=confirmed(managed))
def change_role(req: Req) -> Response:
    """Give a member another role."""
    found: Loaded = req.subject
    try:
        role = MemberRole(str(req.form.get("role", "")))
    except ValueError:
        raise Invalid(_("Please choose one of the offered values.")) from None
    actions.change_role(req.db, req.actor, organisation_id=found[0].id, account_id=_account(req), role=role)
    # Who gives up the administrator's role may not see the list of members any more.
    onward = url(req) if _account(req) == req.actor.id else url(req, "members")
    return req.redirect(onward, flash=_("Saved."))


@router.act("/organisations/{slug}/members/{account}/remove", guard=confirmed(managed))
def remove(req: Req) -> Response:
    """End somebody's membership."""
    found: Loaded = req.subject
    actions.remove_member(req.db, req.actor, organisation_id=found[0].id, account_id=_account(req))
    return req.redirect(url(req, "members"), flash=_("The member is removed."))


@router.act("/organisations/{slug}/leave", guard=joined)
def leave(req: Req) -> Response:
    """End one's own membership."""
    found: Loaded = req.subject
    actions.leave(req.db, req.actor, organisation_id=found[0].id)
    return req.redirect(url(req), flash=_("You left the organisation."))
