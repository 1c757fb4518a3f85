"""Signing in, out and up."""

from typing import Any
from urllib.parse import quote

from fastapi.responses import Response

from portal.accounts import actions, queries, sessions, throttle
from portal.accounts.ceremonies import party_of
from portal.accounts.forms import PasswordOnlyForm, SignInForm, SignUpForm, filling, safe_next
from portal.accounts.models import Account, SignUp
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.ids import digest_secret
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public
from portal.notices.policy import can_read_outbox
from portal.settings import get_settings

router = Doors()


def user_agent(req: Context) -> str:
    """What the browser calls itself."""
    return req.request.headers.get("user-agent", "")


def old_secret(req: Context) -> str | None:
    """The secret of the session this browser has, if any."""
    return req.request.cookies.get(sessions.cookie_name(req.request))


def enter(req: Context, secret: str, *, to: str, flash: str | None = None) -> Response:
    """Hand over the new session and go on to a path of this site."""
    response = req.redirect(to, flash=flash)
    sessions.set_cookie(req.request, response, secret)
    response.headers["Cache-Control"] = "no-store"
    return response


def _first_step(req: Context, entered: actions.SignedIn) -> Response:
    """After the right password: on to the second factor, or to setting one up where the rights ask for it, or in."""
    onward = safe_next(str(req.form.get("next", "")))
    if entered.pending:
        return enter(req, entered.secret, to=f"/sign-in/second?next={quote(onward, safe='')}")
    rights = sessions.actor_of(req.db, entered.account.id)
    if get_settings().second_factor == "required" and sessions.needs_second_factor(rights):
        text = _("Your rights need a second factor. Please set one up.")
        return enter(req, entered.secret, to="/settings/security", flash=text)
    return enter(req, entered.secret, to=onward)


@router.page("/sign-in", guard=public)
def sign_in_page(req: Req) -> Response:
    """The form; who is signed in goes straight on."""
    onward = safe_next(req.query.get("next"))
    if not req.actor.is_anonymous:
        return req.redirect(onward)
    return sign_in_form(req, Parsed(values={}), onward)


def sign_in_form(req: Context, parsed: Parsed[Any], onward: str, status: int = 200) -> Response:
    """The form with what was wrong; passkeys where browsers offer them."""
    can_use_keys = party_of(req.request) is not None
    return req.page(
        "accounts/sign_in.html", status=status, parsed=parsed, next=onward, can_use_keys=can_use_keys
    )


@router.act("/sign-in", guard=public)
def sign_in(req: Req) -> Response:
    """Open a session, or show the form again with the same words whatever was wrong."""
    parsed = parse(SignInForm, req.form)
    if parsed.model is not None:
        entered = actions.sign_in(
            req.db,
            email=parsed.model.email,
            password=parsed.model.password,
            address=req.address,
            user_agent=user_agent(req),
            old_secret=old_secret(req),
        )
        if entered is not None:
            return _first_step(req, entered)
        parsed.errors["email"] = _("Address or password is not right.")
    onward = safe_next(str(req.form.get("next", "")))
    return sign_in_form(req, parsed, onward, 422)


@router.act("/sign-out", guard=public)
def sign_out(req: Req) -> Response:
    """End this browser's session on the server and take the cookie away."""
    secret = old_secret(req)
    if secret:
        actions.sign_out(req.db, secret=secret)
    response = req.redirect("/", flash=_("You are signed out."))
    sessions.clear_cookie(req.request, response)
    return response


@router.page("/sign-up", guard=public)
def sign_up_page(req: Req) -> Response:
    """The form; who is signed in goes straight on."""
    onward = safe_next(req.query.get("next"))
    if not req.actor.is_anonymous:
        return req.redirect(onward)
    return req.page("accounts/sign_up.html", parsed=Parsed(values={}), next=onward)


@router.act("/sign-up", guard=public)
def sign_up(req: Req) -> Response:
    """Mail a link; the answer is the same whether the address has an account or not. Limited per network."""
    subject = f"sign-up:{throttle.network(req.address)}"
    throttle.check(req.db, subject, throttle.SIGN_UPS)
    parsed = parse(SignUpForm, req.form)
    onward = safe_next(str(req.form.get("next", "")))
    if parsed.model is not None:
        throttle.count(req.db, subject)
        form = parsed.model
        with filling(req.db, parsed):
            actions.begin_sign_up(
                req.db,
                email=form.email,
                name=form.name,
                password=form.password,
                namespace=form.namespace or None,
                onward=onward,
            )
    if parsed.errors:
        return req.page("accounts/sign_up.html", status=422, parsed=parsed, next=onward)
    return req.redirect("/sign-up/sent")


@router.page("/sign-up/sent", guard=public)
def sign_up_sent(req: Req) -> Response:
    """What to do next. Without a mail server the mail lies in the outbox, for whoever may read that."""
    return req.page("accounts/sign_up_sent.html", outbox=reads_outbox(req))


def reads_outbox(req: Context) -> bool:
    """Whether this site keeps its mail and this reader may see it (a new installation, at the machine itself)."""
    settings = get_settings()
    allowed = can_read_outbox(req.actor, settings, address=req.address, headers=req.request.headers)
    return not settings.smtp_host and allowed


def waiting_sign_up(req: Context) -> SignUp:
    """The link must still hold; a used, old or made-up one is the same 404."""
    row = queries.live_sign_up(req.db, digest_secret(req.path["token"]))
    if row is None or queries.by_email(req.db, row.email) is not None:
        raise NotFound(_("This link was used already or is too old."), hint=_("Sign up again."))
    return row


@router.page("/sign-up/{token}", guard=waiting_sign_up)
def complete_page(req: Req) -> Response:
    """Ask for the password once more: only whoever typed it may have the account."""
    return _complete_page(req, Parsed(values={}), 200)


def _complete_page(req: Context, parsed: Parsed[PasswordOnlyForm], status: int) -> Response:
    response = req.page("accounts/sign_up_complete.html", status=status, parsed=parsed, waiting=req.subject)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.act("/sign-up/{token}", guard=waiting_sign_up)
def complete(req: Req) -> Response:
    """Make the account and sign in."""
    waiting: SignUp = req.subject
    onward = safe_next(waiting.onward)
    parsed = parse(PasswordOnlyForm, req.form)
    account: Account | None = None
    if parsed.model is not None:
        account = actions.complete_sign_up(req.db, secret=req.path["token"], password=parsed.model.password)
        if account is None:
            parsed.errors["password"] = _("This is not the password you chose when you signed up.")
    if account is None:
        return _complete_page(req, parsed, 422)
    old = old_secret(req)
    if old:
        actions.sign_out(req.db, secret=old)
    secret = actions.open_session(req.db, account, address=req.address, user_agent=user_agent(req))
    return enter(req, secret, to=onward, flash=_("Welcome, %(name)s.", name=account.name))
