"""A forgotten password: asking for a link by mail, and using it."""

from fastapi.responses import Response

from portal.accounts import actions, queries, sessions
from portal.accounts.forms import ForgotForm, ResetForm, filling
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.ids import digest_secret
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public

router = Doors()


@router.page("/forgot", guard=public)
def forgot_page(req: Req) -> Response:
    """The form for the address."""
    return req.page("accounts/forgot.html", parsed=Parsed(values={}))


@router.act("/forgot", guard=public)
def forgot(req: Req) -> Response:
    """The same answer whether there is such an account or not."""
    parsed = parse(ForgotForm, req.form)
    if parsed.model is None:
        return req.page("accounts/forgot.html", status=422, parsed=parsed)
    actions.request_reset(req.db, email=parsed.model.email, address=req.address)
    text = _(
        "If there is an account with this address, a mail with a link is on its way. The link holds for one hour."
    )
    return req.redirect("/sign-in", flash=text, level="info")


def live_link(req: Context) -> None:
    """The link must still hold; a used, old or made-up one is the same 404."""
    if queries.live_reset(req.db, digest_secret(req.path["token"])) is None:
        raise NotFound(_("This link was used already or is too old."), hint=_("Ask for a new one."))


@router.page("/reset/{token}", guard=live_link)
def reset_page(req: Req) -> Response:
    """The form for the new password."""
    return _unstored(req.page("accounts/reset.html", parsed=Parsed(values={})))


@router.act("/reset/{token}", guard=live_link)
def reset(req: Req) -> Response:
    """Set the password; every session of the account ends, so the next step is to sign in."""
    parsed = parse(ResetForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            actions.reset_password(req.db, secret=req.path["token"], new=parsed.model.new_password)
    if parsed.errors:
        return _unstored(req.page("accounts/reset.html", status=422, parsed=parsed))
    response = req.redirect("/sign-in", flash=_("Your new password is set. Please sign in."))
    sessions.clear_cookie(req.request, response)
    return response


def _unstored(response: Response) -> Response:
    """The address of these pages is a secret: keep it out of caches and referrers."""
    response.headers["Cache-Control"] = "no-store"
    return response
