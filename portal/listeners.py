"""Everything that listens to lower layers: a process that changes things imports this, so that they are heard.

Domains register with those below them when they are imported (who has part in a notice, what is public in the log, what
follows a certificate's suspension). The web process and the worker import all domains anyway; a command does not.
"""

from importlib import import_module

MODULES = (
    "portal.reviews.appeals.actions",
    "portal.reviews.integrity.actions",
    "portal.reviews.publicity.ledger",
    "portal.reviews.reviewing.actions",
    "portal.reviews.scores.actions",
    "portal.reviews.staffing.actions.notes",
    "registry.subjects",
    "registry.versions.ledger",
    "registry.certification.hooks",
    "registry.certification.ledger",
    "registry.promotion.hooks",
    "registry.promotion.ledger",
    "registry.rollout.hooks",
    "registry.rollout.ledger",
)

for _name in MODULES:
    import_module(_name)
