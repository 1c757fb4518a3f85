"""Security keys and passkeys: the options of each ceremony as JSON, and its answer as an ordinary form."""

import json

from fastapi.responses import Response

from portal.accounts import actions, ceremonies, queries
from portal.accounts.ceremonies import Party
from portal.accounts.forms import AnswerForm, KeyForm
from portal.accounts.guards import confirmed, half_in
from portal.accounts.models import Account, AccountState
from portal.accounts.views.doors import enter
from portal.accounts.views.factors import codes_page, own, security_page
from portal.accounts.views.second import onward, step_page
from portal.kit.errors import Conflict, Forbidden
from portal.kit.forms import parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.templates import site_values

router = Doors()


def party_here(req: Context) -> Party:
    """The site as keys know it; refuses where browsers offer none."""
    party = ceremonies.party_of(req.request)
    if party is None:
        raise Conflict(
            _("Security keys do not work at this address."),
            hint=_("Open the site by its host name over HTTPS."),
        )
    return party


def options_answer(req: Context, text: str) -> Response:
    """The options of a ceremony, kept nowhere."""
    response = req.json(json.loads(text))
    response.headers["Cache-Control"] = "no-store"
    return response


@router.act("/settings/security/keys/options", guard=confirmed(own))
def new_key_options(req: Req) -> Response:
    """A challenge for making a key."""
    account: Account = req.subject
    party, challenge = party_here(req), actions.begin_ceremony(req.db, req.actor.session_id)
    present = queries.keys_of(req.db, account.id)
    site = str(site_values()["name"])
    return options_answer(req, ceremonies.registration_options(party, account, present, challenge, site=site))


@router.act("/settings/security/keys", guard=confirmed(own))
def add(req: Req) -> Response:
    """Keep the key; the first factor brings recovery codes."""
    parsed = parse(KeyForm, req.form)
    codes = None
    if parsed.model is not None:
        form = parsed.model
        codes = actions.add_key(
            req.db, req.actor, party=party_here(req), name=form.name, answer=form.credential
        )
        if codes is None:
            parsed.errors["credential"] = _("The security key's answer does not hold. Please try again.")
    if codes is None:
        name = str(parsed.values.get("name", ""))
        return security_page(req, status=422, errors=parsed.errors, key_name=name)
    if codes:
        return codes_page(req, codes)
    return req.redirect("/settings/security", flash=_("The security key is added."))


@router.act("/settings/security/keys/{id}/remove", guard=confirmed(own))
def remove(req: Req) -> Response:
    """Forget a key."""
    actions.remove_key(req.db, req.actor, key_id=req.path_id())
    return req.redirect("/settings/security", flash=_("The security key is removed."))


@router.act("/sign-in/second/key/options", guard=half_in)
def second_options(req: Req) -> Response:
    """A challenge for the second step of signing in."""
    pending, account = req.subject
    party, challenge = party_here(req), actions.begin_ceremony(req.db, pending.id)
    return options_answer(
        req, ceremonies.authentication_options(party, queries.keys_of(req.db, account.id), challenge)
    )


@router.act("/sign-in/second/key", guard=half_in)
def second_by_key(req: Req) -> Response:
    """Open the session proper if the key answered."""
    pending, account = req.subject
    parsed = parse(AnswerForm, req.form)
    answer = parsed.model.credential if parsed.model is not None else ""
    if not actions.prove_by_key(req.db, pending, account, party=party_here(req), answer=answer):
        parsed.errors["credential"] = _("The security key's answer does not hold. Please try again.")
        return step_page(req, "accounts/second.html", account, parsed, 422)
    if account.state is not AccountState.active:
        raise Forbidden(_("This account is locked."))
    return enter(req, actions.finish_sign_in(req.db, pending, account), to=onward(req))


@router.act("/confirm/key/options", guard=own)
def confirm_options(req: Req) -> Response:
    """A challenge for proving again to be there."""
    account: Account = req.subject
    party, challenge = party_here(req), actions.begin_ceremony(req.db, req.actor.session_id)
    return options_answer(
        req, ceremonies.authentication_options(party, queries.keys_of(req.db, account.id), challenge)
    )


@router.act("/confirm/key", guard=own)
def confirm_by_key(req: Req) -> Response:
    """Remember that the owner is there, and go back."""
    parsed = parse(AnswerForm, req.form)
    answer = parsed.model.credential if parsed.model is not None else ""
    if not actions.confirm_session_by_key(req.db, req.actor, party=party_here(req), answer=answer):
        parsed.errors["credential"] = _("The security key's answer does not hold. Please try again.")
        return step_page(req, "accounts/confirm.html", req.subject, parsed, 422)
    return req.redirect(onward(req), flash=_("Thank you. You can go on now."))
