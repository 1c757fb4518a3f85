"""The secretariat's side of pilots: sites recorded, offers answered, findings written down."""

import datetime as dt
import hashlib
import uuid

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, Forbidden, NotFound, TooLarge
from portal.kit.forms import need_reason
from portal.kit.i18n import N_, _
from portal.kit.signing import canonical
from portal.kit.states import check_move
from portal.kit.storage import get_store
from portal.notices.actions import tell
from registry.certification.actions.assessing import MAX_EVIDENCE, file_name
from registry.promotion import policy
from registry.promotion.actions import common
from registry.promotion.forms import AssessmentInput, OfferInput, SiteInput
from registry.promotion.models import (
    SITE_TRANSITIONS,
    Promotion,
    PromotionReport,
    PromotionSite,
    Severity,
    SiteState,
    Stage,
)
from registry.promotion.queries import pilots as queries
from registry.versions import queries as versions

MOST = queries.MOST
FAR = dt.timedelta(days=3660)
"""Pilots lie within so much of today."""
SITE_MOVED = N_("%(node)s, pilot of %(what)s: %(state_msg)s.")


def site_url(site: PromotionSite) -> str:
    """The page of a site."""
    return f"{common.url(site.promotion_id)}/pilots/{site.id}"


def found(db: Session, actor: Actor, promotion_id: uuid.UUID, site_id: uuid.UUID) -> PromotionSite:
    """A site the actor sees, locked."""
    site = queries.one(db, actor, promotion_id, site_id, lock=True)
    if site is None:
        raise NotFound(_("There is nothing at this address."))
    return site


def move_site(
    db: Session, actor: Actor, site: PromotionSite, new: SiteState, who: str, *, reason: str = ""
) -> None:
    """Move a locked site along its table; the node's operators hear of it."""
    old = site.state
    check_move(SITE_TRANSITIONS, old, new, who)
    site.state, site.state_reason, site.warned_at = new, reason, None
    if new is not SiteState.piloting:
        site.deadline_at, site.report_due_at = now(), None
    site.touch()
    db.add(site)
    db.flush()
    record(
        db, actor, verb=f"promotion_site.{new.value}", object=site, reason=reason or None, before=old.value,
        promotion=str(site.promotion_id),
    )  # fmt: skip
    tell_node(db, site, SITE_MOVED, but=actor.id, state_msg=new.label)


def tell_node(
    db: Session, site: PromotionSite, message: str, *, but: uuid.UUID | None, **params: object
) -> None:
    """Tell the node operators of a site's organisation."""
    if site.organisation_id is None:
        return
    what = named(db, site)
    for account_id in queries.operators(db, site.organisation_id):
        if account_id != but:
            tell(db, account_id, message=message, url=site_url(site), node=site.node, what=what, **params)


def named(db: Session, site: PromotionSite) -> str:
    """What is piloted, as people call it."""
    version, asset, space = common.subject(db, db.get_one(Promotion, site.promotion_id))
    return f"{space}/{asset.name} {version.number}"


def end_of(site_to: dt.date, days: int) -> dt.datetime:
    """The instant so many days after a day of Asia/Shanghai is over; never before tomorrow."""
    at = dt.datetime.combine(site_to + dt.timedelta(days=days + 1), dt.time(), tzinfo=shanghai(now()).tzinfo)
    return max(at, now() + dt.timedelta(days=1))


def on_pilot(db: Session, actor: Actor, promotion_id: uuid.UUID) -> Promotion:
    """The promotion, locked, for somebody of the secretariat without part in it, while it is on pilot."""
    promotion = common.locked(db, promotion_id)
    if policy.acts_as(actor, {"secretariat"}) == "":
        raise Forbidden(_("Only the secretariat records pilot sites."))
    common.free(db, actor, promotion)
    if promotion.stage is not Stage.pilot:
        raise Conflict(_("This promotion is not on pilot."))
    return promotion


