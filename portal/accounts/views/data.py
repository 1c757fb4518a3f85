"""One's own data: asking for an export, downloading it; and closing the account with its days of grace."""

from typing import Any

from fastapi.responses import Response

from portal.accounts import actions, personal, queries
from portal.accounts.forms import CloseForm
from portal.accounts.guards import confirmed, myself
from portal.accounts.models import Account, DataExport, ExportState
from portal.accounts.views.factors import own
from portal.kit.clock import now, shanghai
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors

router = Doors()


@router.page("/settings/data", guard=own)
def data_page(req: Req) -> Response:
    """What an export holds, and the exports there are."""
    account: Account = req.subject
    exports = queries.exports_of(req.db, account.id)
    return req.page("accounts/settings_data.html", exports=exports, parts=personal.parts())


@router.act("/settings/data/export", guard=confirmed(own))
def request_export(req: Req) -> Response:
    """Have the data collected."""
    actions.request_export(req.db, req.actor)
    text = _("Your data are being collected. You get a notice and a mail when they are ready.")
    return req.redirect("/settings/data", flash=text, level="info")


def own_export(req: Context) -> DataExport:
    """An export of the person's own that is ready; everything else is the same 404."""
    account = own(req)
    row = queries.export(req.db, req.path_id())
    if row is None or row.account_id != account.id or row.state is not ExportState.ready:
        raise NotFound(_("There is nothing at this address."))
    if row.content is None or row.deadline_at <= now():
        raise NotFound(_("This export has been deleted."), hint=_("Ask for a new one."))
    return row


@router.page("/settings/data/export/{id}.zip", guard=confirmed(own_export))
def download(req: Req) -> Response:
    """The ZIP, for the person alone."""
    row: DataExport = req.subject
    name = f"cspon-{req.actor.namespace}-{shanghai(row.created_at):%Y%m%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(row.content, media_type="application/zip", headers=headers)


@router.page("/settings/account", guard=myself)
def account_page(req: Req) -> Response:
    """Address, language, roles, and closing the account."""
    return show_account(req, Parsed(values={}), 200)


def show_account(req: Context, parsed: Parsed[Any], status: int) -> Response:
    """The page, again with what was wrong."""
    account: Account = req.subject
    return req.page(
        "accounts/settings_account.html",
        status=status,
        account=account,
        roles=queries.roles_of(req.db, account.id),
        only_admin_of=queries.only_admin_of(req.db, account.id),
        stays=personal.what_stays(req.db, account.id),
        parsed=parsed,
    )


@router.act("/settings/account/close", guard=confirmed(myself))
def close(req: Req) -> Response:
    """Have the account closed in two weeks, if the password is right."""
    parsed = parse(CloseForm, req.form)
    if parsed.model is not None and not actions.own_password_is(req.db, req.actor, parsed.model.password):
        parsed.errors["password"] = _("This is not your present password.")
    if parsed.errors:
        return show_account(req, parsed, 422)
    account = actions.request_closing(req.db, req.actor)
    assert account.closes_at is not None  # noqa: S101 - the action sets it
    day = f"{shanghai(account.closes_at):%Y-%m-%d}"
    text = _("Your account is going to be closed on %(day)s. Until then you can undo it here.", day=day)
    return req.redirect("/settings/account", flash=text, level="warn")


@router.act("/settings/account/keep", guard=myself)
def keep(req: Req) -> Response:
    """Undo it."""
    actions.undo_closing(req.db, req.actor)
    return req.redirect("/settings/account", flash=_("Your account stays."))
