"""All that adds to the export of a person's data: importing it imports every domain's part."""

from importlib import import_module

DOMAINS = (
    "portal.accounts",
    "portal.experts",
    "portal.reviews.panels",
    "portal.reviews.appeals",
    "portal.reviews.integrity",
    "portal.reviews.publicity",
    "portal.reviews.reviewing",
    "portal.reviews.rounds",
    "portal.reviews.staffing",
    "registry.assets",
    "registry.versions",
    "registry.evaluation",
    "registry.certification",
    "registry.promotion",
    "registry.rollout",
    "registry.community",
    "registry.trials",
)
PARTS = tuple(import_module(f"{domain}.personal") for domain in DOMAINS)
