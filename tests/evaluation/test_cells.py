"""Scores by region and slice: made by a job, shown as aggregates only, public only where the benchmark says so."""

import uuid
from collections import Counter
from typing import Any

import pytest
from sqlmodel import Session, select

from portal.kit.db import transaction
from registry.benchmarks.models import BenchmarkCell
from registry.evaluation.actions import cells, comparisons
from registry.evaluation.models import EvaluationState, PairedCell, Result, ResultCell
from registry.evaluation.queries import cells as queries
from registry.evaluation.run.place import Place
from tests.evaluation.test_pages import board, run, url
from tests.evaluation.tiny import ITEMS, SCORER, Scene, manifest
from tests.guards.test_budget import counted
from tests.support.browser import Client
from tests.support.make import Make

CODES = ["110105"] * 6 + ["310101"] * 6
SEASONS = ["summer", "winter"] * 6
SECRET = ["rare"] * 2 + ["often"] * 10
ERRORS = [0.0] * 6 + [0.0, 0.4] * 3
"""Predictions of the winter items of Shanghai are off."""


def slice_of(name: str, zh: str, *, public: bool = True) -> dict[str, Any]:
    return {"name": name, "title": {"zh": zh, "en": name.title()}, "column": name, "public": public}


TABLE: dict[str, Any] = {
    "file": "labels/items.csv",
    "region": {"column": "code", "public": True},
    "slices": [
        slice_of("season", "季节"),
        slice_of("secret", "秘密"),
        slice_of("half", "半区", public=False),
    ],
}


def items(ids: int = ITEMS) -> bytes:
    lines = [f"i{n},{CODES[n]},{SEASONS[n]},{SECRET[n]},{'ab'[n % 2]}" for n in range(ids)]
    return "\n".join(["id,code,season,secret,half", *lines]).encode()


def answers(errors: list[float]) -> bytes:
    return ("id,y\n" + "".join(f"i{n},{2 * n + error}\n" for n, error in enumerate(errors))).encode()


@pytest.fixture
def sliced(db: Session, make: Make) -> Scene:
    return Scene(db, make, more={"labels/items.csv": items()}, item_table=TABLE)


def scored(db: Session, scene: Scene, place: Place, errors: list[float]) -> Result:
    """An accepted result; its scores by cell are still to be made."""
    evaluation_id = scene.request(scene.predictions(answers(errors)))
    run(place, evaluation_id)
    db.expire_all()
    return db.exec(select(Result).where(Result.evaluation_id == evaluation_id)).one()


def made(result: Result) -> None:
    with transaction() as db:
        cells.make(db, result_id=result.id)


def test_cells_are_settled_at_registration(db: Session, sliced: Scene) -> None:
    rows = db.exec(select(BenchmarkCell).order_by(BenchmarkCell.position)).all()  # type: ignore[arg-type]
    assert [(row.dimension, row.key, row.item_count, row.hidden, row.public) for row in rows] == [
        ("region", "11", 6, False, True),
        ("region", "1101", 6, False, True),
        ("region", "110105", 6, False, True),
        ("region", "31", 6, False, True),
        ("region", "3101", 6, False, True),
        ("region", "310101", 6, False, True),
        ("season", "summer", 6, False, True),
        ("season", "winter", 6, False, True),
        ("secret", "often", 10, True, True),
        ("secret", "rare", 2, True, True),
        ("half", "a", 6, False, False),
        ("half", "b", 6, False, False),
    ]


def test_a_result_by_region_and_slice(
    db: Session, sliced: Scene, place: Place, client: Client, make: Make
) -> None:
    assert "另按以下维度给出成绩：区域、季节、秘密。" in client.get(url(sliced)).text
    result = scored(db, sliced, place, ERRORS)
    where = f"/evaluations/{result.evaluation_id}"
    assert "现在计算" not in client.get(where).text
    client.sign_in(make.account("读者"))
    assert "现在计算" in client.get(where).text
    assert client.post(f"{where}/cells", data={}).status_code == 303
    made(result)
    made(result)
    db.expire_all()
    rows = {
        (cell.dimension, cell.key): row
        for row, cell in db.exec(
            select(ResultCell, BenchmarkCell)
            .join(BenchmarkCell, BenchmarkCell.id == ResultCell.cell_id)  # type: ignore[arg-type]
            .where(ResultCell.metric == "rmse")
        )
    }
    assert len(rows) == 10
    # Three of six items of Shanghai, and of the winter, have a squared error of 0.16.
    for key in (("region", "31"), ("season", "winter"), ("half", "b")):
        assert rows[key].value == pytest.approx((0.5 * 0.16) ** 0.5)
        assert rows[key].difference == pytest.approx((0.5 * 0.16) ** 0.5 - (0.25 * 0.16) ** 0.5)
    assert rows["region", "11"].value == 0
    assert [key for key, row in rows.items() if row.is_weakest] == [("season", "winter")]
    text = client.get(where).text
    assert "最弱切片" in text
    assert "季节 · winter" in text
    assert 'role="group"' in text
    assert "上海市：0.2828（6 项）" in text
    assert "不是行政区域界线图" in text
    assert "半区" not in text
    assert "现在计算" not in text
    inside = client.get(f"{where}?region=31&metric=hits").text
    assert "上海市之内" in inside
    assert "市辖区（3101）" in inside
    for odd in ("?region=99", "?metric=none", "?region=%00"):
        assert client.get(where + odd).status_code == 200


