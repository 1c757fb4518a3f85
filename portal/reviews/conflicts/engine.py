"""The verdict on an expert and a submission: every ground that holds, with what it rests on.

Rules of DOMAIN: same person; same organisation (tree, now or in the last n years); co-author or co-project within n
years; adviser and advisee; kin; co-applicant; the applicants' exclusion lists. Keyed on organisations, never on mail
domains. Pure: no clock, no database; the same world gives the same verdict.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from portal.reviews.conflicts.grounds import SOFT, Ground, Weight
from portal.reviews.conflicts.names import Sameness, same
from portal.reviews.conflicts.world import Party, Person, Post, Rules, Tenure, Tie, TieKind, World


@dataclass(frozen=True)
class Finding:
    """One ground, and the facts it rests on (plain strings, for people and for the record)."""

    ground: Ground
    weight: Weight
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """Names the ground and its facts. A dismissal is remembered under it, so new facts are looked at anew."""
        text = json.dumps([self.ground.value, dict(sorted(self.facts.items()))], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def findings(
    expert: Person, party: Party, world: World, rules: Rules, *, today: dt.date
) -> tuple[Finding, ...]:
    """Everything that speaks against this expert for this submission, hard grounds first; each fact once."""
    found = [
        *_identity(expert, party, world, rules),
        *_organisations(expert, party, world, rules, today),
        *_colleagues(expert, party, rules, today),
        *_ties(expert, party, world.ties, rules, today),
        *_exclusions(expert, party, today),
        *_reviewed(expert, party, world, rules, today),
    ]
    unique = {each.fingerprint: each for each in found}
    order = list(Ground)
    return tuple(
        sorted(unique.values(), key=lambda each: (each.weight is Weight.soft, order.index(each.ground)))
    )


def is_hard(found: Iterable[Finding], dismissed: frozenset[str] = frozenset()) -> bool:
    """Whether any hard ground stands that was not dismissed."""
    return any(each.weight is Weight.hard and each.fingerprint not in dismissed for each in found)


def _finding(ground: Ground, **facts: object) -> Finding:
    weight = Weight.soft if ground in SOFT else Weight.hard
    return Finding(
        ground, weight, {name: str(value) for name, value in facts.items() if value not in {"", None}}
    )


def _named(person: Person) -> str:
    return min(person.names, default="") or person.key


def _identity(expert: Person, party: Party, world: World, rules: Rules) -> Iterator[Finding]:
    if expert.key and expert.key in world.refused:
        yield _finding(Ground.pledge_refused)
    for person in party.people:
        sameness = same(expert, person)
        if sameness >= Sameness.likely:
            yield _finding(Ground.same_person, person=_named(person), sure=sameness.name)
        elif sameness is Sameness.possible:
            yield _finding(Ground.namesake, person=_named(person))
    if expert.key in world.applicants and not rules.applicants_may_review:
        yield _finding(Ground.applicant)


def _organisations(
    expert: Person, party: Party, world: World, rules: Rules, today: dt.date
) -> Iterator[Finding]:
    since = years_before(today, rules.former_years)
    for tenure in expert.tenures:
        if not _recent(tenure, since, today):
            continue
        for organisation in sorted(party.organisations):
            if ground := _relation(tenure, organisation, world, rules, since, today):
                yield _finding(
                    ground,
                    organisation=organisation,
                    own=tenure.organisation if tenure.organisation != organisation else "",
                    until=_until(tenure),
                )


def _relation(
    tenure: Tenure, organisation: str, world: World, rules: Rules, since: dt.date, today: dt.date
) -> Ground | None:
    honorary = tenure.post is Post.honorary
    if tenure.organisation == organisation:
        if honorary:
            return Ground.honorary
        return Ground.former_organisation if _over(tenure, today) else Ground.same_organisation
    if honorary:
        return None
    steps = world.tree.steps(tenure.organisation, organisation, since)
    if steps is not None:
        return Ground.organisation_tree if steps <= rules.tree_steps else Ground.distant_organisation
    if _over(tenure, today):
        return None
    if world.tree.siblings(tenure.organisation, organisation, since):
        return Ground.sibling_organisation
    city = world.tree.cities.get(tenure.organisation)
    return Ground.same_city if city and city == world.tree.cities.get(organisation) else None


def _colleagues(expert: Person, party: Party, rules: Rules, today: dt.date) -> Iterator[Finding]:
    """Both at one organisation at the same time and lately, although it does not apply itself."""
    since = years_before(today, rules.former_years)
    for person in party.people:
        shared = {
            mine.organisation
            for mine in expert.tenures
            for theirs in person.tenures
            if mine.organisation == theirs.organisation
            and mine.organisation not in party.organisations
            and Post.honorary not in {mine.post, theirs.post}
            and _recent(mine, since, today)
            and _recent(theirs, since, today)
            and mine.overlaps(theirs)
        }
        for organisation in sorted(shared):
            yield _finding(Ground.former_colleague, person=_named(person), organisation=organisation)


_TIES = {
    TieKind.kin: Ground.kin,
    TieKind.adviser: Ground.adviser,
    TieKind.co_author: Ground.co_author,
    TieKind.co_project: Ground.co_project,
    TieKind.lineage: Ground.lineage,
    TieKind.other: Ground.declared,
}
_PASSING = frozenset({TieKind.co_author, TieKind.co_project})


def _ties(
    expert: Person, party: Party, ties: Iterable[Tie], rules: Rules, today: dt.date
) -> Iterator[Finding]:
    since = years_before(today, rules.work_years)
    for tie in ties:
        if tie.kind in _PASSING and tie.last is not None and tie.last < since:
            continue
        for mine, theirs in ((tie.one, tie.other), (tie.other, tie.one)):
            own = same(expert, mine)
            if own < Sameness.possible:
                continue
            for person in party.people:
                sure = min(own, same(person, theirs))
                if sure < Sameness.possible:
                    continue
                # A tie known only by names asks for a look; it does not shut anybody out.
                ground = _TIES[tie.kind] if sure >= Sameness.likely else Ground.namesake
                yield _finding(
                    ground, person=_named(person), evidence=tie.evidence, last=tie.last, sure=sure.name
                )


def _exclusions(expert: Person, party: Party, today: dt.date) -> Iterator[Finding]:
    current = {tenure.organisation for tenure in expert.tenures if not _over(tenure, today)}
    for exclusion in party.exclusions:
        if exclusion.person is None:
            if exclusion.organisation in current:
                yield _finding(Ground.excluded, organisation=exclusion.organisation)
            continue
        written = exclusion.person
        if exclusion.organisation:
            written = replace(written, tenures=(*written.tenures, Tenure(exclusion.organisation)))
        sameness = same(expert, written)
        if sameness >= Sameness.likely:
            yield _finding(Ground.excluded, person=_named(written), organisation=exclusion.organisation)
        elif sameness is Sameness.possible and not exclusion.organisation:
            yield _finding(Ground.excluded_name, person=_named(written))


def _reviewed(expert: Person, party: Party, world: World, rules: Rules, today: dt.date) -> Iterator[Finding]:
    since = years_before(today, rules.reviewed_years)
    for person in party.people:
        last = world.reviewed.get((expert.key, person.key)) if expert.key and person.key else None
        if last is not None and last >= since:
            yield _finding(Ground.reviewed_before, person=_named(person), last=last)


def _over(tenure: Tenure, today: dt.date) -> bool:
    return tenure.end_unknown or (tenure.end is not None and tenure.end < today)


def _recent(tenure: Tenure, since: dt.date, today: dt.date) -> bool:
    return (tenure.end is None or tenure.end >= since) and (tenure.start is None or tenure.start <= today)


def _until(tenure: Tenure) -> object:
    return "unknown" if tenure.end_unknown else tenure.end


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day ``years`` earlier; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)
