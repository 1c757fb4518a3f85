"""The page behind the link of an invitation."""

from fastapi.responses import Response

from portal.accounts import queries as accounts
from portal.kit.clock import now
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.ids import digest_secret
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, signed_in
from portal.organisations import actions, queries
from portal.organisations.models import InvitationState

router = Doors()


def holds(req: Context) -> object:
    """Whoever has the link of an open invitation may read it; only the invited person can answer."""
    found = queries.invitation_by_digest(req.db, digest_secret(req.path["token"]))
    if found is None or found[0].state is not InvitationState.open or found[0].expires_at <= now():
        raise NotFound(_("This invitation no longer holds."), hint=_("Ask for a new one."))
    return found


@router.page("/invitations/{token}", guard=holds)
def invitation(req: Req) -> Response:
    """Who invites to what, and the way to answer for whoever reads this."""
    found, organisation, namespace = req.subject
    account = accounts.by_id(req.db, req.actor.id)
    response = req.page(
        "organisations/invitation.html",
        invitation=found,
        organisation=organisation,
        namespace=namespace,
        for_me=account is not None and account.email == found.email,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@router.act("/invitations/{token}", guard=signed_in)
def answer(req: Req) -> Response:
    """Accept or decline; the action refuses everybody but the invited person."""
    secret = req.path["token"]
    if req.form.get("answer") == "decline":
        actions.decline_invitation(req.db, req.actor, secret=secret)
        return req.redirect("/", flash=_("You declined the invitation."))
    organisation = actions.accept_invitation(req.db, req.actor, secret=secret)
    return req.redirect(
        actions.page_url(req.db, organisation),
        flash=_("You are a member now of %(name)s.", name=organisation.name),
    )
