"""What higher layers know to tie people together: works they wrote, projects they share.

A review knows no assets. Whoever does registers a reader when the program starts; each costs one statement.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from portal.kit.db import Session
from portal.reviews.conflicts.world import TieKind


@dataclass(frozen=True)
class Shared:
    """``account_id`` shares something with another account, or with a name somebody wrote down.

    ``last``: the day it last held; ``evidence``: where it stands, such as the address of the work. ``organisation``:
    of the one who is known by name alone, as far as it was written down.
    """

    kind: TieKind
    account_id: uuid.UUID
    other_id: uuid.UUID | None
    other_name: str
    last: dt.date | None = None
    evidence: str = ""
    organisation: str = ""


Reader = Callable[[Session, Collection[uuid.UUID], dt.date], Sequence[Shared]]
"""(database, accounts, since) -> what these accounts share with anybody and that held on that day or later."""

_readers: list[Reader] = []


def register_ties(reader: Reader) -> None:
    """Make a reader known; registering it again changes nothing."""
    if reader not in _readers:
        _readers.append(reader)


def read_ties(db: Session, accounts: Collection[uuid.UUID], since: dt.date) -> list[Shared]:
    """Everything all readers know."""
    return [shared for reader in _readers for shared in reader(db, accounts, since)]
