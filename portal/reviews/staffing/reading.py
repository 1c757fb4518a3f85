"""A run as people read it: keys become names and numbers again, words are those of the reader's language."""

import re
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from portal.kit.charts.bars import stacked
from portal.kit.db import Session
from portal.kit.i18n import N_, _
from portal.reviews.rounds.models import Submission
from portal.reviews.rounds.queries import basic
from portal.reviews.staffing.actions.adopting import (
    CAPACITY,
    ORGANISATIONS,
    REVIEWS,
    SENIORS,
    fixed,
    proposed,
)
from portal.reviews.staffing.checker import Judged, look
from portal.reviews.staffing.models import StaffingRun
from portal.reviews.staffing.queries import runs as queries

KEY = re.compile(r"\b[SEU]\d+H?\b")
BREAKS = {
    REVIEWS: N_("not as many reviews as the round asks for"),
    SENIORS: N_("too few senior experts"),
    ORGANISATIONS: N_("two experts of one organisation"),
    CAPACITY: N_("more submissions than the expert has room for"),
}
PARTS = {
    "text": N_("Texts alike"),
    "codes": N_("Disciplines in common"),
    "keywords": N_("Keywords in common"),
    "preference": N_("Wish of the expert"),
}
MATRIX_ROWS, MATRIX_COLUMNS = 40, 40
"""A larger matrix is no picture any more; the table of seats holds the same."""


@dataclass(frozen=True)
class Chair:
    """One proposed seat: who, how well that fits and why, whether it was taken before or chosen by hand."""

    key: str
    person: Any | None
    organisations: str
    why: Mapping[str, Any] | None
    is_fixed: bool
    by_hand: bool


@dataclass(frozen=True)
class Row:
    """A submission with its proposed seats."""

    key: str
    submission: Submission
    chairs: Sequence[Chair]


@dataclass(frozen=True)
class Proposal:
    """Everything a page shows of a proposal."""

    rows: Sequence[Row]
    people: Mapping[str, Any]
    loads: Sequence[tuple[str, int, int]]
    """(name, seats, room), the fullest first."""
    breaches: Sequence[str]
    lacks: Sequence[tuple[str, str, Sequence[Any]]]
    """(number, what is lacking and why, whom to ask)."""
    changes: Sequence[Mapping[str, Any]]
    hand: Sequence[Mapping[str, Any]]
    units: int
    seniors: int
    matrix: Sequence[Sequence[Any]] = field(default_factory=tuple)
    columns: Sequence[str] = field(default_factory=tuple)

    @property
    def seats(self) -> int:
        """How many seats are proposed, taken ones included."""
        return sum(len(row.chairs) for row in self.rows)


class Reader:
    """Names behind the keys of one run."""

    def __init__(self, db: Session, run: StaffingRun, locale: str) -> None:
        self.run, self.locale = run, locale
        accounts = {uuid.UUID(one) for key, one in run.people.items() if key.startswith("E")}
        by_id = queries.names(db, accounts)
        self.people = {
            key: by_id.get(uuid.UUID(one)) for key, one in run.people.items() if key.startswith("E")
        }
        self.submissions = {str(each.id): each for each in basic.submissions(db, run.round_id)}

    def name(self, key: str) -> str:
        """What a key stands for, as it is written in a sentence."""
        if key.startswith("S") and self.run.people.get(key) in self.submissions:
            return _("submission %(number)s", number=self.submissions[self.run.people[key]].number)
        person = self.people.get(key)
        if person is not None:
            return str(person.name)
        return self.run.people.get(key, key) if key.startswith("U") else key

    def organisations(self, own: Mapping[str, Sequence[str]], key: str) -> str:
        """Where an expert works now, as far as the run knows."""
        person = self.people.get(key)
        named = [self.run.people.get(code, code) for code in own.get(key, ())]
        return _(", ").join(named) or (person.organisation if person else "") or ""

    def words(self, said: Any) -> str:
        """A sentence in the reader's language, with names in place of keys."""
        text = (
            said.get(self.locale) or next(iter(said.values()), "") if isinstance(said, Mapping) else str(said)
        )
        return KEY.sub(lambda found: self.name(found.group()), text)


