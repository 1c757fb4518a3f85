"""Pilot sites, as the secretariat records them, and their assessment."""

import uuid

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, Forbidden, NotFound, TooLarge
from portal.kit.i18n import _
from portal.kit.storage import get_store
from registry.certification.actions.assessing import MAX_EVIDENCE, file_name
from registry.promotion import policy
from registry.promotion.actions import common
from registry.promotion.forms import AssessmentInput, SiteInput
from registry.promotion.models import Promotion, PromotionSite, Stage
from registry.promotion.queries import promotions as queries
from registry.versions import queries as versions

MOST = 100


def _on_pilot(db: Session, actor: Actor, promotion_id: uuid.UUID) -> Promotion:
    promotion = common.locked(db, promotion_id)
    if policy.acts_as(actor, {"secretariat"}) == "":
        raise Forbidden(_("Only the secretariat records pilot sites."))
    common.free(db, actor, promotion)
    if promotion.stage is not Stage.pilot:
        raise Conflict(_("This promotion is not on pilot."))
    return promotion


def add(db: Session, actor: Actor, *, promotion_id: uuid.UUID, given: SiteInput) -> PromotionSite:
    """Record that a node pilots the version."""
    promotion = _on_pilot(db, actor, promotion_id)
    known = queries.sites(db, promotion.id)
    if any(site.node == given.node and site.from_on == given.from_on for site in known):
        why = _("This site is recorded already.")
        raise Clash(why, fields={"node": why})
    if len(known) >= MOST:
        raise Conflict(_("There are %(n)s pilot sites already.", n=MOST))
    assert actor.id is not None  # noqa: S101 - acts_as
    made = PromotionSite(promotion_id=promotion.id, added_by=actor.id, **dict(given))
    db.add(made)
    db.flush()
    record(
        db, actor, verb="promotion.site-added", object=promotion, site=str(made.id), node=given.node,
        division=given.division,
    )  # fmt: skip
    return made


def assess(
    db: Session,
    actor: Actor,
    *,
    promotion_id: uuid.UUID,
    site_id: uuid.UUID,
    given: AssessmentInput,
    file: tuple[str, bytes] | None = None,
) -> PromotionSite:
    """Record what came out of the pilot at a site, once; with the node's report as a file where there is one."""
    promotion = _on_pilot(db, actor, promotion_id)
    site = queries.site(db, promotion.id, site_id)
    if site is None:
        raise NotFound(_("There is nothing at this address."))
    if site.assessed_at is not None:
        raise Conflict(_("This site is assessed already."))
    if file is not None and file[1]:
        if len(file[1]) > MAX_EVIDENCE:
            raise TooLarge(_("A report has at most %(mb)s MiB.", mb=MAX_EVIDENCE // 2**20))
        site.filename = file_name(file[0])
        blob = get_store().put([file[1]])
        versions.note_blobs(db, [blob])
        site.sha256 = blob.sha256
    site.use, site.effect, site.incidents = given.use, given.effect, given.incidents
    site.verdict, site.assessed_at, site.assessed_by = given.verdict.value, now(), actor.id
    site.touch()
    db.add(site)
    db.flush()
    record(
        db, actor, verb="promotion.site-assessed", object=promotion, site=str(site.id), verdict=site.verdict,
        sha256=site.sha256 or "",
    )  # fmt: skip
    return site