def add(db: Session, actor: Actor, *, promotion_id: uuid.UUID, given: SiteInput) -> PromotionSite:
    """Record that a node pilots the version, where its organisation does not sign up itself."""
    promotion = on_pilot(db, actor, promotion_id)
    rule = common.rules_of(db, promotion).pilot
    refuse_far(given)
    refuse_twice(db, promotion.id, given.node, given.from_on)
    assert actor.id is not None  # noqa: S101 - acts_as
    made = PromotionSite(
        promotion_id=promotion.id, added_by=actor.id, deadline_at=end_of(given.to_on, rule.assess_days),
        **dict(given),
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(
        db, actor, verb="promotion.site-added", object=promotion, site=str(made.id), node=given.node,
        division=given.division,
    )  # fmt: skip
    return made


def refuse_twice(db: Session, promotion_id: uuid.UUID, node: str, from_on: dt.date) -> None:
    """Refuse a site that is there already, and more than there is room for."""
    known = queries.all_of(db, promotion_id)
    if any(site.node == node and site.from_on == from_on for site in known):
        why = _("This site is recorded already.")
        raise Clash(why, fields={"node": why})
    if len(known) >= MOST:
        raise Conflict(_("There are %(n)s pilot sites already.", n=MOST))


def refuse_far(given: OfferInput | SiteInput) -> None:
    """Refuse days that no pilot has: mistakes of the century, mostly."""
    today = shanghai(now()).date()
    for name, day in (("from_on", given.from_on), ("to_on", given.to_on)):
        if abs(day - today) > FAR:
            why = _("This day is more than ten years away.")
            raise Clash(why, fields={name: why})


def accept(db: Session, actor: Actor, *, promotion_id: uuid.UUID, site_id: uuid.UUID) -> PromotionSite:
    """Take an offer: the node pilots the version from the day it named, and its first report is due."""
    promotion = on_pilot(db, actor, promotion_id)
    site = found(db, actor, promotion_id, site_id)
    rule = common.rules_of(db, promotion).pilot
    if site.to_on < shanghai(now()).date():
        raise Conflict(
            _("The days this offer names are over."), hint=_("Decline it; the node may offer others.")
        )
    site.deadline_at = end_of(site.to_on, rule.assess_days)
    site.report_due_at = max(now(), end_of(site.from_on, -1)) + dt.timedelta(days=rule.report_days)
    move_site(db, actor, site, SiteState.piloting, "secretariat")
    return site


def decline(
    db: Session, actor: Actor, *, promotion_id: uuid.UUID, site_id: uuid.UUID, reason: str
) -> PromotionSite:
    """Turn an offer down, with a reason the node reads."""
    promotion = common.locked(db, promotion_id)
    if policy.acts_as(actor, {"secretariat"}) == "":
        raise Forbidden(_("Only the secretariat records pilot sites."))
    common.free(db, actor, promotion)
    site = found(db, actor, promotion_id, site_id)
    move_site(db, actor, site, SiteState.declined, "secretariat", reason=need_reason(reason))
    return site


def standing_reports(rows: list[PromotionReport]) -> list[PromotionReport]:
    """Of a site's reports those that no later one stands in the place of."""
    gone = {row.replaces for row in rows if row.replaces is not None}
    return [row for row in rows if row.number not in gone]


def digest_of(rows: list[PromotionReport]) -> str:
    """SHA-256 over all reports of a site, in their order; empty where there are none."""
    if not rows:
        return ""
    names = ("from_on", "to_on", "use", "effect", "severity", "incidents")
    said = [
        {"number": row.number, "replaces": row.replaces, "measured": row.measured}
        | {name: str(getattr(row, name)) for name in names}
        for row in rows
    ]
    return hashlib.sha256(canonical(said)).hexdigest()


def assess(
    db: Session,
    actor: Actor,
    *,
    promotion_id: uuid.UUID,
    site_id: uuid.UUID,
    given: AssessmentInput,
    file: tuple[str, bytes] | None = None,
) -> PromotionSite:
    """Record what came out of the pilot at a site, once. It rests on the node's reports, whose digest is kept with it:
    an organisation's site needs as many as the rules ask for, and a severe incident is not passed over in silence."""
    promotion = on_pilot(db, actor, promotion_id)
    site = found(db, actor, promotion_id, site_id)
    if site.assessed_at is not None:
        raise Conflict(_("This site is assessed already."))
    rows = queries.reports(db, [site.id])
    standing = standing_reports(rows)
    least = common.rules_of(db, promotion).pilot.least_reports if site.organisation_id is not None else 0
    if len(standing) < least:
        raise Conflict(
            _(
                "The rules ask for %(n)s reports of this site; there are %(there)s.",
                n=least,
                there=len(standing),
            )
        )
    if any(row.severity is Severity.high for row in standing) and len(given.incidents) < 4:
        why = _("A severe incident was reported: please say what became of it.")
        raise Clash(why, fields={"incidents": why})
    if file is not None and file[1]:
        if len(file[1]) > MAX_EVIDENCE:
            raise TooLarge(_("A report has at most %(mb)s MiB.", mb=MAX_EVIDENCE // 2**20))
        site.filename = file_name(file[0])
        blob = get_store().put([file[1]])
        versions.note_blobs(db, [blob])
        site.sha256 = blob.sha256
    site.use, site.effect, site.incidents = given.use, given.effect, given.incidents
    site.verdict, site.assessed_at, site.assessed_by = given.verdict.value, now(), actor.id
    site.reports_digest = digest_of(rows)
    move_site(db, actor, site, SiteState.assessed, "secretariat")
    record(
        db, actor, verb="promotion.site-assessed", object=promotion, site=str(site.id), verdict=site.verdict,
        sha256=site.sha256 or "", reports=[row.number for row in standing], reports_digest=site.reports_digest,
    )  # fmt: skip
    return site
