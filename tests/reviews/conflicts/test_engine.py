"""Cases of conflicts with the expected verdict and reason: each names a situation a secretariat meets."""

import datetime as dt
from dataclasses import dataclass, field

import pytest

from portal.reviews.conflicts.engine import Finding, findings, is_hard, years_before
from portal.reviews.conflicts.grounds import Ground, Weight
from portal.reviews.conflicts.names import Sameness, romanised, same
from portal.reviews.conflicts.world import (
    Above,
    Exclusion,
    Party,
    Person,
    Post,
    Rules,
    Tenure,
    Tie,
    TieKind,
    Tree,
    World,
)

TODAY = dt.date(2026, 11, 26)
BUREAU, INSTITUTE, BRANCH, LAB, OTHER, SISTER, UNIVERSITY, FAR = (
    "bureau", "institute", "branch", "laboratory", "other", "sister", "university", "far",
)  # fmt: skip
TREE = Tree(
    above={
        INSTITUTE: (Above(BUREAU),),
        SISTER: (Above(BUREAU),),
        BRANCH: (Above(INSTITUTE),),
        LAB: (Above(BRANCH),),
        "former child": (Above(INSTITUTE, end=dt.date(2018, 1, 1)),),
        "loop a": (Above("loop b"),),
        "loop b": (Above("loop a"),),
    },
    cities={INSTITUTE: "4201", FAR: "4201", OTHER: "3301"},
)


def day(years_ago: float) -> dt.date:
    return TODAY - dt.timedelta(days=round(365.25 * years_ago))


def at(organisation: str, start: float | None = None, end: float | None = None, **more: object) -> Tenure:
    """A tenure with its dates in years before today."""
    return Tenure(
        organisation,
        None if start is None else day(start),
        None if end is None else day(end),
        **more,  # type: ignore[arg-type]
    )


def expert(*tenures: Tenure) -> Person:
    return person("王海", "e1", *tenures)


def person(name: str, key: str = "", *tenures: Tenure, orcid: str = "", mail: str = "") -> Person:
    return Person(frozenset({name}), key, orcid, frozenset({mail} if mail else ()), tenures)


APPLICANT = person("李清", "a1", at(INSTITUTE))
PARTY = Party((APPLICANT,), frozenset({INSTITUTE}))


@dataclass
class Case:
    name: str
    expert: Person
    expected: dict[Ground, Weight]
    party: Party = PARTY
    world: World = field(default_factory=lambda: World(TREE))
    rules: Rules = field(default_factory=Rules)


def tied(kind: TieKind, one: Person, other: Person, last: float | None = None) -> World:
    return World(TREE, ties=(Tie(kind, one, other, None if last is None else day(last), "evidence"),))


def excluding(*exclusions: Exclusion) -> Party:
    return Party(PARTY.people, PARTY.organisations, exclusions)


