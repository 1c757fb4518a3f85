"""Signing in by a passkey alone: the browser offers those it has for this site, in the field of the address too."""

from fastapi.responses import Response

from portal.accounts import actions, ceremonies
from portal.accounts.forms import AnswerForm, safe_next
from portal.accounts.views.doors import enter, old_secret, sign_in_form, user_agent
from portal.accounts.views.keys import options_answer, party_here
from portal.kit.forms import parse
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, public

router = Doors()
COOKIE = "passkey"
PATH = "/sign-in/passkey"


@router.act(f"{PATH}/options", guard=public)
def options(req: Req) -> Response:
    """A challenge for this browser. It is nobody's yet, so the browser keeps it, sealed."""
    party = party_here(req)
    challenge, sealed = actions.begin_passkey(party)
    response = options_answer(req, ceremonies.authentication_options(party, [], challenge, alone=True))
    response.set_cookie(
        COOKIE,
        sealed,
        max_age=int(actions.PASSKEY_LIFE.total_seconds()),
        path=PATH,
        httponly=True,
        samesite="strict",
        secure=party.origin.startswith("https:"),
    )
    return response


@router.act(PATH, guard=public)
def sign_in(req: Req) -> Response:
    """Open a session for whom the passkey belongs to; the form again where it does not hold."""
    parsed = parse(AnswerForm, req.form)
    onward = safe_next(str(req.form.get("next", "")))
    secret = actions.sign_in_by_passkey(
        req.db,
        party=party_here(req),
        answer=parsed.model.credential if parsed.model is not None else "",
        sealed=req.request.cookies.get(COOKIE, ""),
        address=req.address,
        user_agent=user_agent(req),
        old_secret=old_secret(req),
    )
    if secret is not None:
        return enter(req, secret, to=onward)
    parsed.errors["credential"] = _("The passkey was not accepted. Try again, or use your password.")
    parsed.values.pop("credential", None)
    return sign_in_form(req, parsed, onward, 422)
