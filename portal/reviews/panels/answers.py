"""What the API answers about panel sessions. What somebody voted is in none of it."""

from pydantic import BaseModel, Field


class SessionItem(BaseModel):
    """A session in the list."""

    id: str
    title: str
    place: str
    starts_at: str | None
    state: str
    opened_at: str | None
    closed_at: str | None


class SessionList(BaseModel):
    """Sessions of a round: all for the secretariat, the own ones for a panel."""

    items: list[SessionItem]


class MemberItem(BaseModel):
    """Somebody of the session, and when present."""

    name: str
    role: str
    arrived_at: str | None
    left_at: str | None


class BallotItem(BaseModel):
    """A motion and what came of it; nothing is counted while its ballot is open."""

    number: int
    outcome: str
    secret: bool
    state: str
    reason: str
    able: int
    cast: int
    yes: int
    no: int
    abstain: int


class AgendaItem(BaseModel):
    """A place on the agenda. Without a submission: you are out of the room for it."""

    submission: int | None
    title: str
    state: str
    outcome: str
    ballots: list[BallotItem]


class SessionAnswer(SessionItem):
    """A session as its reader may see it now."""

    present: bool = Field(description="Whether you are signed in to it")
    members: list[MemberItem]
    agenda: list[AgendaItem]


class MinutesPart(BaseModel):
    """One item in the minutes."""

    submission: int
    title: str
    state: str
    outcome: str
    out_of_the_room: list[str]
    ballots: list[BallotItem]
    text: str


class MinutesAnswer(BaseModel):
    """The minutes without the items you were out of the room for."""

    session: str
    place: str
    starts_at: str | None
    opened_at: str | None
    closed_at: str | None
    attendance: list[MemberItem]
    items: list[MinutesPart]
    hidden: int = Field(description="How many items you were out of the room for")
    text: str
    frozen_at: str | None
    digest: str = Field(description="SHA-256 of the whole minutes once they are frozen; empty before")
