"""Pages of the system administrator (roles, state of the machine) and of the auditor (the log)."""

from fastapi.responses import Response

from portal.accounts import actions as accounts
from portal.accounts.guards import confirmed
from portal.accounts.models import Role
from portal.accounts.queries import names
from portal.admin import queries
from portal.audit import publicity
from portal.audit import queries as audit
from portal.kit.errors import Invalid
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, role
from portal.kit.sheets import csv_file

router = Doors()
PAGE, MOST = 50, 10_000


@router.page("/admin", guard=role("system_admin"))
def status(req: Req) -> Response:
    """Queues, workers, evaluations by state."""
    return req.page(
        "admin/status.html",
        evaluations=queries.evaluations_by_state(req.db),
        workers=queries.workers(req.db),
        jobs=queries.waiting_jobs(req.db),
    )


@router.page("/admin/people", guard=role("system_admin", "security_admin"))
def people(req: Req) -> Response:
    """Accounts and their platform roles."""
    words = req.query.get("q", "").strip()[:100]
    page = queries.people(req.db, words, after=req.query.get("after"), before=req.query.get("before"))
    return req.page(
        "admin/people.html", block="people", q=words, people=list(page), page=page, roles=list(Role)
    )


@router.act("/admin/people/{id}/roles", guard=confirmed(role("system_admin")))
def change_role(req: Req) -> Response:
    """Grant or take one role; the action refuses what separation of duties forbids."""
    try:
        chosen = Role(str(req.form.get("role", "")))
    except ValueError:
        raise Invalid(_("Please choose one of the offered values.")) from None
    if req.form.get("do") == "revoke":
        accounts.revoke_role(req.db, req.actor, account_id=req.path_id(), role=chosen)
    else:
        accounts.grant_role(req.db, req.actor, account_id=req.path_id(), role=chosen)
    return req.redirect("/admin/people", flash=_("Saved."))


@router.act("/admin/people/{id}/lock", guard=confirmed(role("security_admin")))
def lock(req: Req) -> Response:
    """Lock an account, or open a locked one, with a reason."""
    reason = str(req.form.get("reason", "")).strip()[:1000]
    if not reason:
        raise Invalid(_("Please give a reason."))
    verb = accounts.unlock_account if req.form.get("do") == "unlock" else accounts.lock_account
    verb(req.db, req.actor, account_id=req.path_id(), reason=reason)
    return req.redirect("/admin/people", flash=_("Saved."))


def _wanted(req: Req) -> tuple[audit.Wanted, bool]:
    """What the log is narrowed to, and whether there is such an account."""
    slug = req.query.get("who", "").strip()
    found = names.namespace(req.db, slug) if slug else None
    who = found.account_id if found is not None else None
    what, object_id = (req.query.get(name, "").strip()[:100] for name in ("what", "object"))
    return audit.Wanted(what, object_id, who), not slug or who is not None


@router.page("/admin/audit", guard=role("auditor"))
def log(req: Req) -> Response:
    """The audit log, newest first; narrowed by what happened, to which object, and who did it."""
    wanted, known = _wanted(req)
    before = req.query.get("before", "")
    at = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    events = audit.latest(req.db, before=at, wanted=wanted) if known else []
    return req.page(
        "admin/audit.html",
        events=[(event, publicity.words(event.verb)) for event in events],
        newest=req.url_with(before=None) if at is not None else None,
        older=str(events[-1].seq) if len(events) == PAGE else None,
        wanted=wanted,
        who=req.query.get("who", "").strip(),
        csv="/admin/audit.csv" + req.url_with(before=None).removeprefix("/admin/audit"),
    )


@router.page("/admin/audit.csv", guard=role("auditor"))
def log_table(req: Req) -> Response:
    """The newest 10,000 of the same events as a table."""
    wanted, known = _wanted(req)
    rows = [
        (
            event.seq or 0, event.at.isoformat(), event.actor_name, str(event.actor_id or ""), event.verb,
            event.object_type, event.object_id, _(event.reason) if event.reason else "",
        )
        for event in (audit.latest(req.db, limit=MOST, wanted=wanted) if known else [])
    ]  # fmt: skip
    header = ("seq", "at", "actor", "actor_id", "verb", "object_type", "object_id", "reason")
    return csv_file("audit.csv", header, rows)
