"""Personal access tokens: list, make (the secret is shown once), revoke."""

from typing import Any

from fastapi.responses import Response

from portal.accounts import actions, queries
from portal.accounts.forms import LIFETIMES, TokenForm
from portal.accounts.guards import confirmed, in_browser
from portal.accounts.models import Scope
from portal.kit.clock import now
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.settings import get_settings

router = Doors()


def _page(req: Context, parsed: Parsed[TokenForm], *, status: int = 200, **values: Any) -> Response:
    tokens = queries.tokens_of(req.db, req.actor.id) if req.actor.id else []
    response = req.page(
        "accounts/settings_tokens.html",
        status=status,
        parsed=parsed,
        tokens=tokens,
        scopes=list(Scope),
        lifetimes=LIFETIMES,
        now=now(),
        site_url=get_settings().site_url,
        **{"fresh": None, "secret": None, **values},
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@router.page("/settings/tokens", guard=in_browser)
def tokens_page(req: Req) -> Response:
    """The tokens, without their secrets, and the form for a new one."""
    return _page(req, Parsed(values={"days": "90", "scopes": [scope.value for scope in Scope]}))


@router.act("/settings/tokens", guard=confirmed(in_browser))
def create(req: Req) -> Response:
    """Make a token and show its secret, this once."""
    parsed = parse(TokenForm, req.form)
    if parsed.model is None:
        return _page(req, parsed, status=422)
    form = parsed.model
    token, secret = actions.create_token(
        req.db, req.actor, name=form.name, scopes=form.scopes, days=form.days
    )
    empty: Parsed[TokenForm] = Parsed(values={"days": "90", "scopes": []})
    return _page(req, empty, fresh=token, secret=secret)


@router.act("/settings/tokens/{id}/revoke", guard=in_browser)
def revoke(req: Req) -> Response:
    """End a token at once."""
    actions.revoke_token(req.db, req.actor, token_id=req.path_id())
    return req.redirect("/settings/tokens", flash=_("The access token is revoked."))
