"""Tables of promotion."""

from registry.promotion.models.pilots import (
    COUNTED,
    SHOWN,
    SITE_TIMED_OUT,
    SITE_TRANSITIONS,
    PromotionReport,
    PromotionSite,
    Severity,
    SiteState,
    SiteVerdict,
)
from registry.promotion.models.promotions import (
    FINAL,
    PROMOTION_TRANSITIONS,
    RUNNING,
    TIMED_OUT,
    TRACK,
    Promotion,
    PromotionProfile,
    PromotionStep,
    PromotionVote,
    Stage,
)

__all__ = [
    "COUNTED",
    "FINAL",
    "PROMOTION_TRANSITIONS",
    "RUNNING",
    "SHOWN",
    "SITE_TIMED_OUT",
    "SITE_TRANSITIONS",
    "TIMED_OUT",
    "TRACK",
    "Promotion",
    "PromotionProfile",
    "PromotionReport",
    "PromotionSite",
    "PromotionStep",
    "PromotionVote",
    "Severity",
    "SiteState",
    "SiteVerdict",
    "Stage",
]
