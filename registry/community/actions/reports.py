"""Reports of misuse: made, examined, decided, withdrawn; passed on when nobody answers."""

import datetime as dt
import uuid

from portal.accounts import queries as accounts
from portal.accounts import throttle
from portal.accounts.models import Role
from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from portal.kit.i18n import N_, _
from portal.kit.states import check_move
from portal.notices.actions import tell
from portal.settings import get_settings
from registry.assets import actions as assets
from registry.assets.models import Asset
from registry.community import policy
from registry.community.actions.posts import asset_of
from registry.community.forms import ReportInput
from registry.community.hooks import UPHELD
from registry.community.models import REPORT_TRANSITIONS, MisuseReport, ReportState
from registry.community.queries import reports as queries
from registry.gates.queries import full_name, publishers_of

PER_REPORTER = (throttle.Limit(5, 60), throttle.Limit(20, 24 * 60))
MADE = N_("A report of misuse about %(asset)s waits: %(kind_msg)s.")
LATE = N_("A report of misuse about %(asset)s was not decided in time.")
TOLD = {
    ReportState.examining: N_("Your report about %(asset)s is being examined."),
    ReportState.upheld: N_("Your report about %(asset)s was upheld: %(reason)s"),
    ReportState.dismissed: N_("Your report about %(asset)s was dismissed: %(reason)s"),
    ReportState.escalated: N_(
        "Your report about %(asset)s was passed on, because it was not decided in time."
    ),
    ReportState.lapsed: N_("Your report about %(asset)s ended undecided. You may report again."),
}
OWNER_TOLD = N_("A report of misuse about %(asset)s was upheld: %(reason)s")
WITHHELD = N_("%(asset)s is withheld while a report is examined: %(reason)s")
RELEASED = N_("%(asset)s is no longer withheld: %(reason)s")
DECISIONS = {
    "examine": ReportState.examining,
    "uphold": ReportState.upheld,
    "dismiss": ReportState.dismissed,
}
OVER = frozenset({ReportState.dismissed, ReportState.withdrawn, ReportState.lapsed})
"""Ends after which nothing is withheld for the report."""


def report(
    db: Session, actor: Actor, *, asset_id: uuid.UUID, given: ReportInput, post_id: uuid.UUID | None = None
) -> MisuseReport:
    """Say that something should not be here. The secretariat is told; of secrets also the security administrators."""
    if actor.id is None:
        raise SignInNeeded(_("Please sign in first."))
    throttle.spend(f"report:{actor.id}", PER_REPORTER, _("You have made very many reports just now."))
    asset_of(db, asset_id)
    if queries.open_of(db, asset_id, actor.id, post_id):
        raise Conflict(_("You have reported this already."), hint=_("You will be told when it is decided."))
    made = MisuseReport(
        asset_id=asset_id,
        post_id=post_id,
        account_id=actor.id,
        kind=given.kind,
        text=given.text,
        evidence=given.evidence,
        deadline_at=_deadline(),
    )
    db.add(made)
    db.flush()
    record(db, actor, verb="report.made", object=made, asset=str(asset_id), kind=given.kind.value)
    name = full_name(db, asset_id)
    for account in accounts.with_role(db, Role.secretariat, Role.security_admin):
        url = f"/reports/{made.id}"
        tell(db, account.id, message=MADE, url=url, asset=name, kind_msg=given.kind.label)
    return made


def _deadline() -> dt.datetime:
    return now() + dt.timedelta(days=get_settings().report_days)


def decide(db: Session, actor: Actor, *, report_id: uuid.UUID, verb: str, reason: str) -> MisuseReport:
    """``examine``, ``uphold`` or ``dismiss`` (the last two with a reason). Nobody decides about the own namespace."""
    found, asset = _judged(db, actor, report_id)
    new = DECISIONS[verb]
    _need(reason, unless=new is ReportState.examining)
    _move(db, actor, found, new, _who(actor), f"report.{new.value}", reason.strip())
    found.decided_by = actor.id
    name = full_name(db, asset.id)
    if new is ReportState.upheld:
        for account_id in publishers_of(db, asset.namespace_id):
            tell(db, account_id, message=OWNER_TOLD, url=f"/assets/{name}", asset=name, reason=reason)
        if found.post_id is None:
            for told in UPHELD.values():
                told(db, asset.id, found.id)
    return found


