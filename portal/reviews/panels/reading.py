"""A session as its reader may see it: the one way from rows to the live page."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from portal.kit.db import Session
from portal.reviews.panels import policy, protocol, queries
from portal.reviews.panels.guards import Sitting
from portal.reviews.panels.models import (
    CALLED,
    ItemState,
    MotionState,
    PanelItem,
    PanelMotion,
    PanelSession,
    SessionState,
)
from portal.reviews.rounds.models import Submission
from portal.reviews.rounds.seen import Seen, nothing


@dataclass(frozen=True)
class Ballot:
    """A motion; how many have voted, and whether the reader has. Who else has is not shown while it is open."""

    motion: PanelMotion
    cast: int
    mine: bool

    @property
    def is_open(self) -> bool:
        """Whether it can be voted in."""
        return self.motion.state is MotionState.open


@dataclass(frozen=True)
class Shown:
    """An item the reader may be in the room for."""

    item: PanelItem
    submission: Submission
    ballots: Sequence[Ballot]
    leaving: Sequence[tuple[uuid.UUID, str]]
    """Who still has to leave the room."""
    leads: bool

    @property
    def ballot(self) -> Ballot | None:
        """The one that is open."""
        return next((one for one in self.ballots if one.is_open), None)


@dataclass(frozen=True)
class View:
    """The session for one reader. An item the reader must be out of the room for is a None in the agenda."""

    members: Sequence[Any]
    agenda: Sequence[Shown | None]
    called: Shown | None
    out: bool
    """Whether an item is called for which the reader must be out."""
    must_leave: bool
    """Whether that item waits for the reader to leave."""
    present: bool
    votes: bool
    """Whether the reader can vote in the ballot that is open."""
    hosts: bool
    open: bool


def view(db: Session, sitting: Sitting) -> View:
    """Read the session anew: what the reader is in conflict with is looked up each time."""
    session, standing, role = sitting.session, sitting.seen.standing, sitting.role
    rows = queries.items(db, session.id)
    keys = [row.PanelItem.id for row in rows if policy.in_room(standing, role, row.PanelItem.submission_id)]
    members = queries.members(db, session.id)
    names = {row.PanelMember.account_id: row.name for row in members}
    called = next((row.PanelItem for row in rows if row.PanelItem.state in CALLED), None)
    absences = queries.absences(db, {*keys, *([called.id] if called is not None else [])})
    motions = queries.motions(db, keys)
    voted = queries.voted(db, [one.id for several in motions.values() for one in several])
    agenda: list[Shown | None] = []
    for row in rows:
        if row.PanelItem.id not in keys:
            agenda.append(None)
            continue
        ballots = [
            Ballot(one, len(voted[one.id]), any(v.account_id == standing.account_id for v in voted[one.id]))
            for one in motions[row.PanelItem.id]
        ]
        leaving = [
            (one.account_id, names.get(one.account_id, ""))
            for one in absences[row.PanelItem.id]
            if one.out_at is None and row.PanelItem.state is ItemState.clearing
        ]
        leads = policy.leads(standing, role, row.PanelItem.submission_id)
        agenda.append(Shown(row.PanelItem, row.Submission, ballots, leaving, leads))
    now = next((one for one in agenda if one is not None and one.item.state in CALLED), None)
    member = sitting.member
    present = member is not None and member.present
    return View(
        members=members,
        agenda=agenda,
        called=now,
        out=called is not None and now is None,
        must_leave=called is not None
        and any(one.account_id == standing.account_id and one.out_at is None for one in absences[called.id]),
        present=present,
        votes=bool(
            now is not None
            and (ballot := now.ballot) is not None
            and not ballot.mine
            and present
            and role is not None
            and role.votes
            and standing.sits(now.submission.id)
        ),
        hosts=policy.hosts(standing, role),
        open=session.state is SessionState.open,
    )


def sessions(db: Session, seen: Seen) -> list[PanelSession]:
    """Sessions of the round: all for the secretariat, the own ones for a panel."""
    every = queries.of_round(db, seen.round.id)
    if seen.standing.secretariat:
        return every
    account_id = seen.standing.account_id
    mine = queries.sessions_of(db, seen.round.id, account_id) if account_id is not None else set()
    return [one for one in every if one.id in mine]


def minutes(db: Session, sitting: Sitting) -> tuple[protocol.Protocol, protocol.Protocol]:
    """The whole minutes, and what of them this reader may see."""
    if sitting.session.state is SessionState.cancelled:
        raise nothing()
    whole = protocol.of_session(db, sitting.session, sitting.seen.round)
    hidden = {
        one.submission
        for one in whole.items
        if not policy.in_room(sitting.seen.standing, sitting.role, one.submission)
    }
    return whole, whole.without(hidden)
