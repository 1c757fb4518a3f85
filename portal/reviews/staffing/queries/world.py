"""The world that conflicts are read from: a fixed number of statements for any number of people and submissions."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.experts.models import RelationKind
from portal.experts.queries.dossier import standing_of
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.organisations import queries as organisations
from portal.organisations.models import OrganisationKind
from portal.reviews.conflicts.engine import years_before
from portal.reviews.conflicts.names import plain
from portal.reviews.conflicts.world import (
    Above,
    Exclusion,
    Party,
    Person,
    Rules,
    Tenure,
    Tie,
    TieKind,
    Tree,
    World,
)
from portal.reviews.staffing.graph import Picture
from portal.reviews.staffing.queries import rows
from portal.reviews.staffing.ties import Shared, read_ties

RELATIONS = {
    RelationKind.adviser: TieKind.adviser,
    RelationKind.advisee: TieKind.adviser,
    RelationKind.kin: TieKind.kin,
    RelationKind.coauthor: TieKind.co_author,
    RelationKind.coproject: TieKind.co_project,
    RelationKind.other: TieKind.other,
}
Id = uuid.UUID


def today() -> dt.date:
    """The day conflicts are looked at, in Shanghai."""
    return shanghai(now()).date()


def picture(db: Session, accounts: Collection[Id], submissions: Collection[Id]) -> Picture:
    """Everything verdicts about these accounts and submissions rest on, as it is now."""
    day = today()
    shapes, of = rows.rounds(db, submissions)
    rules = {round_id: shape.conflicts.rules() for round_id, shape in shapes.items()}
    raw = _Raw(
        people=rows.people(db, submissions),
        exclusions=rows.exclusions(db, submissions),
        history=rows.history(
            db, accounts, shapes, years_before(day, _most(rules, "reviewed_years", "work_years"))
        ),
    )
    known = {*accounts, *raw.accounts()}
    raw.shared = read_ties(db, accounts, years_before(day, _most(rules, "work_years")))
    raw.affiliations, raw.relations = standing_of(db, known, years_before(day, _most(rules, "former_years")))
    raw.members = rows.members(db, known)
    raw.names = rows.accounts(db, known | raw.others())
    codes = _codes(db, raw)
    people = _Makers(raw, codes)
    return Picture(
        people={key: people.account(key) for key in accounts if key in raw.names},
        parties={key: people.party(key) for key in submissions if key in of},
        rounds=of,
        worlds=_worlds(db, raw, people, codes, rules, day),
        rules=rules,
        today=day,
        names=codes.names,
    )


def _most(rules: Mapping[Id, Rules], *names: str) -> int:
    return max((int(getattr(each, name)) for each in rules.values() for name in names), default=0)


@dataclass
class _Raw:
    """Rows as they were read."""

    people: Sequence[Any]
    exclusions: Sequence[Any]
    history: Sequence[Any]
    shared: Sequence[Shared] = ()
    affiliations: Sequence[Any] = ()
    relations: Sequence[Any] = ()
    members: Sequence[Any] = ()
    names: Mapping[Id, Any] = field(default_factory=dict)

    def accounts(self) -> set[Id]:
        """Accounts that stand behind submissions or are excluded."""
        return {row.account_id for row in (*self.people, *self.exclusions) if row.account_id}

    def others(self) -> set[Id]:
        """Accounts at the other ends of ties."""
        found = {row.account_id for row in self.relations} | {row.other_account_id for row in self.relations}
        found |= {row.other_id for row in self.history} | {each.other_id for each in self.shared}
        return found - {None}

    def written(self) -> Iterable[tuple[str, str]]:
        """(code, name) of every organisation somebody wrote down or belongs to."""
        for row in (*self.people, *self.exclusions):
            yield row.code or "", row.organisation or ""
        for row in (*self.affiliations, *self.members):
            yield row.credit_code or "", row.name or ""
        for row in self.relations:
            yield "", row.other_organisation or ""
        for each in self.shared:
            yield "", each.organisation


@dataclass(frozen=True)
class _Codes:
    """Organisations by code; of those known by name alone a stand-in for the code."""

    names: Mapping[str, str]
    cities: Mapping[str, str]
    by_name: Mapping[str, str]

    def of(self, code: str, name: str) -> str:
        """The key of an organisation, empty where nothing was written."""
        if code or not plain(name):
            return code
        return self.by_name.get(plain(name), f"name:{plain(name)}")


def _codes(db: Session, raw: _Raw) -> _Codes:
    written = set(raw.written())
    codes = {code for code, _name in written if code}
    alone = {name for code, name in written if name and not code}
    names = {f"name:{plain(name)}": name for name in alone}
    names |= {code: name for code, name in written if code and name}
    by_name: dict[str, str] = {}
    cities: dict[str, str] = {}
    for row in reversed(rows.organisations(db, codes, alone) if written else ()):
        names[row.credit_code] = row.name
        by_name |= {plain(name): row.credit_code for name in (row.name, row.name_en) if name}
        if row.kind is OrganisationKind.institute and row.division_code:
            cities[row.credit_code] = row.division_code[:4]
    return _Codes(names, cities, by_name)


class _Makers:
    """People and parties of the engine, from rows."""

    def __init__(self, raw: _Raw, codes: _Codes) -> None:
        self.raw, self.codes = raw, codes
        self.tenures: dict[Id, list[Tenure]] = {}
        for row in raw.affiliations:
            key = codes.of(row.credit_code or "", row.name or "")
            self.tenures.setdefault(row.account_id, []).append(Tenure(key, row.since, row.until))
        for row in raw.members:
            self.tenures.setdefault(row.account_id, []).append(Tenure(row.credit_code))
        self.made: dict[Id, Person] = {}
        self.people: dict[Id, list[Any]] = defaultdict(list)
        self.exclusions: dict[Id, list[Any]] = defaultdict(list)
        for row in raw.people:
            self.people[row.submission_id].append(row)
        for row in raw.exclusions:
            self.exclusions[row.submission_id].append(row)

    def account(self, key: Id) -> Person:
        """Somebody with an account."""
        if key not in self.made:
            row = self.raw.names[key]
            # A membership repeats the affiliation it is confirmed by; what says less is left out.
            dated = {
                tenure.organisation for tenure in self.tenures.get(key, ()) if tenure.start and not tenure.end
            }
            tenures = [t for t in self.tenures.get(key, ()) if t.start or t.organisation not in dated]
            self.made[key] = Person(
                frozenset({row.name} - {""}), str(key), row.orcid, frozenset({row.email}), tuple(tenures)
            )
        return self.made[key]

    def somebody(self, key: Id | None, name: str, organisation: str = "", orcid: str = "") -> Person:
        """An account, or a name that was written down, perhaps with an organisation (a key)."""
        own = (Tenure(organisation),) if organisation else ()
        if key is None or key not in self.raw.names:
            return Person(frozenset({name} - {""}), "", orcid, frozenset(), own)
        person = self.account(key)
        here = {tenure.organisation for tenure in person.tenures}
        return Person(
            person.names | ({name} - {""}), person.key, person.orcid or orcid, person.emails,
            (*person.tenures, *(tenure for tenure in own if tenure.organisation not in here)),
        )  # fmt: skip

    def party(self, submission_id: Id) -> Party:
        """Who stands behind a submission, and whom they asked not to have."""
        people, units, exclusions = [], set(), []
        for row in self.people[submission_id]:
            unit = self.codes.of(row.code or "", row.organisation or "")
            units |= {unit} - {""}
            people.append(self.somebody(row.account_id, row.name, unit, row.orcid))
        for row in self.exclusions[submission_id]:
            unit = self.codes.of(row.code or "", row.organisation or "")
            person = self.somebody(row.account_id, row.name) if row.account_id or row.name else None
            exclusions.append(Exclusion(person, unit))
        return Party(tuple(people), frozenset(units), tuple(exclusions))

    def ties(self) -> list[Tie]:
        """Declared relations, and what higher layers know."""
        found = []
        for row in self.raw.relations:
            unit = self.codes.of("", row.other_organisation or "")
            if row.account_id in self.raw.names:
                other = self.somebody(row.other_account_id, row.other_name, unit)
                found.append(
                    Tie(RELATIONS[row.kind], self.account(row.account_id), other, row.until, "declared")
                )
        for each in self.raw.shared:
            if each.account_id in self.raw.names:
                unit = self.codes.of("", each.organisation)
                other = self.somebody(each.other_id, each.other_name, unit)
                found.append(Tie(each.kind, self.account(each.account_id), other, each.last, each.evidence))
        for row in self.raw.history:
            if row.what == "together" and row.account_id in self.raw.names:
                other = self.somebody(row.other_id, row.other_name)
                evidence = f"round {row.round_id}"
                found.append(Tie(TieKind.co_project, self.account(row.account_id), other, row.last, evidence))
        return found


def _worlds(
    db: Session, raw: _Raw, people: _Makers, codes: _Codes, rules: Mapping[Id, Rules], day: dt.date
) -> dict[Id, World]:
    units = {tenure.organisation for tenures in people.tenures.values() for tenure in tenures}
    units |= {codes.of(row.code or "", row.organisation or "") for row in raw.people}
    since = years_before(day, _most(rules, "former_years"))
    above: dict[str, list[Above]] = {}
    for row in organisations.links_above(db, {unit for unit in units if unit}, since):
        above.setdefault(row.code, []).append(Above(row.parent_code, row.since, row.until))
    tree = Tree({code: tuple(links) for code, links in above.items()}, codes.cities)
    ties = tuple(people.ties())
    found = {}
    for round_id in rules:
        reviewed: dict[tuple[str, str], dt.date] = {}
        for row in raw.history:
            if row.what == "reviewed" and row.round_id != round_id:
                key = (str(row.account_id), str(row.other_id))
                reviewed[key] = max(row.last, reviewed.get(key, row.last))
        here = [row for row in raw.history if row.round_id == round_id]
        found[round_id] = World(
            tree=tree,
            ties=ties,
            applicants=frozenset(str(row.account_id) for row in here if row.what == "applicant"),
            refused=frozenset(str(row.account_id) for row in here if row.what == "refused"),
            reviewed=reviewed,
        )
    return found
