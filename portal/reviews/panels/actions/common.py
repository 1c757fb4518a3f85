"""What the verbs share: entering a session under its lock, moving along the tables, waking the pages."""

import uuid
from dataclasses import dataclass

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.db import Session, notify
from portal.kit.errors import Conflict, Forbidden
from portal.kit.events import CHANNEL
from portal.kit.i18n import _
from portal.kit.states import check_move
from portal.reviews.panels import policy, queries
from portal.reviews.panels.models import (
    ITEM_TRANSITIONS,
    SESSION_TRANSITIONS,
    ItemState,
    MemberRole,
    PanelItem,
    PanelMember,
    PanelSession,
    SessionState,
)
from portal.reviews.rounds.models import Round
from portal.reviews.rounds.policy import Standing
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import nothing
from portal.reviews.rounds.shape import Shape
from portal.reviews.rounds.standing import shape_of, standing_of


def topic(session_id: uuid.UUID) -> str:
    """What pages of a session wake up to."""
    return f"panel/{session_id}"


def url(session: PanelSession) -> str:
    """The session's permanent address."""
    return f"/rounds/{session.round_id}/panel/{session.id}"


@dataclass(frozen=True)
class Room:
    """A session, locked, and what the actor is in it."""

    session: PanelSession
    round: Round
    shape: Shape
    standing: Standing
    member: PanelMember | None

    @property
    def role(self) -> MemberRole | None:
        """What the actor does in the session."""
        return self.member.role if self.member is not None else None


def enter(db: Session, actor: Actor, session_id: uuid.UUID) -> Room:
    """The session, locked, for somebody who belongs to it or runs the round."""
    session = queries.one(db, session_id, lock=True)
    round_ = session and basic.one(db, session.round_id)
    if session is None or not isinstance(round_, Round):
        raise nothing()
    standing = standing_of(db, actor, round_)
    member = queries.member(db, session_id, actor.id)
    if not (actor.is_system or standing.secretariat or member is not None):
        raise nothing()
    return Room(session, round_, shape_of(round_), standing, member)


def hosted(db: Session, actor: Actor, session_id: uuid.UUID) -> Room:
    """The same for whoever leads it."""
    room = enter(db, actor, session_id)
    if not (actor.is_system or policy.hosts(room.standing, room.role)):
        raise Forbidden(_("The chair, the secretary of the session or the secretariat does this."))
    return room


def item_of(db: Session, actor: Actor, item_id: uuid.UUID) -> tuple[Room, PanelItem]:
    """An item with its session, both locked, for somebody who may be in the room for it."""
    found = queries.item(db, item_id)
    if found is None:
        raise nothing()
    room = enter(db, actor, found.session_id)
    if not (actor.is_system or policy.in_room(room.standing, room.role, found.submission_id)):
        raise nothing()
    locked = queries.item(db, item_id, lock=True)
    if locked is None:
        raise nothing()
    return room, locked


def led(db: Session, actor: Actor, item_id: uuid.UUID) -> tuple[Room, PanelItem]:
    """The same for whoever leads the panel through it, while the session is open."""
    room, item = item_of(db, actor, item_id)
    if not (actor.is_system or policy.leads(room.standing, room.role, item.submission_id)):
        raise Forbidden(_("The chair, the secretary of the session or the secretariat does this."))
    if room.session.state is not SessionState.open:
        raise Conflict(_("The session is not open."), hint=_("Open it first."))
    return room, item


def move_session(
    db: Session, actor: Actor, session: PanelSession, state: SessionState, who: str, *, reason: str = ""
) -> None:
    """Move a locked session along its table."""
    check_move(SESSION_TRANSITIONS, session.state, state, who)
    session.state, session.state_reason = state, reason
    session.touch()
    db.add(session)
    db.flush()
    record(db, actor, verb=f"panel_session.{state}", object=session, reason=reason or None)
    notify(db, CHANNEL, topic(session.id))


def move_item(
    db: Session, actor: Actor, item: PanelItem, state: ItemState, who: str, *, reason: str = ""
) -> None:
    """Move a locked item along its table."""
    check_move(ITEM_TRANSITIONS, item.state, state, who)
    item.state = state
    item.touch()
    db.add(item)
    db.flush()
    record(db, actor, verb=f"panel_item.{state}", object=item, reason=reason or None)
    notify(db, CHANNEL, topic(item.session_id))
