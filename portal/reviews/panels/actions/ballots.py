"""Motions and their ballots. What somebody votes in a secret ballot is never written beside the name: ADR 0042."""

import datetime as dt
import random
import uuid
from collections import Counter

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, notify
from portal.kit.errors import Conflict, Forbidden, Invalid
from portal.kit.events import CHANNEL
from portal.kit.i18n import _
from portal.kit.states import check_move
from portal.reviews.panels import policy, queries
from portal.reviews.panels.actions.common import Room, enter, item_of, led, topic
from portal.reviews.panels.forms import MotionForm
from portal.reviews.panels.models import (
    MOTION_TRANSITIONS,
    Choice,
    ItemState,
    MotionState,
    PanelItem,
    PanelMember,
    PanelMotion,
    PanelVote,
    PanelVoted,
    SessionState,
)
from portal.reviews.panels.sitting import barred
from portal.reviews.rounds.seen import nothing

OPEN_FOR = dt.timedelta(hours=2)
"""A ballot nobody closes is closed by the clock."""
LEAST_REASON = 10


def voters(db: Session, room: Room, item: PanelItem) -> list[PanelMember]:
    """Members with a vote who may be in the room for the item, present or not."""
    return [
        row.PanelMember
        for row in queries.members(db, room.session.id)
        if row.PanelMember.role.votes
        and not barred(db, room.round.id, row.PanelMember.account_id, [item.submission_id])
    ]


def move_motion(db: Session, actor: Actor, *, item_id: uuid.UUID, given: MotionForm) -> PanelMotion:
    """Put a motion to the vote. Needs a quorum of those able to vote; a further motion on an item needs a reason."""
    room, item = led(db, actor, item_id)
    if item.state is not ItemState.discussing:
        raise Conflict(_("This item is not under discussion."))
    if room.shape.outcome(given.outcome) is None:
        raise Invalid(
            _("Please correct the marked fields."),
            fields={"outcome": _("Please choose one of the offered values.")},
        )
    earlier = queries.motions(db, [item.id])[item.id]
    if any(one.state is MotionState.open for one in earlier):
        raise Conflict(_("A ballot is open."), hint=_("Close it first."))
    reason = given.reason.strip()
    if earlier and len(reason) < LEAST_REASON:
        raise Invalid(
            _("Please correct the marked fields."),
            fields={"reason": _("Voting again on an item needs a reason of at least ten characters.")},
        )
    secret = room.shape.panel.secret or not given.open_ballot
    able = voters(db, room, item)
    present = sum(one.present for one in able)
    if not policy.has_quorum(room.shape.panel, len(able), present):
        raise Conflict(
            _(
                "There is no quorum: %(present)s of %(able)s members able to vote are here, %(percent)s %% are needed.",
                present=present, able=len(able), percent=room.shape.panel.quorum_percent,
            ),
            hint=_("Wait for more members, or leave the item undecided; the secretariat is told."),
        )  # fmt: skip
    if secret and present < policy.FEWEST:
        raise Conflict(
            _("A secret ballot needs at least %(n)s voters: with fewer, the counts would tell who voted what.",
              n=policy.FEWEST),
        )  # fmt: skip
    motion = PanelMotion(
        item_id=item.id, number=len(earlier) + 1, outcome=given.outcome, secret=secret, reason=reason,
        able=len(able), deadline_at=now() + OPEN_FOR,
    )  # fmt: skip
    item.outcome = ""
    item.touch()
    db.add_all([motion, item])
    db.flush()
    record(db, actor, verb="panel_motion.open", object=motion, outcome=given.outcome, secret=secret)
    notify(db, CHANNEL, topic(room.session.id))
    return motion


