"""What the API answers about runs and draws."""

from pydantic import BaseModel


class LotAnswer(BaseModel):
    """A draw as everybody who knows of the round may see it. ``seed`` is empty until it is revealed."""

    id: str
    state: str
    commitment: str
    committed_at: str | None
    seal: str
    sealed_at: str | None
    drawn_at: str | None
    seed: str
    revealed_at: str | None
    submissions: int
    experts: int


class LotList(BaseModel):
    """All draws of a round, the oldest first, cancelled ones too."""

    items: list[LotAnswer]


class SeatAnswer(BaseModel):
    """A proposed seat; ``expert`` is the short name of the account."""

    submission: int
    expert: str
    affinity: float | None
    taken_before: bool
    by_hand: bool


class RunAnswer(BaseModel):
    """A run with its proposal, once there is one. ``short``: rules that are not kept, in words."""

    id: str
    kind: str
    state: str
    deadline_at: str | None
    seats: list[SeatAnswer]
    short: list[str]