def withhold(db: Session, actor: Actor, *, report_id: uuid.UUID, reason: str) -> MisuseReport:
    """Take the reported asset out of sight while its report is open (or after it was upheld)."""
    return _set_withheld(db, actor, report_id, True, reason)


def release(db: Session, actor: Actor, *, report_id: uuid.UUID, reason: str) -> MisuseReport:
    """Put the asset back into sight."""
    return _set_withheld(db, actor, report_id, False, reason)


def _set_withheld(
    db: Session, actor: Actor, report_id: uuid.UUID, withheld: bool, reason: str
) -> MisuseReport:
    found, asset = _judged(db, actor, report_id)
    _need(reason)
    if withheld and found.state in OVER:
        raise Conflict(_("This report is over; nothing is withheld for it."))
    assets.set_withheld(db, actor, asset_id=asset.id, withheld=withheld, reason=reason.strip())
    name = full_name(db, asset.id)
    message = WITHHELD if withheld else RELEASED
    for account_id in publishers_of(db, asset.namespace_id):
        tell(db, account_id, message=message, url=f"/assets/{name}", asset=name, reason=reason)
    return found


def _judged(db: Session, actor: Actor, report_id: uuid.UUID) -> tuple[MisuseReport, Asset]:
    found = _locked(db, report_id)
    asset = asset_of(db, found.asset_id)
    if not policy.can_decide_reports(actor):
        raise Forbidden(_("Only the secretariat and security administrators decide about reports."))
    if policy.has_a_part(actor, asset.namespace_id) or found.account_id == actor.id:
        raise Forbidden(_("You have a part in this; somebody else must decide."))
    return found, asset


def _who(actor: Actor) -> str:
    return "secretariat" if actor.has("secretariat") else "security_admin"


def _need(reason: str, *, unless: bool = False) -> None:
    if not unless and len(reason.strip()) < 4:
        text = _("Please give a reason that others can understand.")
        raise Invalid(text, fields={"reason": text})


def withdraw(db: Session, actor: Actor, *, report_id: uuid.UUID) -> MisuseReport:
    """Take the own report back while it is open."""
    found = _locked(db, report_id)
    if actor.id is None or found.account_id != actor.id:
        raise Forbidden(_("Only whoever reported can withdraw the report."))
    _move(db, actor, found, ReportState.withdrawn, "reporter", "report.withdrawn", "")
    return found


def pass_on_overdue(db: Session) -> int:
    """Pass on reports that nobody decided in time, and end those that were passed on in vain; how many.

    Passed on once: secretariat and security administrators are told again, with a second period of the same length.
    """
    found = queries.overdue(db, now())
    for report_id in found:
        late = _locked(db, report_id)
        if late.deadline_at is None or late.deadline_at >= now():
            continue
        if late.state is ReportState.escalated:
            _move(db, SYSTEM, late, ReportState.lapsed, "system", "report.lapsed", "")
            continue
        _move(db, SYSTEM, late, ReportState.escalated, "system", "report.escalated", "")
        late.deadline_at = _deadline()
        name = full_name(db, late.asset_id)
        for account in accounts.with_role(db, Role.secretariat, Role.security_admin):
            tell(db, account.id, message=LATE, url=f"/reports/{late.id}", asset=name)
    return len(found)


def _locked(db: Session, report_id: uuid.UUID) -> MisuseReport:
    found = queries.for_change(db, report_id)
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def _move(
    db: Session, actor: Actor, found: MisuseReport, new: ReportState, who: str, verb: str, reason: str
) -> None:
    check_move(REPORT_TRANSITIONS, found.state, new, who)
    found.state, found.reason = new, reason[:2000]
    if new is not ReportState.examining:
        found.deadline_at = None
    found.touch()
    db.add(found)
    db.flush()
    record(db, actor, verb=verb, object=found, reason=reason or None, asset=str(found.asset_id))
    if new in OVER:
        _give_back(db, found)
    if new in TOLD:
        name = full_name(db, found.asset_id)
        tell(db, found.account_id, message=TOLD[new], url=f"/reports/{found.id}", asset=name, reason=reason)


def _give_back(db: Session, over: MisuseReport) -> None:
    """What was withheld for a report that came to nothing is shown again, unless another report holds it."""
    asset = asset_of(db, over.asset_id)
    if asset.withheld and not queries.others_hold(db, asset.id, but=over.id):
        assets.set_withheld(
            db,
            SYSTEM,
            asset_id=asset.id,
            withheld=False,
            reason=N_("The report it was withheld for is over."),
        )
