"""Topics: open, close, reopen, pin, lock, remove."""

import uuid

from portal.accounts import throttle
from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.errors import Forbidden, NotFound, SignInNeeded
from portal.kit.i18n import N_, _
from portal.kit.states import check_move
from portal.notices.actions import tell
from registry.assets import queries as asset_queries
from registry.community import policy
from registry.community.actions.posts import asset_of, slow_down, write
from registry.community.forms import TopicInput
from registry.community.models import DISCUSSION_TRANSITIONS, Discussion, DiscussionState
from registry.community.queries import discussions as queries
from registry.gates.queries import full_name

PER_AUTHOR = (throttle.Limit(5, 60), throttle.Limit(20, 24 * 60))
"""New topics of one member over all assets."""
REMOVED = N_("The secretariat has removed your topic “%(title)s”: %(reason)s")
MARKS = {"pin": ("pinned", 1), "unpin": ("pinned", 0), "lock": ("locked", True), "unlock": ("locked", False)}
PAST = {
    "pin": "discussion.pinned",
    "unpin": "discussion.unpinned",
    "lock": "discussion.locked",
    "unlock": "discussion.unlocked",
}
MOVES = {"close": DiscussionState.closed, "reopen": DiscussionState.open}


def open_topic(db: Session, actor: Actor, *, asset_id: uuid.UUID, given: TopicInput) -> Discussion:
    """Begin a topic with its first post. The publishers and whoever watches everything are told."""
    if actor.id is None:
        raise SignInNeeded(_("Please sign in first."))
    throttle.spend(f"topic:{actor.id}", PER_AUTHOR, _("You have opened very many topics just now."))
    slow_down(actor)
    asset = asset_of(db, asset_id)
    topic = Discussion(
        asset_id=asset_id,
        number=queries.next_number(db, asset_id),
        title=given.title,
        created_by=actor.id,
    )
    db.add(topic)
    db.flush()
    record(db, actor, verb="discussion.opened", object=topic, asset=str(asset_id), number=topic.number)
    write(db, actor, topic, asset, given.text)
    asset_queries.count_topics(db, asset_id, 1)
    return topic


def move(db: Session, actor: Actor, *, discussion_id: uuid.UUID, verb: str) -> Discussion:
    """``close`` or ``reopen``: by its publishers, or by whoever began the topic (unless it is locked)."""
    topic, who = _steered(db, actor, discussion_id, by_author=True)
    new = MOVES[verb]
    check_move(DISCUSSION_TRANSITIONS, topic.state, new, who)
    topic.state = new
    _save(db, topic)
    verb = "discussion.closed" if new is DiscussionState.closed else "discussion.reopened"
    record(db, actor, verb=verb, object=topic, number=topic.number)
    return topic


def mark(db: Session, actor: Actor, *, discussion_id: uuid.UUID, verb: str) -> Discussion:
    """``pin``, ``unpin``, ``lock`` or ``unlock``: by publishers. Doing it again changes nothing."""
    topic, _who = _steered(db, actor, discussion_id, by_author=False)
    name, value = MARKS[verb]
    if getattr(topic, name) != value:
        setattr(topic, name, value)
        _save(db, topic)
        record(db, actor, verb=PAST[verb], object=topic, number=topic.number)
    return topic


def remove(db: Session, actor: Actor, *, discussion_id: uuid.UUID, reason: str) -> Discussion:
    """Take a topic away for good, by the secretariat, with a reason. Its rows stay for the record."""
    if not policy.can_moderate(actor):
        raise Forbidden(_("Only the secretariat may do this."))
    topic = _locked(db, discussion_id)
    check_move(DISCUSSION_TRANSITIONS, topic.state, DiscussionState.removed, "secretariat")
    topic.state, topic.state_reason = DiscussionState.removed, reason[:2000]
    _save(db, topic)
    asset_queries.count_topics(db, topic.asset_id, -1)
    record(db, actor, verb="discussion.removed", object=topic, reason=reason, number=topic.number)
    name = full_name(db, topic.asset_id)
    url = f"/assets/{name}/discussions"
    tell(db, topic.created_by, message=REMOVED, url=url, title=topic.title, reason=reason)
    return topic


def _locked(db: Session, discussion_id: uuid.UUID) -> Discussion:
    topic = queries.for_change(db, discussion_id)
    if topic is None:
        raise NotFound(_("There is nothing at this address."))
    return topic


def _steered(
    db: Session, actor: Actor, discussion_id: uuid.UUID, *, by_author: bool
) -> tuple[Discussion, str]:
    topic = _locked(db, discussion_id)
    asset = asset_of(db, topic.asset_id)
    if policy.can_steer(actor, asset.namespace_id):
        return topic, "publisher"
    if by_author and actor.id == topic.created_by and not topic.locked:
        return topic, "author"
    raise Forbidden(_("Only publishers of this namespace may do this."))


def _save(db: Session, topic: Discussion) -> None:
    topic.touch()
    db.add(topic)
    db.flush()
