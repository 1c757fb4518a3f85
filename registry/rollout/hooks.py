"""What rollout hears of at once: a promotion's new stage, a certificate that is new. Importing it registers."""

import contextlib
import uuid

from portal.kit.actor import SYSTEM
from portal.kit.db import Session
from portal.kit.errors import Conflict
from registry.certification.changes import CHANGED
from registry.certification.ledger import VERBS as CERTIFICATES
from registry.promotion.adoption import SOURCES
from registry.promotion.changes import MOVED
from registry.promotion.ledger import VERBS as PROMOTIONS
from registry.promotion.models import Promotion
from registry.rollout.actions import bundles as actions
from registry.rollout.ledger import VERBS
from registry.rollout.models import BundleState
from registry.rollout.queries import bundles as queries
from registry.rollout.queries import receipts

assert CERTIFICATES  # noqa: S101 - bundles carry events that are public: those who know
assert PROMOTIONS  # noqa: S101 - the objects are imported
assert VERBS  # noqa: S101 - wherever bundles are made


def _moved(db: Session, promotion_id: uuid.UUID) -> None:
    """Into a stage with a channel: a bundle is ordered. Stopped: all are withdrawn, in the same transaction."""
    promotion = db.get_one(Promotion, promotion_id)
    if promotion.stage in queries.STOPPED:
        if queries.of_version(db, promotion.version_id, limit=1):
            actions.stop(db, version_id=promotion.version_id)
        return
    channel = queries.CHANNEL_OF.get(promotion.stage)
    if channel is None or queries.live(db, promotion.version_id, channel):
        return
    # Refused for a version that is not published any more: the promotion's own rules see to that.
    with contextlib.suppress(Conflict):
        actions.order(db, SYSTEM, promotion_id=promotion.id, channel=channel)


def _certified(db: Session, version_id: uuid.UUID) -> None:
    """A certificate that is not the one a ready bundle carries: the bundle is made anew."""
    for bundle in queries.live(db, version_id):
        newest = queries.newest_statement(db, version_id)
        if (
            bundle.state is BundleState.ready
            and newest is not None
            and bundle.parts.get(queries.CERTIFICATE) != newest
        ):
            with contextlib.suppress(Conflict):
                actions.order(db, SYSTEM, promotion_id=bundle.promotion_id, channel=bundle.channel)


SOURCES["nodes"] = receipts.adopted
MOVED["rollout"] = _moved
CHANGED["rollout"] = _certified
