"""Who is in conflict with what, now: asked at every view and every act of a round."""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.kit.db import Session
from portal.reviews.conflicts.engine import Finding
from portal.reviews.conflicts.grounds import Weight
from portal.reviews.rounds.standing import register_checker
from portal.reviews.staffing.graph import Picture
from portal.reviews.staffing.models import Verdict
from portal.reviews.staffing.queries import notes
from portal.reviews.staffing.queries.world import picture

Pair = tuple[uuid.UUID, uuid.UUID]
"""(account, submission)"""


@dataclass(frozen=True)
class Decided:
    """What the secretariat decided about these accounts, ever. Of several decisions about one thing the last counts."""

    latest: Mapping[tuple[uuid.UUID, str, str], Any] = field(default_factory=dict)
    """(account, fingerprint, whom it concerns) -> the decision."""
    confirmed: frozenset[Pair] = frozenset()
    """Pairs of which a conflict was confirmed and not dismissed since, whether facts show it or not."""

    @classmethod
    def read(cls, rows: Iterable[Any]) -> "Decided":
        """From ``notes.decided``."""
        latest, where = {}, {}
        for row in rows:
            key = (row.account_id, row.fingerprint, row.concerned)
            latest[key] = row
            where[(row.account_id, row.submission_id, *key[1:])] = row
        confirmed = {
            (account_id, submission_id)
            for (account_id, submission_id, *key), row in where.items()
            if row.verdict is Verdict.confirmed and latest[(account_id, *key)].verdict is Verdict.confirmed
        }
        return cls(latest, frozenset(confirmed))

    def about(self, account_id: uuid.UUID, fingerprint: str, concerned: str) -> Any | None:
        """The decision about these facts, if there is one."""
        return self.latest.get((account_id, fingerprint, concerned))


@dataclass(frozen=True)
class Judged:
    """A finding, whom it concerns, and what was decided about it."""

    finding: Finding
    concerned: str
    decision: Any | None

    @property
    def dismissed(self) -> bool:
        """Whether the secretariat holds that there is nothing in it."""
        return self.decision is not None and self.decision.verdict is Verdict.dismissed

    @property
    def hard(self) -> bool:
        """Whether it keeps the expert away: hard and not dismissed, or soft and confirmed."""
        if self.decision is not None:
            return bool(self.decision.verdict is Verdict.confirmed)
        return self.finding.weight is Weight.hard


@dataclass(frozen=True)
class Look:
    """Findings and decisions about some accounts and submissions, at one instant."""

    scene: Picture
    decided: Decided

    def judged(self, account_id: uuid.UUID, submission_id: uuid.UUID) -> list[Judged]:
        """Every finding of a pair, with what was decided about it."""
        found = []
        for finding in self.scene.found(account_id, submission_id):
            concerned = self.scene.concerned(finding, submission_id)
            decision = self.decided.about(account_id, finding.fingerprint, concerned)
            found.append(Judged(finding, concerned, decision))
        return found

    def hard(self, account_id: uuid.UUID, submission_id: uuid.UUID) -> bool:
        """Whether the account may not see or act."""
        if (account_id, submission_id) in self.decided.confirmed:
            return True
        return any(each.hard for each in self.judged(account_id, submission_id))

    def pairs(self) -> Iterator[tuple[uuid.UUID, uuid.UUID, list[Judged]]]:
        """(account, submission, findings) wherever there are any."""
        for account_id in self.scene.people:
            for submission_id in self.scene.parties:
                if judged := self.judged(account_id, submission_id):
                    yield account_id, submission_id, judged


def look(db: Session, accounts: Collection[uuid.UUID], submissions: Collection[uuid.UUID]) -> Look:
    """Look at these accounts and submissions: a fixed number of statements."""
    return Look(picture(db, accounts, submissions), Decided.read(notes.decided(db, accounts)))


def conflicted(
    db: Session, account_id: uuid.UUID, submissions: Collection[uuid.UUID]
) -> frozenset[uuid.UUID]:
    """The submissions with which the account has a conflict that nobody dismissed."""
    seen = look(db, [account_id], submissions)
    return frozenset(key for key in submissions if seen.hard(account_id, key))


register_checker(conflicted)