def test_the_drop_of_perturbed_copies_is_that_of_the_pairs(
    db: Session, make: Make, place: Place, client: Client
) -> None:
    """Six items, each with a blurred copy: the copies are 0.4 off, their originals 0.1."""
    half = ITEMS // 2
    rows = [f"i{n},clean," for n in range(half)] + [f"i{n},blur,i{n - half}" for n in range(half, ITEMS)]
    table = "\n".join(["id,noise,origin", *rows]).encode()
    noise = slice_of("noise", "扰动") | {"copy_of": "origin"}
    form = {"file": "labels/items.csv", "slices": [noise]}
    scene = Scene(db, make, more={"labels/items.csv": table}, item_table=form)
    result = scored(db, scene, place, [0.1] * half + [0.4] * half)
    made(result)
    where = f"/evaluations/{result.evaluation_id}"
    told = client.get(f"/api/v1{where}/cells").json()["cells"]
    found = {cell["key"]: cell for cell in told if cell["metric"] == "rmse"}
    assert found["clean"]["drop"] is None, "originals are copies of nothing"
    assert found["blur"]["value"] == pytest.approx(0.4)
    for bound in ("drop", "drop_low", "drop_high"):
        assert found["blur"][bound] == pytest.approx(0.3), "every pair lies as far apart"
    lines = client.get(f"{where}/cells.csv").text.splitlines()
    blurred = next(line for line in lines if line.startswith("noise,blur") and ",0.4" in line)
    assert ",0.3" in blurred or ",0.29999" in blurred
    assert "0.3" in client.get(where).text


def test_hidden_groups_have_no_score_anywhere(
    db: Session, sliced: Scene, place: Place, client: Client
) -> None:
    result = scored(db, sliced, place, ERRORS)
    made(result)
    hidden = db.exec(select(BenchmarkCell.id).where(BenchmarkCell.hidden)).all()
    assert len(hidden) == 2
    assert not {row.cell_id for row in db.exec(select(ResultCell))} & set(hidden)
    where = f"/evaluations/{result.evaluation_id}"
    for reader in (None, sliced.researcher, sliced.owner):
        if reader is not None:
            client.sign_in(reader)
        texts = [
            client.get(path).text
            for path in (where, f"{where}/cells.csv", f"/api/v1{where}/cells", f"/api/v1{where}")
        ]
        sees_all = reader is sliced.owner
        assert ("半区" in texts[0]) is sees_all
        assert any(line.startswith("half,") for line in texts[1].splitlines()) is sees_all
        assert ('"half"' in texts[2]) is sees_all
        rare = [line for line in texts[1].splitlines() if line.startswith("secret,rare")]
        assert rare
        assert all(",<5," in line and line.endswith("项数过少（少于 5）") for line in rare)
        # No item is named, and no value of the table but the categories.
        assert not any(f"i{n}," in text or f'"i{n}"' in text for n in range(ITEMS) for text in texts)


def test_two_results_by_region_and_slice(
    db: Session, sliced: Scene, place: Place, client: Client, make: Make
) -> None:
    worse, better = (scored(db, sliced, place, errors) for errors in (ERRORS, [0.0] * ITEMS))
    first, second = comparisons.ordered(worse.id, better.id)
    with transaction() as session:
        comparisons.compare(session, first_id=first, second_id=second)
    sign = 1 if first == better.id else -1
    kept = {row.cell_id: row for row in db.exec(select(PairedCell))}
    assert len(kept) == 10
    winter = db.exec(select(BenchmarkCell).where(BenchmarkCell.key == "winter")).one()
    assert kept[winter.id].difference == pytest.approx(sign * (0.5 * 0.16) ** 0.5)
    board(sliced)
    text = client.get(
        f"{url(sliced)}/leaderboard/compare?first={worse.evaluation_id}&second={better.evaluation_id}"
    ).text
    assert "winter" in text
    assert "-0.2828" in text
    assert "半区" not in text
    assert "项数过少" in text


