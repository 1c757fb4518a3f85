"""Verdicts for any number of experts and submissions, from one picture of the world. Pure."""

import datetime as dt
import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from portal.reviews.conflicts.engine import Finding, findings, years_before
from portal.reviews.conflicts.grounds import Ground
from portal.reviews.conflicts.names import Sameness, plain, romanised, same
from portal.reviews.conflicts.world import Party, Person, Rules, Tie, World

OF_THE_ROUND = frozenset({Ground.applicant, Ground.pledge_refused})
OF_THE_SUBMISSION = frozenset({Ground.excluded, Ground.excluded_name, Ground.declared})


@dataclass(frozen=True)
class Picture:
    """People asked about, parties by submission, and the world of each round; organisations by code, with names."""

    people: Mapping[uuid.UUID, Person]
    parties: Mapping[uuid.UUID, Party]
    rounds: Mapping[uuid.UUID, uuid.UUID]
    """Submission -> round."""
    worlds: Mapping[uuid.UUID, World]
    rules: Mapping[uuid.UUID, Rules]
    today: dt.date
    names: Mapping[str, str] = field(default_factory=dict)
    """Code of an organisation -> its name."""

    def found(self, account_id: uuid.UUID, submission_id: uuid.UUID) -> tuple[Finding, ...]:
        """What speaks against this account for this submission, hard grounds first."""
        if account_id not in self.people or submission_id not in self.parties:
            return ()
        round_id = self.rounds[submission_id]
        person, party = self.people[account_id], self.parties[submission_id]
        if not self._is_named(person, round_id) and self._mine[account_id].isdisjoint(
            self._theirs[submission_id]
        ):
            return ()
        there = self._their_people[submission_id]
        ties = tuple(tie for tie, marks in self._ties[(account_id, round_id)] if not marks.isdisjoint(there))
        world = replace(self.worlds[round_id], ties=ties) if ties else self._untied[round_id]
        return findings(person, party, world, self.rules[round_id], today=self.today)

    def pairs(
        self, accounts: Collection[uuid.UUID], submissions: Collection[uuid.UUID]
    ) -> Iterator[tuple[uuid.UUID, uuid.UUID, tuple[Finding, ...]]]:
        """(account, submission, findings) wherever there are any."""
        for account_id in accounts:
            for submission_id in submissions:
                if found := self.found(account_id, submission_id):
                    yield account_id, submission_id, found

    def concerned(self, finding: Finding, submission_id: uuid.UUID) -> str:
        """Whom or what a finding is about beyond its facts: a namesake in another round is another person."""
        party = self.parties[submission_id]
        if finding.ground in OF_THE_ROUND:
            about: list[str] = [str(self.rounds[submission_id])]
        elif finding.ground in OF_THE_SUBMISSION:
            about = [_identity(person) for person in party.people]
        else:
            named = finding.facts.get("person", "")
            about = [_identity(each) for each in party.people if named and named in {*each.names, each.key}]
        return hashlib.sha256(json.dumps(sorted(about), ensure_ascii=False).encode()).hexdigest()

    def shown(self, finding: Finding) -> dict[str, str]:
        """The facts with names of organisations in place of codes."""
        facts = dict(finding.facts)
        for name in ("organisation", "own"):
            if name in facts:
                facts[name] = self.names.get(facts[name], facts[name])
        return facts

    def _is_named(self, person: Person, round_id: uuid.UUID) -> bool:
        """Whether the person is in conflict with everybody of the round."""
        world = self.worlds[round_id]
        return person.key in world.refused or (
            person.key in world.applicants and not self.rules[round_id].applicants_may_review
        )

    # Two who share no mark share no ground: most pairs of a large round are passed over by one comparison of sets.

    @cached_property
    def _mine(self) -> dict[uuid.UUID, frozenset[str]]:
        found = {}
        for account_id, person in self.people.items():
            marks = _person_marks(person) | self._organisation_marks(
                {tenure.organisation for tenure in person.tenures}
            )
            for round_id, world in self.worlds.items():
                for _tie, both in self._ties[(account_id, round_id)]:
                    marks |= both
                marks |= {f"k {other}" for mine, other in world.reviewed if mine == person.key}
            found[account_id] = frozenset(marks)
        return found

    @cached_property
    def _untied(self) -> dict[uuid.UUID, World]:
        return {round_id: replace(world, ties=()) for round_id, world in self.worlds.items()}

    @cached_property
    def _their_people(self) -> dict[uuid.UUID, frozenset[str]]:
        return {
            submission_id: frozenset(mark for person in party.people for mark in _person_marks(person))
            for submission_id, party in self.parties.items()
        }

    @cached_property
    def _theirs(self) -> dict[uuid.UUID, frozenset[str]]:
        found = {}
        for submission_id, party in self.parties.items():
            organisations = set(party.organisations)
            marks = set(self._their_people[submission_id])
            for person in party.people:
                organisations |= {tenure.organisation for tenure in person.tenures}
            for exclusion in party.exclusions:
                organisations |= {exclusion.organisation} - {""}
                if exclusion.person is not None:
                    marks |= _person_marks(exclusion.person)
            found[submission_id] = frozenset(marks | self._organisation_marks(organisations))
        return found

    @cached_property
    def _ties(self) -> dict[tuple[uuid.UUID, uuid.UUID], tuple[tuple[Tie, frozenset[str]], ...]]:
        """Ties that may be of an account, with the marks of both ends."""
        found = {}
        for round_id, world in self.worlds.items():
            by_mark: dict[str, list[int]] = defaultdict(list)
            marked = [
                (tie, frozenset(_person_marks(tie.one) | _person_marks(tie.other))) for tie in world.ties
            ]
            for number, (_tie, marks) in enumerate(marked):
                for mark in marks:
                    by_mark[mark].append(number)
            for account_id, person in self.people.items():
                near = sorted({number for mark in _person_marks(person) for number in by_mark.get(mark, ())})
                found[(account_id, round_id)] = tuple(
                    (tie, marks)
                    for tie, marks in (marked[number] for number in near)
                    if max(same(person, tie.one), same(person, tie.other)) >= Sameness.possible
                )
        return found

    def _organisation_marks(self, codes: Collection[str]) -> set[str]:
        marks = {f"u {code}" for code in codes}
        for round_id, world in self.worlds.items():
            since = years_before(self.today, self.rules[round_id].former_years)
            for code in codes:
                marks |= {f"u {above}" for above in world.tree.ancestors(code, since)}
                if city := world.tree.cities.get(code):
                    marks.add(f"c {city}")
        return marks


def _person_marks(person: Person) -> set[str]:
    marks = {f"m {address.strip().casefold()}" for address in person.emails}
    if person.key:
        marks.add(f"k {person.key}")
    if person.orcid:
        marks.add(f"o {person.orcid}")
    for name in person.names:
        marks |= {f"n {form}" for form in {plain(name), *romanised(name)} - {""}}
    return marks


def _identity(person: Person) -> str:
    """What a person is recognised by in another round."""
    if person.key or person.orcid:
        return person.key or person.orcid
    names = sorted(plain(name) for name in person.names)
    return json.dumps([names, sorted({each.organisation for each in person.tenures})], ensure_ascii=False)
