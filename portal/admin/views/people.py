"""Pages of the system administrator (roles, state of the machine) and of the auditor (the log)."""

from fastapi.responses import Response

from portal.accounts import actions as accounts
from portal.accounts.guards import confirmed
from portal.accounts.models import Role
from portal.admin import queries
from portal.audit import queries as audit
from portal.kit.errors import Invalid
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, role

router = Doors()


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
    return req.page(
        "admin/people.html", block="people", q=words, people=queries.people(req.db, words), roles=list(Role)
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


@router.page("/admin/audit", guard=role("auditor"))
def log(req: Req) -> Response:
    """The audit log, newest first."""
    before = req.query.get("before", "")
    events = audit.latest(req.db, before=int(before) if before.isdigit() and len(before) < 18 else None)
    return req.page("admin/audit.html", events=events)
