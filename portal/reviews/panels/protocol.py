"""Minutes as data: what the tables know of a session, and what its secretary wrote. Frozen, this is what is hashed."""

import datetime as dt
import uuid
from collections.abc import Collection

from pydantic import BaseModel, ConfigDict

from portal.kit.db import Session
from portal.reviews.panels import queries
from portal.reviews.panels.models import (
    Choice,
    ItemState,
    MemberRole,
    MotionState,
    PanelMotion,
    PanelSession,
    PanelVoted,
)
from portal.reviews.rounds.models import Round


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Attendance(_Data):
    """Somebody of the session, and when present."""

    name: str
    role: MemberRole
    arrived_at: dt.datetime | None
    left_at: dt.datetime | None


class Motion(_Data):
    """A ballot and its result; ``votes`` (name, choice) of open ballots alone."""

    number: int
    outcome: str
    secret: bool
    state: MotionState
    reason: str
    able: int
    cast: int
    yes: int
    no: int
    abstain: int
    votes: tuple[tuple[str, Choice], ...] = ()


class Item(_Data):
    """One item: who was out of the room, what was moved, how it ended, what the secretary wrote."""

    id: uuid.UUID
    submission: uuid.UUID
    number: int
    title: str
    state: ItemState
    outcome: str
    out: tuple[str, ...]
    motions: tuple[Motion, ...]
    text: str
    seen: bool
    """Whether a member in the room confirmed this part (needed where the chair was out)."""


class Protocol(_Data):
    """The minutes of one session."""

    round: str
    session: str
    place: str
    starts_at: dt.datetime | None
    opened_at: dt.datetime | None
    closed_at: dt.datetime | None
    attendance: tuple[Attendance, ...]
    items: tuple[Item, ...]
    text: str

    def without(self, hidden: Collection[uuid.UUID]) -> "Protocol":
        """The minutes for somebody who may know nothing of these submissions."""
        return self.model_copy(
            update={"items": tuple(one for one in self.items if one.submission not in hidden)}
        )


def of_session(db: Session, session: PanelSession, round_: Round) -> Protocol:
    """The minutes: the frozen ones where there are, else as the tables are now."""
    if session.protocol:
        return Protocol.model_validate(session.protocol)
    members = queries.members(db, session.id)
    rows = queries.items(db, session.id)
    keys = [row.PanelItem.id for row in rows]
    absences, motions = queries.absences(db, keys), queries.motions(db, keys)
    voted = queries.voted(db, [one.id for several in motions.values() for one in several])
    names = {row.PanelMember.account_id: row.name for row in members}
    return Protocol(
        round=round_.title_zh,
        session=session.title,
        place=session.place,
        starts_at=session.starts_at,
        opened_at=session.opened_at,
        closed_at=session.closed_at,
        attendance=tuple(
            Attendance(
                name=row.name,
                role=row.PanelMember.role,
                arrived_at=row.PanelMember.arrived_at,
                left_at=row.PanelMember.left_at,
            )
            for row in members
        ),
        items=tuple(
            Item(
                id=row.PanelItem.id,
                submission=row.PanelItem.submission_id,
                number=row.Submission.number,
                title=row.Submission.title,
                state=row.PanelItem.state,
                outcome=row.PanelItem.outcome,
                out=tuple(sorted(names.get(one.account_id, "") for one in absences[row.PanelItem.id])),
                motions=tuple(_motion(one, voted[one.id], names) for one in motions[row.PanelItem.id]),
                text=row.PanelItem.minutes,
                seen=row.PanelItem.seen_by is not None,
            )
            for row in rows
        ),
        text=session.minutes,
    )


def _motion(one: PanelMotion, voted: list[PanelVoted], names: dict[uuid.UUID, str]) -> Motion:
    votes = [(names.get(each.account_id, ""), Choice(each.choice)) for each in voted if each.choice]
    counted = one.state in (MotionState.carried, MotionState.lost)
    return Motion(
        number=one.number,
        outcome=one.outcome,
        secret=one.secret,
        state=one.state,
        reason=one.reason,
        able=one.able,
        cast=len(voted),
        yes=one.yes,
        no=one.no,
        abstain=one.abstain,
        votes=tuple(sorted(votes)) if counted else (),
    )