def proposal(db: Session, run: StaffingRun, locale: str) -> Proposal:
    """The proposal of a run that is done or adopted."""
    reader = Reader(db, run, locale)
    why = {(each["submission"], each["expert"]): each["why"] for each in run.result.get("pairs", ())}
    taken = fixed(run)
    by_hand = {(each["submission"], each["after"]) for each in run.hand}
    own = {each["key"]: each["organisations"] for each in run.inputs["experts"]}
    rows = []
    for key, experts in sorted(proposed(run).items()):
        submission = reader.submissions.get(run.people[key])
        if submission is not None:
            chairs = [
                Chair(
                    each, reader.people.get(each), reader.organisations(own, each), why.get((key, each)),
                    (key, each) in taken, (key, each) in by_hand,
                )
                for each in experts
            ]  # fmt: skip
            rows.append(Row(key, submission, chairs))
    chairs = [chair for row in rows for chair in row.chairs]
    units = {code for key in {chair.key for chair in chairs} for code in own.get(key, ())}
    columns, matrix = _matrix(run, reader, rows)
    return Proposal(
        rows=rows,
        people=reader.people,
        loads=_loads(run, reader, chairs),
        breaches=[reader.words(each["words"]) for each in run.result.get("breaches", ())],
        lacks=[_lack(run, reader, each) for each in run.result.get("lacks", ())],
        changes=[_change(reader, each) for each in run.result.get("changes", ())],
        hand=[_by_hand(reader, each) for each in run.hand],
        units=len(units),
        seniors=sum(bool(chair.person and chair.person.senior) for chair in chairs),
        matrix=matrix,
        columns=columns,
    )


def _loads(run: StaffingRun, reader: Reader, chairs: Sequence[Chair]) -> list[tuple[str, int, int]]:
    most = {each["key"]: each["most"] for each in run.inputs["experts"]}
    counts = Counter(chair.key for chair in chairs)
    rows = [(reader.name(key), count, most.get(key, count)) for key, count in counts.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _lack(run: StaffingRun, reader: Reader, each: Mapping[str, Any]) -> tuple[str, str, Sequence[Any]]:
    asked = [(reader.people.get(row["expert"]), row["affinity"]) for row in each["invite"]]
    submission = reader.submissions.get(run.people.get(each["submission"], ""))
    return str(submission.number if submission else ""), reader.words(each["words"]), asked


def _change(reader: Reader, each: Mapping[str, Any]) -> dict[str, str]:
    return {
        "submission": reader.name(each["submission"]), "before": reader.name(each["before"]),
        "after": reader.name(each["after"]), "words": reader.words(each["words"]),
    }  # fmt: skip


def _by_hand(reader: Reader, each: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "submission": reader.name(each["submission"]), "before": reader.name(each["before"]),
        "after": reader.name(each["after"]), "reason": each["reason"], "at": each["at"],
        "breaks": [_(BREAKS[name]) for name in each["breaks"]],
    }  # fmt: skip


def _matrix(
    run: StaffingRun, reader: Reader, rows: Sequence[Row]
) -> tuple[list[str], list[tuple[Submission, list[tuple[float, bool, bool]]]]]:
    """Affinity of every pair, whether it is a seat, whether it may not be one."""
    problem = run.problem
    keys = [each[0] for each in problem.get("reviewers", ())]
    if not keys or len(keys) > MATRIX_COLUMNS or len(rows) > MATRIX_ROWS:
        return [], []
    place = {each[0]: at for at, each in enumerate(problem["submissions"])}
    barred = {tuple(pair) for name in ("conflicts", "declined") for pair in problem[name]}
    matrix = []
    for row in rows:
        i = place[row.key]
        seated = {chair.key for chair in row.chairs}
        cells = [
            (problem["affinity"][i][j] / 10_000, key in seated, (i, j) in barred)
            for j, key in enumerate(keys)
        ]
        matrix.append((row.submission, cells))
    return [reader.name(key) for key in keys], matrix


def loads_chart(loads: Sequence[tuple[str, int, int]]) -> Markup | None:
    """Seats beside the room that is left, per expert."""
    shown = loads[:40]
    if not shown:
        return None
    return stacked(
        [(name, (float(count), float(max(0, most - count)))) for name, count, most in shown],
        names=[_("Seats in this round"), _("Room left")],
        title=_("Loads of the experts"),
    )


@dataclass(frozen=True)
class Candidate:
    """An expert who fits a submission, and what speaks against."""

    person: Any
    why: Mapping[str, Any]
    judged: Sequence[Judged]
    hard: bool
    seated: bool


def candidates(db: Session, run: StaffingRun, submission: Submission, locale: str) -> list[Candidate]:
    """The experts that fit a submission best by the latest comparison of texts; conflicts are looked for now."""
    key = next((key for key, one in run.people.items() if one == str(submission.id)), "")
    rows = run.result.get("best", {}).get(key, ())
    reader = Reader(db, run, locale)
    people = [(reader.people.get(row["expert"]), row) for row in rows]
    seen = look(db, {person.id for person, _row in people if person is not None}, [submission.id])
    seated = {seat.account_id for seat in basic.seats_at(db, submission.id)}
    return [
        Candidate(
            person, row["why"], seen.judged(person.id, submission.id), seen.hard(person.id, submission.id),
            person.id in seated,
        )
        for person, row in people
        if person is not None
    ]  # fmt: skip
