"""All tables, for Alembic: importing this module imports every domain's models."""

from importlib import import_module

from sqlmodel import SQLModel

DOMAINS = (
    "portal.accounts",
    "portal.audit",
    "portal.experts",
    "portal.experts.advice",
    "portal.kit.limits",
    "portal.notices",
    "portal.organisations",
    "portal.reviews.reviewing",
    "portal.reviews.conclusions",
    "portal.reviews.panels",
    "portal.reviews.appeals",
    "portal.reviews.integrity",
    "portal.reviews.publicity",
    "portal.reviews.rounds",
    "portal.reviews.scores",
    "portal.reviews.staffing",
    "registry.assets",
    "registry.benchmarks",
    "registry.certification",
    "registry.promotion",
    "registry.rollout",
    "registry.dryruns",
    "registry.community",
    "registry.evaluation",
    "registry.gates",
    "registry.handovers",
    "registry.previews",
    "registry.scanning",
    "registry.storage",
    "registry.trials",
    "registry.versions",
    "registry.workers",
)
for _domain in DOMAINS:
    import_module(f"{_domain}.models")

metadata = SQLModel.metadata