def test_the_board_by_a_slice(db: Session, sliced: Scene, place: Place, client: Client) -> None:
    first = scored(db, sliced, place, ERRORS)
    second = scored(db, sliced, place, [0.3] * ITEMS)
    for result in (first, second):
        made(result)
    board(sliced)
    page = f"{url(sliced)}/leaderboard"
    plain = client.get(page).text
    assert "按地区或切片" in plain
    assert "半区" not in plain
    order = [plain.index(f"/evaluations/{result.evaluation_id}") for result in (first, second)]
    assert order == sorted(order)
    winter = f"{page}?by=season/winter"
    client.get(winter)
    with counted() as statements:
        text = client.get(winter).text
    assert len(statements) <= 12, statements
    order = [text.index(f"/evaluations/{result.evaluation_id}") for result in (first, second)]
    assert order == sorted(order)
    beijing = client.get(f"{page}?by=region/31").text
    assert beijing.index(f"/evaluations/{first.evaluation_id}") < beijing.index(
        f"/evaluations/{second.evaluation_id}"
    )
    weakest = client.get(f"{page}?by=weakest").text
    assert "0.2828" in weakest
    assert "季节 · winter" in weakest
    for unknown in ("half/a", "secret/rare", "season/none", "x", "season/"):
        assert client.get(f"{page}?by={unknown}").text.count("0.2828") == plain.count("0.2828")
    assert "winter" in client.get(f"{page}.csv?by=season/winter").text.splitlines()[0]
    _as_json(client, f"/api/v1{page}", [str(result.evaluation_id) for result in (first, second)])


def _as_json(client: Client, page: str, entries: list[str]) -> None:
    """The JSON has the same views, in the order of each, and refuses what the reader may not see."""
    plain = client.get(page).json()
    assert (plain["by"], plain["lines"][0]["by"]) == (None, None)
    winter = client.get(f"{page}?by=season/winter").json()
    assert winter["by"]["key"] == "season/winter"
    assert [line["evaluation"] for line in winter["lines"]] == entries
    standing = [line["by"] for line in winter["lines"]]
    assert [one["rank"] for one in standing] == [1, 2]
    assert standing[0]["value"] < standing[1]["value"] == pytest.approx(0.3)
    assert standing[0]["low"] <= standing[0]["value"] <= standing[0]["high"]
    weakest = client.get(f"{page}?by=weakest", headers={"Accept-Language": "zh"}).json()
    assert "季节 · winter" in [line["by"]["weakest"] for line in weakest["lines"]]
    for unknown in ("half/a", "secret/rare", "season/none", "x", "season/", "%00"):
        assert client.get(f"{page}?by={unknown}").status_code == 404
    assert client.get(f"{page}?by=").json()["by"] is None


def test_a_scorer_must_give_the_items_of_the_table(db: Session, make: Make, place: Place) -> None:
    scene = Scene(db, make, more={"labels/items.csv": items(ITEMS - 1)}, item_table=TABLE)
    evaluation_id = scene.request(scene.predictions(answers([0.0] * ITEMS)))
    run(place, evaluation_id)
    from registry.evaluation.queries import lists

    with transaction() as session:
        row = lists.one(session, evaluation_id)
    assert row is not None
    assert row.state is EvaluationState.failed_platform
    assert row.failure_code == "scores_invalid"


def test_a_mean_over_classes_needs_enough_items_of_each(db: Session, make: Make, place: Place) -> None:
    hit = '"hit": float(round(given[key]) == round(truth[key]))'
    scorer = SCORER.replace(hit, hit + ', "kind": "b" if key in ("i0", "i6") else "a"').replace(
        '"hits": ',
        '"classes": sum(sum(r["hit"] for r in rows if r["kind"] == k) / n for k, n in (("a", 10), ("b", 2))) / 2,\n'
        '               "hits": ',
    )
    classes = {
        "name": "classes", "title": {"zh": "类", "en": "Classes"}, "direction": "higher", "value": "hit",
        "aggregate": "balanced_mean", "stratum": "kind",
    }  # fmt: skip
    metrics = [*manifest()["metrics"], classes]
    files = {"labels/items.csv": items()}
    scene = Scene(db, make, scorer, more=files, item_table=TABLE, metrics=metrics)
    result = scored(db, scene, place, ERRORS)
    made(result)
    counts = Counter(db.exec(select(ResultCell.metric)).all())
    # Of the odd items all are of one class; everywhere else two items of the other class lie among them.
    assert counts == {"rmse": 10, "hits": 10, "classes": 2}


def test_a_benchmark_without_an_item_table_shows_nothing(
    db: Session, scene: Scene, place: Place, client: Client
) -> None:
    result = scored(db, scene, place, [0.0] * ITEMS)
    assert not queries.is_wanting(db, result.id)
    text = client.get(f"/evaluations/{result.evaluation_id}").text
    assert "分地区与分切片成绩" not in text
    board(scene)
    assert "按地区或切片" not in client.get(f"{url(scene)}/leaderboard").text
    assert client.get(f"/api/v1/evaluations/{result.evaluation_id}/cells").json()["cells"] == []
    assert client.get(f"/api/v1/evaluations/{uuid.uuid4()}/cells").status_code == 404
