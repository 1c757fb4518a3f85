"""One item of the agenda: called, the room cleared for it, discussed, finished or left."""

import uuid

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, notify
from portal.kit.errors import Conflict
from portal.kit.events import CHANNEL
from portal.kit.i18n import _
from portal.reviews.panels import queries
from portal.reviews.panels.actions.common import enter, led, move_item, topic
from portal.reviews.panels.models import (
    ItemState,
    MotionState,
    PanelAbsence,
    PanelItem,
    SessionState,
)
from portal.reviews.panels.sitting import barred


def call(db: Session, actor: Actor, *, item_id: uuid.UUID) -> PanelItem:
    """Call an item. It waits until everybody present who is in conflict with it is out of the room."""
    room, item = led(db, actor, item_id)
    if queries.called(db, room.session.id) is not None:
        raise Conflict(_("Another item is called."), hint=_("Finish it or put it off first."))
    must = [
        row.PanelMember.account_id
        for row in queries.members(db, room.session.id)
        if row.PanelMember.present
        and barred(db, room.round.id, row.PanelMember.account_id, [item.submission_id])
    ]
    known = {one.account_id: one for one in queries.absences(db, [item.id])[item.id]}
    for account_id in must:
        absence = known.get(account_id) or PanelAbsence(item_id=item.id, account_id=account_id)
        absence.out_at = None
        db.add(absence)
    move_item(db, actor, item, ItemState.clearing if must else ItemState.discussing, "host")
    return item


def step_out(
    db: Session, actor: Actor, *, session_id: uuid.UUID, account_id: uuid.UUID | None = None
) -> PanelItem:
    """Say that somebody who had to leave for the item called is out: that member, or whoever leads the item."""
    room = enter(db, actor, session_id)
    item = queries.called(db, session_id)
    if item is None or item.state is not ItemState.clearing:
        raise Conflict(_("No item waits for anybody to leave the room."))
    who = account_id or actor.id
    if who != actor.id:
        led(db, actor, item.id)
    absence = next((one for one in queries.absences(db, [item.id])[item.id] if one.account_id == who), None)
    if absence is None:
        raise Conflict(_("You need not leave the room for this item."))
    _out(db, actor, room.session.id, item, absence)
    return item


def _out(db: Session, actor: Actor, session_id: uuid.UUID, item: PanelItem, absence: PanelAbsence) -> None:
    if absence.out_at is None:
        absence.out_at = now()
        db.add(absence)
        db.flush()
        record(db, actor, verb="panel_item.left_for", object=item, who=str(absence.account_id))
    if all(one.out_at is not None for one in queries.absences(db, [item.id])[item.id]):
        move_item(db, SYSTEM, item, ItemState.discussing, "system")
    notify(db, CHANNEL, topic(session_id))


def gone(db: Session, actor: Actor, session_id: uuid.UUID, account_id: uuid.UUID) -> None:
    """A member has left the session altogether: out of the room, too."""
    item = queries.called(db, session_id)
    if item is None or item.state is not ItemState.clearing:
        return
    for absence in queries.absences(db, [item.id])[item.id]:
        if absence.account_id == account_id:
            _out(db, actor, session_id, item, absence)


def put_off(db: Session, actor: Actor, *, item_id: uuid.UUID) -> PanelItem:
    """Back to waiting; a result that was reached is kept only by finishing the item."""
    _room, item = led(db, actor, item_id)
    _check_no_ballot(db, item)
    item.outcome = ""
    move_item(db, actor, item, ItemState.waiting, "host")
    return item


def finish(db: Session, actor: Actor, *, item_id: uuid.UUID) -> PanelItem:
    """Close the item: decided where the last motion was carried, else left undecided."""
    _room, item = led(db, actor, item_id)
    if item.state is not ItemState.discussing:
        raise Conflict(_("This item is not under discussion."))
    _check_no_ballot(db, item)
    move_item(db, actor, item, ItemState.decided if item.outcome else ItemState.undecided, "host")
    return item


def defer_item(db: Session, actor: Actor, *, item_id: uuid.UUID) -> PanelItem:
    """Take an item that was not called off the agenda, undecided."""
    room, item = led(db, actor, item_id)
    if room.session.state is not SessionState.open or item.state is not ItemState.waiting:
        raise Conflict(_("Only an item that waits can be taken off."))
    move_item(db, actor, item, ItemState.undecided, "host")
    return item


def _check_no_ballot(db: Session, item: PanelItem) -> None:
    if any(one.state is MotionState.open for one in queries.motions(db, [item.id])[item.id]):
        raise Conflict(_("A ballot is open."), hint=_("Close it first."))
