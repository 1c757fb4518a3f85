"""Posts: write, change, delete, hide; and who is told."""

import uuid
from collections.abc import Iterable

from portal.accounts import throttle
from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, Forbidden, NotFound, SignInNeeded
from portal.kit.i18n import N_, _
from portal.kit.states import check_move
from portal.notices.actions import tell
from registry.assets import queries as asset_queries
from registry.assets.models import Asset
from registry.community import mentions, policy
from registry.community.models import POST_TRANSITIONS, Discussion, Post, PostEdit, PostState
from registry.community.queries import discussions as queries
from registry.community.queries import reactions
from registry.gates.queries import full_name, publishers_of

PER_AUTHOR = (throttle.Limit(10, 5), throttle.Limit(100, 24 * 60))
"""Posts of one member over all assets."""
REPLIED = N_("%(author)s has written in “%(title)s” (%(asset)s).")
MENTIONED = N_("%(author)s mentions you in “%(title)s” (%(asset)s).")
HIDDEN = N_("The secretariat has hidden your post in “%(title)s”: %(reason)s")


def asset_of(db: Session, asset_id: uuid.UUID) -> Asset:
    """The asset of a topic, locked."""
    asset = asset_queries.get_for_change(db, asset_id)
    if asset is None:
        raise NotFound(_("There is nothing at this address."))
    return asset


def slow_down(actor: Actor) -> None:
    """Count a post, and refuse above the limits. Before any row is locked: counters have connections of their own."""
    throttle.spend(f"post:{actor.id}", PER_AUTHOR, _("You have written very often just now."))


def write(db: Session, actor: Actor, topic: Discussion, asset: Asset, text: str) -> Post:
    """Add a post to a topic that is locked for it, and tell whom it concerns, each once: who is mentioned, who wrote
    before, who watches. Nobody is told of what that person may not see.
    """
    if actor.id is None:
        raise SignInNeeded(_("Please sign in first."))
    known = reactions.people_named(db, mentions.named(text))
    topic.posts += 1
    topic.last_at = now()
    topic.touch()
    db.add(topic)
    post = Post(
        discussion_id=topic.id, number=topic.posts, account_id=actor.id, text=text, mentions=list(known)
    )
    db.add(post)
    db.flush()
    record(db, actor, verb="post.written", object=post, discussion=str(topic.id), number=post.number)
    _tell(db, actor, topic, asset, post, known.values())
    return post


def _tell(
    db: Session, actor: Actor, topic: Discussion, asset: Asset, post: Post, mentioned: Iterable[uuid.UUID]
) -> None:
    publishers = publishers_of(db, asset.namespace_id)
    others = [
        *queries.participants(db, topic.id),
        *(account.id for account in reactions.watchers(db, asset.id, discussions=True)),
        *(publishers if post.number == 1 else ()),
    ]
    name = full_name(db, asset.id)
    told = {actor.id}
    for message, people in ((MENTIONED, mentioned), (REPLIED, others)):
        for account_id in people:
            if account_id in told or not (asset.is_public or account_id in publishers):
                continue
            told.add(account_id)
            tell(
                db,
                account_id,
                message=message,
                url=f"/assets/{name}/discussions/{topic.number}/posts/{post.number}",
                author=actor.name,
                title=topic.title,
                asset=name,
            )


def reply(db: Session, actor: Actor, *, discussion_id: uuid.UUID, text: str) -> Post:
    """Write in an open topic. Refuses closed and (for others than publishers) locked ones."""
    slow_down(actor)
    topic = queries.for_change(db, discussion_id)
    if topic is None:
        raise NotFound(_("There is nothing at this address."))
    asset = asset_of(db, topic.asset_id)
    if not policy.can_reply(actor, asset.namespace_id, topic.state, locked=topic.locked):
        raise Conflict(
            _("This topic takes no posts."), hint=_("It is closed or locked; its publishers may reopen it.")
        )
    return write(db, actor, topic, asset, text)


def _own(db: Session, actor: Actor, post_id: uuid.UUID) -> tuple[Post, Discussion]:
    post = queries.post_for_change(db, post_id)
    topic = queries.for_change(db, post.discussion_id) if post is not None else None
    if post is None or topic is None:
        raise NotFound(_("There is nothing at this address."))
    if actor.id is None or post.account_id != actor.id:
        raise Forbidden(_("Only the author may change this post."))
    if not policy.can_change_post(actor, post.account_id, post.state, locked=topic.locked):
        raise Conflict(_("This post cannot be changed any more."))
    return post, topic


def edit(db: Session, actor: Actor, *, post_id: uuid.UUID, text: str) -> Post:
    """Replace what a post says; the text before is kept and shown in its history. Newly mentioned people are told."""
    slow_down(actor)
    post, topic = _own(db, actor, post_id)
    if post.text == text:
        return post
    known = reactions.people_named(db, mentions.named(text))
    fresh = [account_id for name, account_id in known.items() if name not in post.mentions]
    db.add(PostEdit(post_id=post.id, text=post.text))
    post.text, post.mentions, post.edited_at = text, list(known), now()
    db.add(post)
    db.flush()
    record(db, actor, verb="post.edited", object=post, discussion=str(topic.id), number=post.number)
    asset = asset_of(db, topic.asset_id)
    publishers = publishers_of(db, asset.namespace_id)
    name = full_name(db, asset.id)
    for account_id in fresh:
        if account_id != actor.id and (asset.is_public or account_id in publishers):
            url = f"/assets/{name}/discussions/{topic.number}/posts/{post.number}"
            tell(db, account_id, message=MENTIONED, url=url, author=actor.name, title=topic.title, asset=name)
    return post


def delete(db: Session, actor: Actor, *, post_id: uuid.UUID) -> Post:
    """Take the own post out of sight. Its place stays, and its text for the secretariat."""
    post, _topic = _own(db, actor, post_id)
    _move(db, actor, post, PostState.deleted, "author", "post.deleted", "")
    return post


def hide(db: Session, actor: Actor, *, post_id: uuid.UUID, reason: str) -> Post:
    """Take somebody's post out of sight, with a reason that its author and readers see."""
    post, topic = _moderated(db, actor, post_id)
    _move(db, actor, post, PostState.hidden, "secretariat", "post.hidden", reason)
    name = full_name(db, topic.asset_id)
    tell(
        db,
        post.account_id,
        message=HIDDEN,
        url=f"/assets/{name}/discussions/{topic.number}/posts/{post.number}",
        title=topic.title,
        reason=reason,
    )
    return post


def show(db: Session, actor: Actor, *, post_id: uuid.UUID, reason: str) -> Post:
    """Put a hidden post back, with a reason."""
    post, _topic = _moderated(db, actor, post_id)
    _move(db, actor, post, PostState.shown, "secretariat", "post.shown", reason)
    return post


def _moderated(db: Session, actor: Actor, post_id: uuid.UUID) -> tuple[Post, Discussion]:
    if not policy.can_moderate(actor):
        raise Forbidden(_("Only the secretariat may do this."))
    post = queries.post_for_change(db, post_id)
    topic = queries.for_change(db, post.discussion_id) if post is not None else None
    if post is None or topic is None:
        raise NotFound(_("There is nothing at this address."))
    return post, topic


def _move(db: Session, actor: Actor, post: Post, new: PostState, who: str, verb: str, reason: str) -> None:
    check_move(POST_TRANSITIONS, post.state, new, who)
    post.state, post.state_reason = new, reason[:2000]
    db.add(post)
    db.flush()
    record(db, actor, verb=verb, object=post, reason=reason or None, number=post.number)
