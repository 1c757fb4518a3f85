"""The second step of signing in, and proving again before something sensitive."""

from typing import Any
from urllib.parse import quote

from fastapi.responses import Response

from portal.accounts import actions, ceremonies, queries
from portal.accounts.forms import CodeForm, ConfirmForm, safe_next
from portal.accounts.guards import half_in, in_browser, myself
from portal.accounts.models import Account, AccountState
from portal.accounts.views.doors import enter
from portal.kit.errors import Forbidden
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, ngettext
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.settings import get_settings

router = Doors()


def onward(req: Context) -> str:
    """Where the reader wanted to be, from the form or the address."""
    return safe_next(str(req.form.get("next", "")) or req.query.get("next"))


def shown_code(req: Context, account: Account) -> str | None:
    """On a demonstration site, a code for its demonstration accounts; a real site shows none, ever."""
    return actions.demo_code(req.db, account) if get_settings().demo else None


def step_page(
    req: Context, template: str, account: Account, parsed: Parsed[Any], status: int = 200
) -> Response:
    """The page of a step, with whatever can prove this account."""
    response = req.page(
        template,
        status=status,
        parsed=parsed,
        next=onward(req),
        keys=queries.keys_of(req.db, account.id),
        has_factor=queries.has_factor(req.db, account.id),
        demo_account=get_settings().demo and account.demo,
        demo_code=shown_code(req, account),
        can_use_keys=ceremonies.party_of(req.request) is not None,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@router.page("/sign-in/second", guard=half_in)
def second_page(req: Req) -> Response:
    """A code from the app, a security key, or a recovery code."""
    return step_page(req, "accounts/second.html", req.subject[1], Parsed(values={}))


@router.act("/sign-in/second", guard=half_in)
def second(req: Req) -> Response:
    """Open the session proper, with a new secret; a wrong code shows the form again."""
    pending, account = req.subject
    parsed = parse(CodeForm, req.form)
    proof = actions.prove(req.db, account, code=parsed.model.code) if parsed.model is not None else None
    if proof is None:
        parsed.errors.setdefault("code", _("This code is not right, or it was used already."))
        return step_page(req, "accounts/second.html", account, parsed, 422)
    if account.state is not AccountState.active:
        raise Forbidden(_("This account is locked."))
    secret = actions.finish_sign_in(req.db, pending, account)
    return enter(req, secret, to=onward(req), flash=_codes_left(req, account, proof))


def _codes_left(req: Context, account: Account, proof: actions.Proof) -> str | None:
    if proof is not actions.Proof.recovery:
        return None
    left = queries.unused_codes(req.db, account.id)
    return ngettext(
        "You used a recovery code; %(n)s is left.", "You used a recovery code; %(n)s are left.", left
    )


@router.page("/second-factor", guard=in_browser)
def second_factor(req: Req) -> Response:
    """From a refusal to whatever is missing: setting up a factor, or proving oneself with it."""
    if queries.has_factor(req.db, req.actor.id):
        return req.redirect(f"/confirm?next={quote(onward(req), safe='')}")
    return req.redirect("/settings/security")


@router.page("/confirm", guard=myself)
def confirm_page(req: Req) -> Response:
    """Ask once more: a factor where there is one, else the password."""
    return step_page(req, "accounts/confirm.html", req.subject, Parsed(values={}))


@router.act("/confirm", guard=myself)
def confirm(req: Req) -> Response:
    """Remember that the owner is there, and go back."""
    in_browser(req)
    account: Account = req.subject
    parsed = parse(ConfirmForm, req.form)
    model = parsed.model
    proof = model and actions.confirm_session(req.db, req.actor, code=model.code, password=model.password)
    if not proof:
        if queries.has_factor(req.db, account.id):
            parsed.errors["code"] = _("This code is not right, or it was used already.")
        else:
            parsed.errors["password"] = _("This is not your present password.")
        return step_page(req, "accounts/confirm.html", account, parsed, 422)
    return req.redirect(onward(req), flash=_("Thank you. You can go on now."))
