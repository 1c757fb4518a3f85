"""Scores by region, by square of a grid and by slice: on results, on boards, and of two entries."""

from typing import Any

from sqlmodel import select

from portal.kit.db import transaction
from registry.evaluation.actions import comparisons
from registry.evaluation.models import BoardEntry, Result
from tests.evaluation.test_cells import ERRORS, TABLE, answers, items, slice_of
from tests.evaluation.tiny import ITEMS, Scene

SQUARES = {
    "file": "labels/items.csv",
    "place": {"lon": "lon", "lat": "lat", "cell_deg": 0.5, "public": True},
    "slices": [slice_of("season", "季节")],
}


def add(world: Any) -> None:
    """A benchmark by division codes with two entries, and one by coordinates with one."""
    from tests.browser.world import eventually

    regions = Scene(world.db, world.make, more={"labels/items.csv": items()}, item_table=TABLE)
    places = [f"i{n},{116 + n // 6},{39.2 + n // 6},{'summer' if n % 2 else 'winter'}" for n in range(ITEMS)]
    table = "\n".join(["id,lon,lat,season", *places]).encode()
    squares = Scene(world.db, world.make, more={"labels/items.csv": table}, item_table=SQUARES)
    asked = [
        scene.request(scene.predictions(answers(errors)))
        for scene, errors in ((regions, ERRORS), (regions, [0.1] * ITEMS), (squares, ERRORS))
    ]

    def made() -> list[Any]:
        with transaction() as db:
            found = db.exec(select(Result).where(Result.evaluation_id.in_(asked))).all()  # type: ignore[attr-defined]
            ready = [result.id for result in found if result.cells_at is not None]
            ranked = db.exec(select(BoardEntry.id).where(BoardEntry.result_id.in_(ready))).all()  # type: ignore[attr-defined]
            return ready if len(ready) == len(asked) == len(ranked) else []

    eventually(made, "the scores by region are made")
    with transaction() as db:
        first, second = (
            db.exec(select(Result.id).where(Result.evaluation_id == one)).one() for one in asked[:2]
        )
        comparisons.compare(db, first_id=first, second_id=second)
    board = f"/benchmarks/{regions.owner.namespace.slug}/{regions.asset.name}/leaderboard"
    world.pages[""] += [
        f"/evaluations/{asked[0]}?region=31",
        f"/evaluations/{asked[2]}",
        f"{board}?by=season/winter",
        f"{board}?by=weakest",
        f"{board}/compare?first={asked[0]}&second={asked[1]}",
    ]