HARD, SOFT = Weight.hard, Weight.soft
EXPERT = expert(at(OTHER))
MENTOR = person("赵老师")
CASES = [
    Case("a stranger", EXPERT, {}),
    Case("the applicant", person("李清", "a1", at(OTHER)), {Ground.same_person: HARD}),
    Case(
        "two accounts, one ORCID iD",
        person("Q. Li", "e2", orcid="0000-0002-1825-0097"),
        {Ground.same_person: HARD},
        Party((person("李清", "a1", orcid="0000-0002-1825-0097"),)),
    ),
    Case(
        "two accounts, one address",
        person("李工", "e2", mail="LiQing@qq.com"),
        {Ground.same_person: HARD},
        Party((person("李清", "a1", mail="liqing@qq.com "),)),
    ),
    Case(
        "free mail of the same service",
        person("王海", "e1", at(OTHER), mail="a@163.com"),
        {},
        Party((person("李清", "a1", mail="b@163.com"),)),
    ),
    Case(
        "mail at the applicant's domain, but elsewhere",
        person("王海", "e1", at(OTHER), mail="wh@institute.example"),
        {},
        Party((person("李清", "a1", at(INSTITUTE), mail="lq@institute.example"),), frozenset({INSTITUTE})),
    ),
    Case(
        "same name, other verified person",
        person("李清", "e2", at(OTHER)),
        {},
    ),
    Case(
        "a co-applicant without account has the expert's name",
        person("陈立", "e2", at(OTHER)),
        {Ground.namesake: SOFT},
        Party((APPLICANT, person("陈立")), frozenset({INSTITUTE})),
    ),
    Case(
        "and also the expert's organisation",
        person("陈立", "e2", at(OTHER)),
        {Ground.same_person: HARD, Ground.former_colleague: HARD},
        Party((APPLICANT, person("陈立", "", at(OTHER))), frozenset({INSTITUTE})),
    ),
    Case(
        "romanised, with the organisation",
        person("Sanfeng Zhang", "e2", at(OTHER, 9, 5)),
        {Ground.same_person: HARD},
        Party((person("张三丰", "", at(OTHER, 9, 5)),)),
    ),
    Case(
        "romanised only",
        person("Sanfeng Zhang", "e2", at(OTHER)),
        {},
        Party((person("张三丰", "", at(FAR)),)),
    ),
    Case("same organisation", expert(at(INSTITUTE)), {Ground.same_organisation: HARD}),
    Case(
        "a post that ends next month",
        expert(at(INSTITUTE, 5, -0.1)),
        {Ground.same_organisation: HARD},
        Party((person("李清", "a1"),), frozenset({INSTITUTE})),
    ),
    Case(
        "a second post", expert(at(OTHER), at(INSTITUTE, post=Post.joint)), {Ground.same_organisation: HARD}
    ),
    Case("an honorary post", expert(at(OTHER), at(INSTITUTE, post=Post.honorary)), {Ground.honorary: SOFT}),
    Case(
        "left two years ago",
        expert(at(INSTITUTE, 9, 2), at(OTHER, 2)),
        {Ground.former_organisation: HARD},
        Party((person("李清", "a1"),), frozenset({INSTITUTE})),
    ),
    Case("left four years ago", expert(at(INSTITUTE, 9, 4), at(OTHER, 4)), {}),
    Case(
        "left four years ago, the rule says five",
        expert(at(INSTITUTE, 9, 4), at(OTHER, 4)),
        {Ground.former_organisation: HARD},
        Party((person("李清", "a1"),), frozenset({INSTITUTE})),
        rules=Rules(former_years=5),
    ),
    Case(
        "left, nobody knows when",
        expert(at(INSTITUTE, 9, end_unknown=True), at(OTHER)),
        {Ground.former_organisation: HARD},
        Party((person("李清", "a1"),), frozenset({INSTITUTE})),
    ),
    Case("begins there next year", expert(at(OTHER), at(INSTITUTE, -0.5)), {}),
    Case("the organisation above", expert(at(BUREAU)), {Ground.organisation_tree: HARD}),
    Case("the branch below", expert(at(BRANCH)), {Ground.organisation_tree: HARD}),
    Case("two steps below", expert(at(LAB)), {Ground.organisation_tree: HARD}),
    Case(
        "three steps apart",
        expert(at(BUREAU)),
        {Ground.distant_organisation: SOFT},
        Party((person("李清", "a1"),), frozenset({LAB})),
    ),
    Case(
        "left the organisation above last year",
        expert(at(BUREAU, 9, 1), at(OTHER, 1)),
        {Ground.organisation_tree: HARD},
    ),
    Case("a child until 2018", expert(at("former child")), {}),
    Case("a sister organisation", expert(at(SISTER)), {Ground.sibling_organisation: SOFT}),
    Case("an institute of the same city", expert(at(FAR)), {Ground.same_city: SOFT}),
    Case(
        "a loop in the tree",
        expert(at("loop a")),
        {Ground.organisation_tree: HARD},
        Party((person("李清", "a1"),), frozenset({"loop b"})),
    ),
    Case(
        "former colleagues",
        expert(at(UNIVERSITY, 8, 1), at(OTHER, 1)),
        {Ground.former_colleague: HARD},
        Party((person("李清", "a1", at(UNIVERSITY, 6, 2), at(INSTITUTE, 2)),), frozenset({INSTITUTE})),
    ),
    Case(
        "the same university, one after the other",
        expert(at(UNIVERSITY, 8, 2.5), at(OTHER, 2.5)),
        {},
        Party((person("李清", "a1", at(UNIVERSITY, 2, 1), at(INSTITUTE, 1)),), frozenset({INSTITUTE})),
    ),
    Case(
        "studied together long ago",
        expert(at(UNIVERSITY, 20, 16, post=Post.student), at(OTHER, 16)),
        {},
        Party(
            (person("李清", "a1", at(UNIVERSITY, 19, 15, post=Post.student), at(INSTITUTE, 15)),),
            frozenset({INSTITUTE}),
        ),
    ),
    Case(
        "a student of the applying university",
        expert(at(UNIVERSITY, 2, post=Post.student)),
        {Ground.same_organisation: HARD},
        Party((person("李清", "a1"),), frozenset({UNIVERSITY})),
    ),
    Case(
        "adviser and student, twenty years ago",
        EXPERT,
        {Ground.adviser: HARD},
        world=tied(TieKind.adviser, EXPERT, APPLICANT, 20),
    ),
    Case("relatives", EXPERT, {Ground.kin: HARD}, world=tied(TieKind.kin, APPLICANT, EXPERT)),
    Case("one adviser", EXPERT, {Ground.lineage: SOFT}, world=tied(TieKind.lineage, EXPERT, APPLICANT)),
    Case(
        "a relation of another kind, declared",
        EXPERT,
        {Ground.declared: HARD},
        world=tied(TieKind.other, EXPERT, APPLICANT),
    ),
    Case(
        "co-authors last year",
        EXPERT,
        {Ground.co_author: HARD},
        world=tied(TieKind.co_author, EXPERT, APPLICANT, 1),
    ),
    Case("co-authors four years ago", EXPERT, {}, world=tied(TieKind.co_author, EXPERT, APPLICANT, 4)),
    Case(
        "a project that still runs",
        EXPERT,
        {Ground.co_project: HARD},
        world=tied(TieKind.co_project, APPLICANT, EXPERT),
    ),
    Case(
        "a co-author known by name only",
        EXPERT,
        {Ground.namesake: SOFT},
        Party((person("孙博"),)),
        world=tied(TieKind.co_author, EXPERT, person("孙博"), 1),
    ),
    Case("a tie of two others", EXPERT, {}, world=tied(TieKind.kin, APPLICANT, MENTOR)),
    Case(
        "applies in the same round",
        EXPERT,
        {Ground.applicant: HARD},
        world=World(TREE, applicants=frozenset({"e1"})),
    ),
    Case(
        "applies, and the round's rule allows it",
        EXPERT,
        {},
        world=World(TREE, applicants=frozenset({"e1"})),
        rules=Rules(applicants_may_review=True),
    ),
    Case(
        "did not sign the pledge",
        EXPERT,
        {Ground.pledge_refused: HARD},
        world=World(TREE, refused=frozenset({"e1"})),
    ),
    Case("excluded by account", EXPERT, {Ground.excluded: HARD}, excluding(Exclusion(EXPERT))),
    Case(
        "excluded by name and organisation",
        EXPERT,
        {Ground.excluded: HARD},
        excluding(Exclusion(person("王海"), OTHER)),
    ),
    Case("excluded: that name, another organisation", EXPERT, {}, excluding(Exclusion(person("王海"), FAR))),
    Case(
        "excluded by name alone", EXPERT, {Ground.excluded_name: SOFT}, excluding(Exclusion(person("王 海")))
    ),
    Case(
        "excluded with the whole organisation",
        EXPERT,
        {Ground.excluded: HARD},
        excluding(Exclusion(organisation=OTHER)),
    ),
    Case(
        "reviewed the lead last year",
        EXPERT,
        {Ground.reviewed_before: SOFT},
        world=World(TREE, reviewed={("e1", "a1"): day(1)}),
    ),
    Case("reviewed the lead long ago", EXPERT, {}, world=World(TREE, reviewed={("e1", "a1"): day(3)})),
]


