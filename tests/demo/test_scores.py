"""Every demo submission runs, scores as its card says it should, and the platform can recompute the score."""

from pathlib import Path
from typing import Any

import pytest

from registry.evaluation.statistics import aggregate, rank_board
from tests.demo.bare import Outcome, evaluate
from tests.demo.conftest import Run


@pytest.fixture(scope="module")
def outcomes(
    run: Run, demo: Path, manifest: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, Outcome]]:
    """Outcome by benchmark and submission."""
    work = tmp_path_factory.mktemp("bare")
    found: dict[str, dict[str, Outcome]] = {}
    for asset in manifest["assets"]:
        if "benchmark" in asset:
            benchmark = demo / "benchmarks" / asset["benchmark"] / "files"
            name = Path(asset["asset"]).parent.name  # a second version has a folder of its own
            outcome = evaluate(run, demo / asset["path"], asset["submission"], benchmark, work / name)
            found.setdefault(asset["benchmark"], {})[name] = outcome
    return found


def test_every_score_can_be_recomputed_from_the_items(outcomes: dict[str, dict[str, Outcome]]) -> None:
    for entries in outcomes.values():
        for outcome in entries.values():
            assert set(outcome.scores) == {metric["name"] for metric in outcome.metrics}
            for metric in outcome.metrics:
                spec, items = outcome.items(metric)
                assert aggregate(spec, items) == pytest.approx(outcome.scores[spec.name], rel=1e-9, abs=1e-12)


def ranks(entries: dict[str, Outcome]) -> dict[str, int]:
    primary = next(metric for metric in next(iter(entries.values())).metrics if metric["primary"])
    boards = {slug: outcome.items(primary) for slug, outcome in entries.items()}
    spec = next(iter(boards.values()))[0]
    standings = rank_board(spec, {slug: items for slug, (_, items) in boards.items()}, seed=1)
    return {standing.key: standing.rank for standing in standings}


def test_land_cover_board(outcomes: dict[str, dict[str, Outcome]]) -> None:
    entries = outcomes["landcover-landsat8"]
    assert ranks(entries) == {
        "landcover-logistic": 1,
        "landcover-gradient-boosting": 2,
        "landcover-index-rules": 2,
        "landcover-index-rules-1.1.0": 2,
        "landcover-majority": 5,
    }
    assert entries["landcover-majority"].scores["balanced_accuracy"] == pytest.approx(1 / 3)


def test_building_board(outcomes: dict[str, dict[str, Outcome]]) -> None:
    entries = outcomes["building-coverage-bubenec"]
    assert ranks(entries) == {
        "bubenec-overlay-reference": 1,
        "bubenec-raster-1m": 2,
        "bubenec-bounding-box": 3,
    }
    assert entries["bubenec-overlay-reference"].scores["mean_error"] < 1e-3
    assert entries["bubenec-overlay-reference"].scores["within_5pct"] == 100
    assert entries["bubenec-bounding-box"].scores["median_error"] > 50


def test_house_price_board(outcomes: dict[str, dict[str, Outcome]]) -> None:
    """Blocks are few, so three methods cannot be told apart, and all beat the mean."""
    entries = outcomes["house-price-baltimore"]
    board = ranks(entries)
    assert board.pop("baltimore-mean") == 4
    assert set(board.values()) == {1}
    assert all("block" in row for row in entries["baltimore-mean"].rows)
    assert len({row["block"] for row in entries["baltimore-mean"].rows}) == 12
