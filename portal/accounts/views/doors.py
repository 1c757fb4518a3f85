"""Signing in, out and up."""

from urllib.parse import quote

from fastapi.responses import Response

from portal.accounts import actions, sessions, throttle
from portal.accounts.forms import SignInForm, SignUpForm, filling, safe_next
from portal.accounts.models import Account
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public
from portal.settings import get_settings

router = Doors()


def _user_agent(req: Context) -> str:
    return req.request.headers.get("user-agent", "")


def _old_secret(req: Context) -> str | None:
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
    return req.page("accounts/sign_in.html", parsed=Parsed(values={}), next=onward)


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
            user_agent=_user_agent(req),
            old_secret=_old_secret(req),
        )
        if entered is not None:
            return _first_step(req, entered)
        parsed.errors["email"] = _("Address or password is not right.")
    onward = safe_next(str(req.form.get("next", "")))
    return req.page("accounts/sign_in.html", status=422, parsed=parsed, next=onward)


@router.act("/sign-out", guard=public)
def sign_out(req: Req) -> Response:
    """End this browser's session on the server and take the cookie away."""
    secret = _old_secret(req)
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
    """Register and sign in at once. Tries per network are limited: the form tells which addresses exist."""
    subject = f"sign-up:{throttle.network(req.address)}"
    throttle.check(req.db, subject, throttle.SIGN_UPS)
    parsed = parse(SignUpForm, req.form)
    account: Account | None = None
    if parsed.model is not None:
        throttle.count(req.db, subject)
        form = parsed.model
        with filling(req.db, parsed):
            account = actions.register_account(
                req.db,
                req.actor,
                email=form.email,
                name=form.name,
                password=form.password,
                namespace=form.namespace or None,
                locale=req.locale,
            )
    if account is None or parsed.errors:
        onward = safe_next(str(req.form.get("next", "")))
        return req.page("accounts/sign_up.html", status=422, parsed=parsed, next=onward)
    old = _old_secret(req)
    if old:
        actions.sign_out(req.db, secret=old)
    secret = actions.open_session(req.db, account, address=req.address, user_agent=_user_agent(req))
    onward = safe_next(str(req.form.get("next", "")))
    return enter(req, secret, to=onward, flash=_("Welcome, %(name)s.", name=account.name))