def judged(case: Case) -> tuple[Finding, ...]:
    return findings(case.expert, case.party, case.world, case.rules, today=TODAY)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_verdict_and_reason(case: Case) -> None:
    assert {each.ground: each.weight for each in judged(case)} == case.expected


def test_the_reason_names_what_it_rests_on() -> None:
    (found,) = findings(
        expert(at(INSTITUTE, 9, 2)),
        Party((person("李清", "a1"),), frozenset({INSTITUTE})),
        World(TREE),
        Rules(),
        today=TODAY,
    )
    assert found.facts == {"organisation": INSTITUTE, "until": str(day(2))}


def test_a_dismissal_is_remembered_until_the_facts_change() -> None:
    world = tied(TieKind.co_author, EXPERT, APPLICANT, 1)
    (found,) = findings(EXPERT, PARTY, world, Rules(), today=TODAY)
    dismissed = frozenset({found.fingerprint})
    assert is_hard([found])
    assert not is_hard(findings(EXPERT, PARTY, world, Rules(), today=TODAY), dismissed)
    later = tied(TieKind.co_author, EXPERT, APPLICANT, 0.1)
    assert is_hard(findings(EXPERT, PARTY, later, Rules(), today=TODAY), dismissed)


def test_soft_grounds_shut_nobody_out() -> None:
    found = findings(expert(at(SISTER)), PARTY, World(TREE), Rules(), today=TODAY)
    assert found
    assert not is_hard(found)


def test_the_order_of_the_world_does_not_matter() -> None:
    ties = [
        Tie(TieKind.co_author, EXPERT, APPLICANT, day(1), "one"),
        Tie(TieKind.co_project, APPLICANT, EXPERT, day(2), "two"),
    ]
    both = [
        findings(EXPERT, PARTY, World(TREE, ties=tuple(order)), Rules(), today=TODAY)
        for order in (ties, ties[::-1])
    ]
    assert both[0] == both[1]
    assert [each.ground for each in both[0]] == [Ground.co_author, Ground.co_project]


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("张三丰", "Sanfeng Zhang", True),
        ("张三丰", "ZHANG San-Feng", True),
        ("欧阳明月", "Ouyang Mingyue", True),
        ("吕布", "Lü Bu", True),
        ("吕布", "LYU Bu", True),
        ("李清", "Li Ming", False),
        ("李清", "Li", False),
    ],
)
def test_romanised_names(one: str, other: str, shared: bool) -> None:
    assert bool(romanised(one) & romanised(other)) is shared


def test_two_orcids_are_two_people() -> None:
    one = person("李清", "", at(INSTITUTE), orcid="0000-0002-1825-0097")
    other = person("李清", "", at(INSTITUTE), orcid="0000-0001-5109-3700")
    assert same(one, other) is Sameness.different


def test_leap_days() -> None:
    assert years_before(dt.date(2028, 2, 29), 3) == dt.date(2025, 2, 28)
