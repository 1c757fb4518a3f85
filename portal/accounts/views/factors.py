"""Settings of the second step: the authenticator app and recovery codes."""

from typing import Any
from urllib.parse import quote

from fastapi.responses import Response

from portal.accounts import actions, ceremonies, queries, sessions, totp
from portal.accounts.forms import CodeForm
from portal.accounts.guards import confirmed, in_browser, myself
from portal.accounts.models import Account
from portal.kit.errors import Conflict
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.templates import site_values
from portal.settings import get_settings

router = Doors()


def own(req: Context) -> Account:
    """Somebody must be signed in by a browser session; gives the own account."""
    in_browser(req)
    return myself(req)


def security_page(req: Context, *, status: int = 200, **values: Any) -> Response:
    """The page of the factors; ``codes`` are recovery codes just made, shown this once."""
    account: Account = req.subject
    app = queries.totp_of(req.db, account.id)
    rights = sessions.actor_of(req.db, account.id)
    response = req.page(
        "accounts/settings_security.html",
        status=status,
        app=app if app is not None and app.confirmed_at is not None else None,
        keys=queries.keys_of(req.db, account.id),
        can_use_keys=ceremonies.party_of(req.request) is not None,
        codes_left=queries.unused_codes(req.db, account.id),
        needed=sessions.needs_second_factor(rights) and get_settings().second_factor == "required",
        **{"codes": [], "codes_file": "", "errors": {}, "key_name": "", **values},
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def codes_page(req: Context, codes: list[str]) -> Response:
    """Recovery codes, this once, also as a file: the file is in the page, so that nothing keeps it."""
    name = site_values()["name"]
    head = _("Recovery codes of %(account)s at %(site)s; each works once.", account=req.actor.name, site=name)
    text = "\r\n".join([head, "", *codes, ""])
    return security_page(
        req, codes=codes, codes_file="data:text/plain;charset=utf-8," + quote("\ufeff" + text)
    )


@router.page("/settings/security", guard=own)
def security(req: Req) -> Response:
    """Which factors there are, and how to add, remove and renew."""
    return security_page(req)


@router.act("/settings/security/app/begin", guard=confirmed(own))
def begin(req: Req) -> Response:
    """Make a secret, and go on to its QR code."""
    actions.begin_totp(req.db, req.actor)
    return req.redirect("/settings/security/app")


@router.page("/settings/security/app", guard=confirmed(own))
def app_page(req: Req) -> Response:
    """The QR code, the secret as text, and the field for the first code."""
    return _app_page(req, Parsed(values={}), 200)


def _app_page(req: Context, parsed: Parsed[CodeForm], status: int) -> Response:
    account: Account = req.subject
    row = queries.totp_of(req.db, account.id)
    if row is None or row.confirmed_at is not None:
        return req.redirect("/settings/security")
    secret = actions.opened_secret(row)
    if secret is None:
        raise Conflict(_("This secret can no longer be read."), hint=_("Begin again."))
    uri = totp.uri(secret, account=account.email, issuer=str(site_values()["name"]))
    response = req.page(
        "accounts/settings_app.html",
        status=status,
        parsed=parsed,
        qr=totp.qr(uri),
        secret=totp.grouped(secret),
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@router.act("/settings/security/app", guard=confirmed(own))
def confirm_app(req: Req) -> Response:
    """Put the app in force if its first code is right; the first factor brings recovery codes."""
    parsed = parse(CodeForm, req.form)
    codes = actions.confirm_totp(req.db, req.actor, code=parsed.model.code) if parsed.model else None
    if codes is None:
        parsed.errors.setdefault("code", _("This code is not right. Is the clock of your phone right?"))
        return _app_page(req, parsed, 422)
    if codes:
        return codes_page(req, codes)
    return req.redirect("/settings/security", flash=_("The authenticator app is set up."))


@router.act("/settings/security/app/remove", guard=confirmed(own))
def remove_app(req: Req) -> Response:
    """Take the app out of force."""
    actions.remove_totp(req.db, req.actor)
    return req.redirect("/settings/security", flash=_("The authenticator app is removed."))


@router.act("/settings/security/codes", guard=confirmed(own))
def renew(req: Req) -> Response:
    """Ten new recovery codes, shown this once."""
    return codes_page(req, actions.renew_codes(req.db, req.actor))
