"""Who may do what around experts. Pure."""

import uuid

from portal.accounts.models import Role
from portal.experts.models import IN_POOL, OUTSIDE, Affiliation, Expert, ExpertState
from portal.kit.actor import Actor
from portal.organisations.models import MemberRole


def is_secretariat(actor: Actor) -> bool:
    """The secretariat runs the pool."""
    return actor.has(Role.secretariat) and actor.may("write")


def can_decide(actor: Actor, expert: Expert) -> bool:
    """The secretariat, but nobody about himself."""
    return is_secretariat(actor) and actor.id != expert.account_id


def can_speak_for(actor: Actor, organisation_id: uuid.UUID | None) -> bool:
    """The organisation's administrators."""
    return (
        organisation_id is not None
        and actor.organisations.get(organisation_id) == MemberRole.admin
        and actor.may("write")
    )


def can_confirm(actor: Actor, expert: Expert) -> bool:
    """Administrators of the organisation that was named, or the secretariat; nobody about himself."""
    return actor.id != expert.account_id and (
        can_speak_for(actor, expert.organisation_id) or is_secretariat(actor)
    )


def can_confirm_affiliation(actor: Actor, affiliation: Affiliation) -> bool:
    """Administrators of the organisation, or the secretariat; nobody about himself."""
    return actor.id != affiliation.account_id and (
        can_speak_for(actor, affiliation.organisation_id) or is_secretariat(actor)
    )


def can_be_nominated(expert: Expert | None) -> bool:
    """Who is not in the pool or on the way into it. Removal for integrity is final."""
    return expert is None or expert.state in OUTSIDE


def is_public(expert: Expert) -> bool:
    """Whether there is a public page."""
    return expert.listed and expert.state in IN_POOL


def keeps_profile(expert: Expert | None) -> bool:
    """Whether there is a profile to be edited."""
    return expert is not None and expert.state not in {*OUTSIDE, ExpertState.removed}
