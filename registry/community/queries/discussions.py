"""Topics and their posts."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func
from sqlmodel import col, select

from portal.accounts.models import Account, AccountState, Namespace
from portal.kit.db import Session
from portal.kit.paging import Page, keyset
from registry.community.models import Discussion, DiscussionState, Post, PostEdit, PostState


def page_of(
    db: Session,
    asset_id: uuid.UUID,
    state: DiscussionState,
    *,
    after: str | None = None,
    before: str | None = None,
) -> Page[Any]:
    """The topics of an asset in one state: pinned first, then by the newest post."""
    keys: list[Any] = [col(Discussion.pinned), col(Discussion.last_at), col(Discussion.id)]
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(Discussion.number),
            col(Discussion.title),
            col(Discussion.state),
            col(Discussion.locked),
            col(Discussion.posts),
            col(Discussion.created_at),
            col(Account.name).label("author"),
            col(Namespace.slug).label("author_namespace"),
            *keys,
        )
        .join(Account, col(Account.id) == col(Discussion.created_by))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(Discussion.asset_id) == asset_id, col(Discussion.state) == state)
    )
    return keyset(db, statement, keys, after=after, before=before)


def one(db: Session, asset_id: uuid.UUID, number: int) -> Discussion | None:
    """The topic of that number."""
    statement = select(Discussion).where(
        col(Discussion.asset_id) == asset_id, col(Discussion.number) == number
    )
    return db.exec(statement).first()


def for_change(db: Session, discussion_id: uuid.UUID) -> Discussion | None:
    """A topic, locked: posts are numbered one after the other."""
    statement = select(Discussion).where(col(Discussion.id) == discussion_id).with_for_update()
    return db.exec(statement.execution_options(populate_existing=True)).first()


def next_number(db: Session, asset_id: uuid.UUID) -> int:
    """The number of the next topic; lock the asset first."""
    statement = select(func.max(Discussion.number)).where(col(Discussion.asset_id) == asset_id)
    return (db.execute(statement).scalar() or 0) + 1


def posts_of(
    db: Session, discussion_id: uuid.UUID, *, after: str | None = None, before: str | None = None
) -> Page[Any]:
    """The posts of a topic in their order, 20 a page, also those that are not shown (their place stays)."""
    statement: Any = (
        select(  # type: ignore[call-overload]
            col(Post.id),
            col(Post.account_id),
            col(Post.at),
            col(Post.text),
            col(Post.mentions),
            col(Post.edited_at),
            col(Post.state),
            col(Post.state_reason),
            col(Account.name).label("author"),
            col(Namespace.slug).label("author_namespace"),
            col(Post.number),
        )
        .join(Account, col(Account.id) == col(Post.account_id))
        .join(Namespace, col(Namespace.account_id) == col(Account.id))
        .where(col(Post.discussion_id) == discussion_id)
    )
    keys: list[Any] = [col(Post.number)]
    return keyset(db, statement, keys, descending=False, after=after, before=before)


def post(db: Session, discussion_id: uuid.UUID, number: int) -> Post | None:
    """The post of that number."""
    statement = select(Post).where(col(Post.discussion_id) == discussion_id, col(Post.number) == number)
    return db.exec(statement).first()


def post_for_change(db: Session, post_id: uuid.UUID) -> Post | None:
    """A post, locked."""
    statement = select(Post).where(col(Post.id) == post_id).with_for_update()
    return db.exec(statement.execution_options(populate_existing=True)).first()


def post_by_id(db: Session, post_id: uuid.UUID) -> Row[Any] | None:
    """A post with the number of its topic, for reports about it."""
    statement: Any = (
        select(col(Post.number), col(Post.text), col(Post.state), col(Discussion.number).label("discussion"))
        .join(Discussion, col(Discussion.id) == col(Post.discussion_id))
        .where(col(Post.id) == post_id)
    )
    row: Row[Any] | None = db.execute(statement).first()
    return row


def edits_of(db: Session, post_id: uuid.UUID) -> Sequence[PostEdit]:
    """What a post said before, newest first, fifty at most."""
    statement = select(PostEdit).where(col(PostEdit.post_id) == post_id)
    return db.exec(statement.order_by(col(PostEdit.id).desc()).limit(50)).all()


def participants(db: Session, discussion_id: uuid.UUID) -> list[uuid.UUID]:
    """The active accounts that have written in a topic."""
    statement = (
        select(Account.id)
        .where(
            col(Account.state) == AccountState.active,
            col(Account.id).in_(
                select(Post.account_id).where(
                    col(Post.discussion_id) == discussion_id, col(Post.state) == PostState.shown
                )
            ),
        )
        .order_by(col(Account.id))
        .limit(500)
    )
    return list(db.exec(statement))
