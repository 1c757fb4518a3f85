"""Who may do what around assets. Pure."""

import uuid

from portal.kit.actor import Actor
from registry.assets.policy import can_edit
from registry.community.models import DiscussionState, PostState


def can_moderate(actor: Actor) -> bool:
    """The secretariat hides posts and removes topics, with a reason."""
    return actor.has("secretariat") and actor.may("write")


def can_decide_reports(actor: Actor) -> bool:
    """The secretariat and the security administrators."""
    return actor.has("secretariat", "security_admin") and actor.may("write")


def has_a_part(actor: Actor, namespace_id: uuid.UUID) -> bool:
    """Whoever publishes in the namespace decides nothing about reports of its assets."""
    return namespace_id in actor.namespaces


def can_steer(actor: Actor, namespace_id: uuid.UUID) -> bool:
    """Publishers close, reopen, pin and lock the topics of their assets."""
    return can_edit(actor, namespace_id)


def can_reply(actor: Actor, namespace_id: uuid.UUID, state: DiscussionState, *, locked: bool) -> bool:
    """Any member, while the topic is open; in a locked one publishers and the secretariat only."""
    if actor.is_anonymous or state is not DiscussionState.open:
        return False
    return not locked or can_steer(actor, namespace_id) or can_moderate(actor)


def can_change_post(actor: Actor, author: uuid.UUID, state: PostState, *, locked: bool) -> bool:
    """Authors change and delete what they wrote, while it is shown and the topic is not locked."""
    return actor.id == author and state is PostState.shown and not locked


def can_read_text(actor: Actor, state: PostState) -> bool:
    """Everybody reads what is shown; the secretariat also what was hidden or deleted."""
    return state is PostState.shown or can_moderate(actor)
