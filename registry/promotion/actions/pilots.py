"""The node's side of pilots: offering, withdrawing, reporting, leaving; and what the clock does."""

import datetime as dt
import uuid
from collections.abc import Mapping

from portal.accounts import queries as accounts
from portal.accounts.models import Role
from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, Forbidden
from portal.kit.forms import need_reason
from portal.kit.i18n import N_, _
from portal.notices.actions import tell
from registry.certification.queries import gathering as certification
from registry.promotion import policy
from registry.promotion.actions import common, sites
from registry.promotion.actions.sites import found, move_site, named, site_url, tell_node
from registry.promotion.forms import OfferInput, ReportInput
from registry.promotion.models import (
    SITE_TIMED_OUT,
    PromotionReport,
    PromotionSite,
    Severity,
    SiteState,
    Stage,
)
from registry.promotion.queries import pilots as queries

OFFERED = N_("%(node)s offers to pilot %(what)s.")
SEVERE = N_("Severe incident at %(node)s, pilot of %(what)s.")
REPORT_DUE = N_("%(node)s: a report from the pilot of %(what)s is due.")
REPORT_LATE = N_("%(node)s has not reported from the pilot of %(what)s in time.")
WITHDRAWN = N_("%(node)s took back its offer to pilot %(what)s.")
LEFT = N_("%(node)s left the pilot of %(what)s.")
ENDS_SOON = N_("%(node)s, pilot of %(what)s: ends by itself soon if nothing is decided.")
OVER_LATE = N_("Timed out: nobody answered or assessed it before the deadline.")
OVER_GONE = N_("The promotion is not on pilot any more.")
WARN_DAYS = 14
AGAIN_DAYS = 7
MOST_REPORTS = 400


