"""Settings of one's own account: profile, password, sessions, address, language."""

import uuid

from fastapi.responses import Response

from portal.accounts import actions, agents, queries, sessions
from portal.accounts.forms import EmailForm, PasswordForm, ProfileForm, filling
from portal.accounts.guards import confirmed, myself
from portal.accounts.models import Account, EmailChange
from portal.accounts.views.data import show_account
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import LOCALES, _
from portal.kit.ids import digest_secret, parse_id
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public, signed_in

router = Doors()


@router.page("/settings", guard=signed_in)
def settings(req: Req) -> Response:
    """The first of the settings pages."""
    return req.redirect("/settings/profile")


@router.page("/settings/profile", guard=myself)
def profile_page(req: Req) -> Response:
    """The public profile as a form."""
    account: Account = req.subject
    values = {name: getattr(account, name) for name in ProfileForm.model_fields}
    return req.page("accounts/settings_profile.html", parsed=Parsed(values=values))


@router.act("/settings/profile", guard=myself)
def profile(req: Req) -> Response:
    """Keep the profile."""
    parsed = parse(ProfileForm, req.form)
    if parsed.model is None:
        return req.page("accounts/settings_profile.html", status=422, parsed=parsed)
    actions.update_profile(req.db, req.actor, **parsed.model.model_dump())
    return req.redirect("/settings/profile", flash=_("Saved."))


@router.page("/settings/password", guard=signed_in)
def password_page(req: Req) -> Response:
    """The form."""
    return req.page("accounts/settings_password.html", parsed=Parsed(values={}))


@router.act("/settings/password", guard=confirmed(signed_in))
def password(req: Req) -> Response:
    """Change the password; other browsers are signed out."""
    parsed = parse(PasswordForm, req.form)
    if parsed.model is not None:
        form = parsed.model
        with filling(req.db, parsed):
            right = actions.change_password(req.db, req.actor, old=form.old_password, new=form.new_password)
            if not right:
                parsed.errors["old_password"] = _("This is not your present password.")
    if parsed.errors:
        return req.page("accounts/settings_password.html", status=422, parsed=parsed)
    return req.redirect(
        "/settings/password", flash=_("Your password is changed; other browsers were signed out.")
    )


@router.page("/settings/sessions", guard=signed_in)
def sessions_page(req: Req) -> Response:
    """Where the account is signed in just now."""
    mine = queries.sessions_of(req.db, _me(req), idle_since=sessions.idle_since())
    rows = [(row, agents.agent(row.user_agent)) for row in mine]
    return req.page("accounts/settings_sessions.html", sessions=rows)


@router.act("/settings/sessions/end", guard=signed_in)
def end_session(req: Req) -> Response:
    """End one session, or all others."""
    chosen = str(req.form.get("session", ""))
    if chosen == "others":
        actions.end_other_sessions(req.db, req.actor, account_id=_me(req), keep=req.actor.session_id)
    else:
        actions.end_session(req.db, req.actor, session_id=_uuid(chosen))
    return req.redirect("/settings/sessions", flash=_("Signed out there."))


@router.act("/settings/email", guard=confirmed(myself))
def email(req: Req) -> Response:
    """Mail a link to the new address; the same answer whether somebody has it or not."""
    parsed = parse(EmailForm, req.form)
    if parsed.model is None:
        return show_account(req, parsed, 422)
    actions.begin_email_change(req.db, req.actor, email=parsed.model.email)
    text = _(
        "We have sent a mail to the new address. Its link holds for 24 hours; until then nothing changes."
    )
    return req.redirect("/settings/account", flash=text, level="info")


def waiting_change(req: Context) -> EmailChange:
    """Signed in, with a link that holds and was made for this account; everything else is the same 404."""
    myself(req)
    row = queries.live_email_change(req.db, digest_secret(req.path["token"]))
    if row is None or row.account_id != req.actor.id:
        raise NotFound(_("This link was used already or is too old."), hint=_("Ask for a new one."))
    return row


@router.page("/settings/email/{token}", guard=waiting_change)
def email_page(req: Req) -> Response:
    """Ask for the last click."""
    return req.page("accounts/settings_email.html", change=req.subject)


@router.act("/settings/email/{token}", guard=waiting_change)
def complete_email(req: Req) -> Response:
    """Take the new address over; the old one is told."""
    actions.complete_email_change(req.db, req.actor, secret=req.path["token"])
    return req.redirect("/settings/account", flash=_("Your e-mail address is changed."))


@router.page("/.well-known/change-password", guard=public)
def well_known(req: Req) -> Response:
    """Where password managers look for the page to change a password (W3C, Well-Known URL for Changing Passwords)."""
    return req.redirect("/settings/password")


@router.act("/settings/language", guard=myself)
def language(req: Req) -> Response:
    """Keep the language in the account and in this browser."""
    chosen = str(req.form.get("locale", ""))
    actions.set_locale(req.db, req.actor, locale=chosen)
    response = req.redirect("/settings/account")
    if chosen in LOCALES:
        sessions.remember_locale(req.request, response, chosen)
    return response


def _me(req: Context) -> uuid.UUID:
    if req.actor.id is None:
        raise NotFound(_("There is no such account."))
    return req.actor.id


def _uuid(text: str) -> uuid.UUID:
    found = parse_id(text)
    if found is None:
        raise NotFound(_("There is no such session."))
    return found
