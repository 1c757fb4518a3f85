"""The counts kept as bitmaps are those of SQL, whatever is chosen and whatever has changed."""

import itertools
import re
from random import Random

import pytest
from sqlalchemy import func
from sqlmodel import Session, select

from portal.kit.actor import NOBODY
from registry.assets import actions, queries
from registry.assets.models import Asset, AssetKind, AssetScenario, AssetTag, Scenario
from registry.assets.queries import FACETS, Facets, Filters
from registry.assets.tally import Tally
from tests.support.browser import Client
from tests.support.make import Make, Person

TAGS = ("遥感", "矢量", "回归")
CHOICES = {
    "kinds": ((), (AssetKind.model,), (AssetKind.model, AssetKind.tool)),
    "scenarios": ((), (Scenario.public_service,), (Scenario.public_service, Scenario.green_low_carbon)),
    "licences": ((), ("MIT",)),
    "tags": ((), ("遥感",), ("遥感", "矢量"), ("没有",)),
    "evaluated": ((), ("no",), ("yes",), ("yes", "no")),
}


@pytest.fixture
def owner(make: Make, db: Session) -> Person:
    person, dice = make.account("甲"), Random(5)
    for number in range(40):
        asset = make.asset(
            person,
            kind=dice.choice(list(AssetKind)),
            licence=dice.choice(("MIT", "Apache-2.0")),
            is_public=number % 5 > 0,
        )
        for tag in dice.sample(TAGS, dice.randint(0, 3)):
            db.add(AssetTag(asset_id=asset.id, tag=tag))
        for scenario in dice.sample(list(Scenario), 2):
            db.add(AssetScenario(asset_id=asset.id, scenario=scenario))
    db.commit()
    return person


def counted(db: Session, tally: Tally, filters: Filters) -> Facets:
    newest = db.exec(select(func.max(Asset.updated_at))).one()
    return tally.facets(db, filters, newest)


def same(one: Facets, other: Facets) -> bool:
    return one.total == other.total and all(one.counts[name] == other.counts[name] for name in FACETS)


def test_any_combination_of_filters_counts_as_sql_does(db: Session, owner: Person) -> None:
    tally = Tally()
    combinations = list(itertools.product(*CHOICES.values()))
    for values in Random(1).sample(combinations, 60):
        for namespace in ("", owner.namespace.slug):
            filters = Filters(namespace=namespace, **dict(zip(CHOICES, values, strict=True)))
            mine, theirs = counted(db, tally, filters), queries.facets(db, NOBODY, filters)
            assert same(mine, theirs), (filters, mine, theirs)
    assert counted(db, tally, Filters()).total == 32
    assert counted(db, tally, Filters(namespace="nobody")).total == 0


def test_changes_are_seen_and_nothing_old_stays(db: Session, owner: Person) -> None:
    tally = Tally()
    counted(db, tally, Filters())
    (asset,) = db.exec(select(Asset).where(Asset.kind == AssetKind.model, Asset.is_public).limit(1))  # type: ignore[arg-type]
    asset.licence, asset.kind = "BSD-3-Clause", AssetKind.paper
    asset.touch()
    db.commit()
    found = counted(db, tally, Filters(licences=("BSD-3-Clause",)))
    assert (found.total, found.counts["kind"]) == (1, {"paper": 1})
    assert same(counted(db, tally, Filters()), queries.facets(db, NOBODY, Filters()))
    actions.set_published(db, asset.id, latest="")
    db.commit()
    assert counted(db, tally, Filters(licences=("BSD-3-Clause",))).total == 0
    assert same(counted(db, tally, Filters()), queries.facets(db, NOBODY, Filters()))


def test_a_late_commit_of_an_earlier_instant_is_not_lost(db: Session, make: Make, owner: Person) -> None:
    tally = Tally()
    before = counted(db, tally, Filters()).total
    late = make.asset(owner, is_public=True, licence="MIT")
    newest = db.exec(select(func.max(Asset.updated_at)).where(Asset.id != late.id)).one()
    late.updated_at = newest
    other = make.asset(owner, is_public=True)
    other.touch()
    db.commit()
    assert counted(db, tally, Filters()).total == before + 2


def test_rows_that_went_without_a_trace_are_noticed(db: Session, make: Make, owner: Person) -> None:
    tally = Tally()
    before = counted(db, tally, Filters()).total
    (gone,) = db.exec(select(Asset).where(Asset.is_public).limit(1))  # type: ignore[arg-type]
    db.delete(gone)
    db.commit()
    make.asset(owner, is_public=False).touch()
    db.commit()
    assert counted(db, tally, Filters()).total == before - 1


def test_words_are_not_for_it(db: Session, owner: Person) -> None:
    newest = db.exec(select(func.max(Asset.updated_at))).one()
    for filters in (
        Filters(q="遥感"),
        Filters(year=2026),
        Filters(region="110000"),
        Filters(identifier="10.1/x"),
    ):
        with pytest.raises(ValueError, match="SQL"):
            Tally().facets(db, filters, newest)


def test_own_unpublished_assets_are_counted_for_their_owner_only(
    client: Client, owner: Person, make: Make
) -> None:
    path = f"/assets?namespace={owner.namespace.slug}"
    assert total(client, path) == 32
    client.sign_in(make.account("乙"))
    assert total(client, path) == 32
    client.sign_out()
    client.sign_in(owner)
    assert total(client, path) == 40


def total(client: Client, path: str) -> int:
    """What the page says at the head of the list."""
    found = re.search(r"(\d+) 项成果", client.get(path).text)
    assert found
    return int(found[1])