def offer(db: Session, actor: Actor, *, promotion_id: uuid.UUID, given: OfferInput) -> PromotionSite:
    """Offer an organisation as a pilot site: a node operator who is a member of it, while sites are looked for. The
    owner's organisation, and those above and below it, do not pilot their own work."""
    promotion = common.locked(db, promotion_id)
    if not policy.runs_node(actor, given.organisation):
        raise Forbidden(_("Only node operators offer their own organisation as a pilot site."))
    units = queries.own_units(db, [given.organisation])
    if not units:
        why = _("Only a verified organisation pilots.")
        raise Clash(why, fields={"organisation": why})
    if promotion.stage not in (Stage.reviewed, Stage.pilot):
        raise Conflict(_("This promotion does not look for pilot sites."))
    version, asset, _space = common.subject(db, promotion)
    parties = certification.parties(db, version, asset, promotion.nominated_by)
    above = certification.above(db, [given.organisation])
    if given.organisation in parties.organisations | parties.above or above & parties.organisations:
        raise Forbidden(_("An organisation does not pilot its own work."))
    if given.to_on < shanghai(now()).date():
        why = _("The pilot lies in the past.")
        raise Clash(why, fields={"to_on": why})
    sites.refuse_far(given)
    sites.refuse_twice(db, promotion.id, units[0].name, given.from_on)
    assert actor.id is not None  # noqa: S101 - runs_node
    days = common.rules_of(db, promotion).pilot.offer_days
    made = PromotionSite(
        promotion_id=promotion.id, organisation_id=units[0].id, node=units[0].name, division=given.division,
        from_on=given.from_on, to_on=given.to_on, offer=given.offer, state=SiteState.offered, added_by=actor.id,
        deadline_at=now() + dt.timedelta(days=days),
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(
        db, actor, verb="promotion_site.offered", object=made, promotion=str(promotion.id),
        organisation=str(units[0].id), division=given.division,
    )  # fmt: skip
    _tell_staff(db, made, OFFERED, Role.secretariat, but=actor.id)
    return made


def _tell_staff(
    db: Session, site: PromotionSite, message: str, *roles: Role, but: uuid.UUID | None = None
) -> None:
    what = named(db, site)
    for account in accounts.with_role(db, *roles):
        if account.id != but:
            tell(db, account.id, message=message, url=site_url(site), node=site.node, what=what)


def _of_node(db: Session, actor: Actor, promotion_id: uuid.UUID, site_id: uuid.UUID) -> PromotionSite:
    site = found(db, actor, promotion_id, site_id)
    if not policy.runs_node(actor, site.organisation_id):
        raise Forbidden(_("Only node operators of the site's organisation do this."))
    return site


def withdraw(
    db: Session, actor: Actor, *, promotion_id: uuid.UUID, site_id: uuid.UUID, reason: str
) -> PromotionSite:
    """Take an offer back before it is answered, or leave a pilot that runs; with a reason. The secretariat is told."""
    site = _of_node(db, actor, promotion_id, site_id)
    new = SiteState.withdrawn if site.state is SiteState.offered else SiteState.left
    move_site(db, actor, site, new, "node", reason=need_reason(reason))
    message = {SiteState.withdrawn: WITHDRAWN, SiteState.left: LEFT}[new]
    _tell_staff(db, site, message, Role.secretariat, but=actor.id)
    return site


def report(
    db: Session,
    actor: Actor,
    *,
    promotion_id: uuid.UUID,
    site_id: uuid.UUID,
    given: ReportInput,
    measured: Mapping[str, float],
) -> PromotionReport:
    """Report use, effect, incidents and the rules' indicators of a period. Nothing reported is changed: a report may
    stand in the place of an earlier one. A severe incident is told to the secretariat and the committee at once."""
    promotion = common.locked(db, promotion_id)
    site = _of_node(db, actor, promotion_id, site_id)
    if site.state is not SiteState.piloting or promotion.stage is not Stage.pilot:
        raise Conflict(_("There is nothing to report: the pilot at this site does not run."))
    rule = common.rules_of(db, promotion).pilot
    if not set(measured) <= {each.code for each in rule.indicators}:
        why = _("The rules know no such indicator.")
        raise Clash(why, fields={"measured": why})
    _in_period(site, given)
    rows = queries.reports(db, [site.id])
    if len(rows) >= MOST_REPORTS:
        raise Conflict(_("There are %(n)s reports of this site already.", n=MOST_REPORTS))
    if given.replaces is not None and given.replaces not in {
        row.number for row in sites.standing_reports(rows)
    }:
        why = _("There is no such report that still stands.")
        raise Clash(why, fields={"replaces": why})
    assert actor.id is not None  # noqa: S101 - runs_node
    made = PromotionReport(
        site_id=site.id, number=len(rows) + 1, measured=dict(measured), reported_by=actor.id, **dict(given)
    )
    db.add(made)
    site.report_due_at, site.reminded_at = now() + dt.timedelta(days=rule.report_days), None
    site.touch()
    db.add(site)
    db.flush()
    record(
        db, actor, verb="promotion_site.reported", object=site, number=made.number, severity=given.severity.value,
        digest=sites.digest_of([made]), replaces=given.replaces,
    )  # fmt: skip
    if given.severity is Severity.high:
        _tell_staff(db, site, SEVERE, Role.secretariat, Role.promotion_committee, but=actor.id)
    return made


def _in_period(site: PromotionSite, given: ReportInput) -> None:
    if given.from_on < site.from_on:
        why = _("The pilot began on %(day)s.", day=site.from_on.isoformat())
        raise Clash(why, fields={"from_on": why})
    if given.to_on > shanghai(now()).date():
        why = _("A period is reported when it is over.")
        raise Clash(why, fields={"to_on": why})


def watch(db: Session) -> int:
    """What the clock does: reminders, warnings, and the end of what waited too long; how many ended."""
    for key in queries.to_remind(db, now(), now() - dt.timedelta(days=AGAIN_DAYS)):
        _remind(db, queries.locked(db, key))
    for key in queries.to_warn(db, now() + dt.timedelta(days=WARN_DAYS)):
        _warn(db, queries.locked(db, key))
    return sum(_end(db, queries.locked(db, key)) for key in queries.overdue(db, now()))


def _remind(db: Session, site: PromotionSite) -> None:
    """The node at once; from the second time on, a week later, the secretariat as well."""
    if site.state is not SiteState.piloting or site.report_due_at is None or site.report_due_at > now():
        return
    again, site.reminded_at = site.reminded_at is not None, now()
    db.add(site)
    tell_node(db, site, REPORT_DUE, but=None)
    if again:
        _tell_staff(db, site, REPORT_LATE, Role.secretariat)


def _warn(db: Session, site: PromotionSite) -> None:
    if site.warned_at is None and site.state in SITE_TIMED_OUT:
        site.warned_at = now()
        db.add(site)
        _tell_staff(db, site, ENDS_SOON, Role.secretariat)


def _end(db: Session, site: PromotionSite) -> bool:
    if site.state not in SITE_TIMED_OUT:
        return False
    reason = OVER_LATE if site.deadline_at <= now() else OVER_GONE
    move_site(db, SYSTEM, site, SITE_TIMED_OUT[site.state], "system", reason=reason)
    return True
