"""Taking one's data along, and closing the account: asked for, two weeks of grace, then for good."""

import datetime as dt
import uuid

from portal.accounts import personal, queries, throttle
from portal.accounts.actions.access import end_other_sessions
from portal.accounts.actions.factors import own_account
from portal.accounts.actions.people import as_actor, close_account, refuse_only_admin, tell_by_mail
from portal.accounts.models import DATA_EXPORT_TRANSITIONS, Account, DataExport, ExportState
from portal.accounts.throttle import Limit
from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.errors import Conflict
from portal.kit.i18n import N_, _
from portal.kit.jobs import defer
from portal.kit.states import check_move
from portal.kit.templates import site_values
from portal.notices.actions import speaking, tell
from portal.settings import get_settings

GRACE = dt.timedelta(days=14)
MAKING = dt.timedelta(hours=1)
KEPT = dt.timedelta(days=7)
EXPORTS = (Limit(5, 24 * 60),)

READY_SUBJECT = N_("Your data are ready")
READY_BODY = N_(
    "Hello %(name)s,\n\nthe export of your data is ready. For seven days you can download it here, "
    "signed in:\n\n%(url)s\n"
)
CLOSING_SUBJECT = N_("Your account is going to be closed")
CLOSING_BODY = N_(
    "Hello %(name)s,\n\nyou asked to close your account. This happens on %(time)s (Asia/Shanghai). Until then "
    "you can undo it here:\n\n%(url)s\n\nIf it was not you, undo it and set a new password at once.\n"
)
KEPT_SUBJECT = N_("Your account was not closed")
KEPT_BODY = N_(
    "Hello %(name)s,\n\nyour account was to be closed today, but you are the only administrator of: %(units)s. Make "
    "somebody else an administrator there, then ask again:\n\n%(url)s\n"
)


def request_export(db: Session, actor: Actor) -> DataExport:
    """Have one's data collected by a job. One at a time, five a day."""
    account = own_account(db, actor)
    if any(row.state is ExportState.requested for row in queries.exports_of(db, account.id)):
        raise Conflict(_("An export is being made already."))
    throttle.spend(f"export:{account.id}", EXPORTS)
    row = DataExport(account_id=account.id, deadline_at=now() + MAKING)
    db.add(row)
    db.flush()
    record(db, actor, verb="data_export.requested", object=row)
    defer(db, "accounts.export", export_id=str(row.id))
    return row


def make_export(db: Session, *, export_id: uuid.UUID) -> None:
    """Collect the data into a ZIP that is kept for seven days, and tell the person. Does nothing the second time."""
    row = queries.export(db, export_id, lock=True)
    account = queries.by_id(db, row.account_id) if row is not None else None
    if row is None or account is None or row.state is not ExportState.requested:
        return
    with speaking(account.locale):
        content = personal.archive(db, account.id, site=str(site_values()["name"]))
    _move(row, ExportState.ready)
    row.content, row.size, row.deadline_at = content, len(content), now() + KEPT
    db.add(row)
    record(db, SYSTEM, verb="data_export.made", object=row, size=row.size)
    tell(db, account.id, message=N_("The export of your data is ready."), url="/settings/data")
    tell_by_mail(db, account, READY_SUBJECT, READY_BODY, url=f"{get_settings().site_url}/settings/data")


def expire_exports(db: Session) -> int:
    """Delete exports after their seven days, and give up those that were not made in time."""
    rows = queries.overdue_exports(db)
    for row in rows:
        ready = row.state is ExportState.ready
        _move(row, ExportState.expired if ready else ExportState.failed)
        row.content = None
        db.add(row)
        record(db, SYSTEM, verb="data_export.expired" if ready else "data_export.failed", object=row)
    return len(rows)


def _move(row: DataExport, state: ExportState) -> None:
    check_move(DATA_EXPORT_TRANSITIONS, row.state, state, "system")
    row.state = state
    row.touch()


def request_closing(db: Session, actor: Actor) -> Account:
    """Ask for one's account to be closed in two weeks; other sessions and all tokens end now.

    ``Conflict`` while an organisation would be left without an administrator.
    """
    account = own_account(db, actor)
    refuse_only_admin(db, account.id)
    if account.closes_at is not None:
        raise Conflict(_("This account is going to be closed already."))
    account.closes_at = now() + GRACE
    account.touch()
    db.add(account)
    end_other_sessions(db, actor, account_id=account.id, keep=actor.session_id)
    for token in queries.tokens_of(db, account.id):
        token.revoked_at = now()
        db.add(token)
    record(db, actor, verb="account.closing_asked", object=account)
    when = f"{shanghai(account.closes_at):%Y-%m-%d %H:%M}"
    url = f"{get_settings().site_url}/settings/account"
    tell_by_mail(db, account, CLOSING_SUBJECT, CLOSING_BODY, time=when, url=url)
    return account


def undo_closing(db: Session, actor: Actor) -> None:
    """Keep the account after all."""
    account = own_account(db, actor)
    if account.closes_at is None:
        raise Conflict(_("This account is not going to be closed."))
    account.closes_at = None
    account.touch()
    db.add(account)
    record(db, actor, verb="account.closing_undone", object=account)


def close_due(db: Session) -> int:
    """Close the accounts whose days of grace are over; who has become an only administrator is told instead."""
    due = queries.due_for_closing(db)
    for account_id in due:
        account = queries.by_id(db, account_id, lock=True)
        if account is None or account.closes_at is None:
            continue
        alone = queries.only_admin_of(db, account_id)
        if alone:
            account.closes_at = None
            db.add(account)
            record(db, SYSTEM, verb="account.closing_refused", object=account, reason="only administrator")
            url = f"{get_settings().site_url}/settings/account"
            tell_by_mail(db, account, KEPT_SUBJECT, KEPT_BODY, units="、".join(alone), url=url)
        else:
            close_account(db, as_actor(account))
    return len(due)
