"""The demo's promotion: the land-cover model, nominated by a member and, where its gates are met, qualified."""

import uuid

from portal.demo import queries
from portal.demo.people import actor
from portal.kit.db import transaction
from portal.kit.errors import Refusal
from registry.promotion.actions import moving, nominating
from registry.promotion.forms import NominationInput
from registry.promotion.models import Stage
from registry.promotion.queries import promotions
from registry.versions.models import VersionState

NAMESPACE, NAME = "demo-geoai", "landcover-gradient-boosting"
NOMINATOR = "xu"
REASONS = (
    "已在两个县的年度变更调查中用于土地覆盖变化图斑的辅助判读，外业核查量减少约三成；"
    "评测结果公开、可复现，说明卡写明了适用范围与局限。（虚构）"
)
QUALIFIED = "认证有效，评测结果公开，资格条件满足。（虚构）"


def ensure_promotions() -> bool:
    """Nominate and qualify, each once; whether anything was done. What does not hold here (no run, say) is left."""
    with transaction() as db:
        asset = queries.asset(db, NAMESPACE, NAME)
        version = queries.version(db, asset.id, asset.latest_version) if asset is not None else None
        if version is None or version.state is not VersionState.published:
            return False
        rows = promotions.of_version(db, version.id)
        if not rows:
            given = NominationInput(reasons=REASONS)
            nominator = actor(db, NOMINATOR)
            key = nominating.nominate(db, nominator, version_id=version.id, given=given, demo=True).id
        elif rows[0].stage is Stage.nominated:
            key = rows[0].id
        else:
            return False
    return _qualified(key) or not rows


def _qualified(key: uuid.UUID) -> bool:
    try:
        with transaction() as db:
            moving.advance(
                db, actor(db, "secretary"), promotion_id=key, target=Stage.qualified, reason=QUALIFIED
            )
    except Refusal:
        return False
    return True
