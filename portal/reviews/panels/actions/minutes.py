"""Minutes: written by the secretary, confirmed by the chair, frozen with their digest."""

import uuid

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, Forbidden
from portal.kit.i18n import N_, _
from portal.reviews.panels import policy, protocol
from portal.reviews.panels.actions.common import Room, enter, hosted, item_of, url
from portal.reviews.panels.models import MemberRole, PanelItem, PanelSession, SessionState
from portal.reviews.rounds.actions.common import tell_secretariat
from portal.reviews.rounds.shape import digest_of

UNCONFIRMED = N_("Minutes that nobody confirmed were frozen as they are: %(title)s")


def write(db: Session, actor: Actor, *, session_id: uuid.UUID, text: str) -> PanelSession:
    """Write about the session as a whole."""
    room = hosted(db, actor, session_id)
    _check_open(room.session)
    room.session.minutes = text
    room.session.touch()
    db.add(room.session)
    record(db, actor, verb="panel_session.minutes", object=room.session)
    return room.session


def write_item(db: Session, actor: Actor, *, item_id: uuid.UUID, text: str) -> PanelItem:
    """Write about one item; who is out of the room for it neither writes nor reads this."""
    room, item = item_of(db, actor, item_id)
    if not policy.leads(room.standing, room.role, item.submission_id):
        raise Forbidden(_("The chair, the secretary of the session or the secretariat does this."))
    _check_open(room.session)
    item.minutes, item.seen_by = text, None
    item.touch()
    db.add(item)
    record(db, actor, verb="panel_item.minutes", object=item)
    return item


def confirm_item(db: Session, actor: Actor, *, item_id: uuid.UUID) -> PanelItem:
    """A voting member who was in the room confirms the part of an item, in place of a chair who was not."""
    room, item = item_of(db, actor, item_id)
    _check_closed(room.session)
    if room.role is None or not room.role.votes or not room.standing.sits(item.submission_id):
        raise Forbidden(_("A voting member who was in the room confirms this part."))
    item.seen_by = actor.id
    item.touch()
    db.add(item)
    record(db, actor, verb="panel_item.confirmed", object=item)
    return item


def confirm(db: Session, actor: Actor, *, session_id: uuid.UUID, digest: str) -> PanelSession:
    """The chair confirms the minutes that were shown (``digest``); from then on nobody changes them."""
    room = enter(db, actor, session_id)
    if room.role is not MemberRole.chair:
        raise Forbidden(_("The chair of the session confirms its minutes."))
    _check_closed(room.session)
    found = protocol.of_session(db, room.session, room.round)
    if digest_of(found.model_dump(mode="json")) != digest:
        raise Conflict(
            _("The minutes have changed since this page was opened."),
            hint=_("Read them again, then confirm."),
        )
    waiting = [one.number for one in found.items if not (room.standing.sits(one.submission) or one.seen)]
    if waiting:
        raise Conflict(
            _("You were out of the room for a part of the agenda."),
            hint=_("Another voting member confirms that part of the minutes first."),
        )
    _freeze(db, actor, room, found)
    return room.session


def freeze_overdue(db: Session, session_id: uuid.UUID) -> None:
    """By the clock: as they are, confirmed by nobody."""
    room = enter(db, SYSTEM, session_id)
    if room.session.state is SessionState.closed and room.session.frozen_at is None:
        _freeze(db, SYSTEM, room, protocol.of_session(db, room.session, room.round))
        tell_secretariat(db, UNCONFIRMED, f"{url(room.session)}/minutes", title=room.session.title)


def _freeze(db: Session, actor: Actor, room: Room, found: protocol.Protocol) -> None:
    session = room.session
    session.protocol = found.model_dump(mode="json")
    session.digest = digest_of(session.protocol)
    session.confirmed_by, session.frozen_at, session.minutes_due_at = actor.id, now(), None
    session.touch()
    db.add(session)
    db.flush()
    record(db, actor, verb="panel_session.frozen", object=session, digest=session.digest)


def _check_open(session: PanelSession) -> None:
    if session.frozen_at is not None or session.state is SessionState.cancelled:
        raise Conflict(_("The minutes are frozen; nobody changes them any more."))


def _check_closed(session: PanelSession) -> None:
    _check_open(session)
    if session.state is not SessionState.closed:
        raise Conflict(_("Minutes are confirmed after the session."))
