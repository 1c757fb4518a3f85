"""Who sees and who decides a case. Pure."""

import uuid
from collections.abc import Collection

from portal.accounts.models import Role
from portal.kit.actor import Actor
from portal.reviews.cases.models import Case


def handles_as(actor: Actor, case: Case, barred: Collection[uuid.UUID] = ()) -> str | None:
    """As what somebody decides: ``secretariat``, ``auditor`` (once passed on), or None.

    Never the own case, nor one about something the person has part in (``barred``).
    """
    if actor.id is None or actor.id == case.account_id or actor.id in barred or not actor.may("write"):
        return None
    if case.escalated and actor.has(Role.auditor):
        return "auditor"
    return "secretariat" if actor.has(Role.secretariat) else None


def sees(actor: Actor, case: Case, barred: Collection[uuid.UUID] = ()) -> bool:
    """Whoever filed it, whoever may decide it, and the auditors that have no part in it."""
    if actor.id is None:
        return False
    if actor.id == case.account_id:
        return True
    return actor.id not in barred and (actor.has(Role.auditor) or handles_as(actor, case, barred) is not None)