def vote(db: Session, actor: Actor, *, motion_id: uuid.UUID, choice: Choice) -> None:
    """Vote, once. For members present who are not in conflict; both is looked up now.

    The votes of a secret ballot are all written anew, shuffled: neither ids nor the order of rows nor their
    transactions tell whose the new one is.
    """
    found = queries.motion(db, motion_id)
    if found is None:
        raise nothing()
    room, item = item_of(db, actor, found.item_id)
    motion = queries.motion(db, motion_id, lock=True)
    if motion is None or motion.state is not MotionState.open or room.session.state is not SessionState.open:
        raise Conflict(_("This ballot is closed."))
    member = room.member
    if member is None or not member.role.votes or not room.standing.sits(item.submission_id):
        raise Forbidden(_("Only members of the panel who are able to vote on this item vote."))
    if not member.present:
        raise Conflict(_("Sign in to the session first."))
    if any(one.account_id == member.account_id for one in queries.voted(db, [motion.id])[motion.id]):
        raise Conflict(_("You have voted in this ballot."), hint=_("A vote cannot be changed or taken back."))
    db.add(
        PanelVoted(
            motion_id=motion.id, account_id=member.account_id, secret=motion.secret,
            choice=None if motion.secret else choice.value,
        )
    )  # fmt: skip
    if motion.secret:
        _shuffle_in(db, motion, choice)
    db.flush()
    record(db, actor, verb="panel_motion.voted", object=motion)
    notify(db, CHANNEL, topic(room.session.id))
    here = {one.account_id for one in voters(db, room, item) if one.present}
    if here <= {one.account_id for one in queries.voted(db, [motion.id])[motion.id]}:
        count(db, SYSTEM, room, item, motion, "system")


def _shuffle_in(db: Session, motion: PanelMotion, choice: Choice) -> None:
    votes = [*queries.choices(db, motion.id), choice]
    random.SystemRandom().shuffle(votes)
    queries.empty_ballot(db, motion.id)
    rows = [PanelVote(motion_id=motion.id, choice=one) for one in votes]
    for row in rows:
        db.add(row)
        db.flush()  # one by one, in the shuffled order


def close_ballot(db: Session, actor: Actor, *, motion_id: uuid.UUID) -> PanelMotion:
    """Close a ballot and count it."""
    found = queries.motion(db, motion_id)
    if found is None:
        raise nothing()
    room, item = led(db, actor, found.item_id)
    motion = queries.motion(db, motion_id, lock=True)
    if motion is None or motion.state is not MotionState.open:
        raise Conflict(_("This ballot is closed."))
    count(db, actor, room, item, motion, "host")
    return motion


def expire_ballot(db: Session, motion_id: uuid.UUID) -> None:
    """By the clock."""
    found = queries.motion(db, motion_id)
    item = found and queries.item(db, found.item_id)
    if not isinstance(item, PanelItem):
        return
    room = enter(db, SYSTEM, item.session_id)
    locked, motion = queries.item(db, item.id, lock=True), queries.motion(db, motion_id, lock=True)
    if locked is not None and motion is not None and motion.state is MotionState.open:
        count(db, SYSTEM, room, locked, motion, "system")


def count(db: Session, actor: Actor, room: Room, item: PanelItem, motion: PanelMotion, who: str) -> None:
    """Count a locked motion and give it its end; where it is carried the item has its outcome."""
    there = queries.voted(db, [motion.id])[motion.id]
    votes = (
        queries.choices(db, motion.id)
        if motion.secret
        else [Choice(one.choice) for one in there if one.choice is not None]
    )
    counts = Counter(votes)
    state = policy.result(room.shape.panel, motion.able, counts, secret=motion.secret)
    if len(votes) != len(there):
        state = MotionState.void  # somebody has been at the tables
    check_move(MOTION_TRANSITIONS, motion.state, state, who)
    motion.state, motion.closed_at, motion.deadline_at = state, now(), None
    if state is MotionState.void:
        # Without a result nothing is counted: of two votes the count would tell both.
        queries.empty_ballot(db, motion.id)
    else:
        motion.yes, motion.no, motion.abstain = (
            counts[one] for one in (Choice.yes, Choice.no, Choice.abstain)
        )
    motion.touch()
    if state is MotionState.carried:
        item.outcome = motion.outcome
    item.touch()
    db.add_all([motion, item])
    db.flush()
    record(db, actor, verb=f"panel_motion.{state}", object=motion, cast=len(votes), able=motion.able)
    notify(db, CHANNEL, topic(room.session.id))
