"""The demo content: complete, in the fixed format, true to its sources, free of leaks, the same on every build."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyarrow import parquet

from portal.kit.markdown import markdown
from registry.assets.cards import card_facts
from registry.benchmarks.forms import read_manifest
from registry.benchmarks.items import read_items
from registry.demo.making import build_demo
from registry.sandbox.runtimes import Runtime
from tests.demo.conftest import Run, benchmark_of

KINDS = {"model", "algorithm", "tool", "dataset", "benchmark", "paper", "report"}
SCENARIOS = {
    "safety_baseline",
    "plan_transmission",
    "implementation_assessment",
    "pattern_optimisation",
    "green_low_carbon",
    "strategic_support",
    "public_service",
}
LICENCES = {"Apache-2.0", "MIT", "BSD-3-Clause", "CC-BY-4.0"}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def everything(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [*manifest["benchmarks"], *manifest["assets"]]


def test_manifest_lists_what_is_there(demo: Path, manifest: dict[str, Any]) -> None:
    found = {path.parent.relative_to(demo).as_posix() for path in demo.rglob("asset.yaml")}
    assert found == {Path(entry["asset"]).parent.as_posix() for entry in everything(manifest)}
    assert len(manifest["benchmarks"]) == 3
    assert len([entry for entry in manifest["assets"] if "benchmark" in entry]) == 12
    assert {entry["kind"] for entry in everything(manifest)} == KINDS
    for entry in everything(manifest):
        files = [path for path in (demo / entry["path"]).rglob("*") if path.is_file()]
        assert (len(files), sum(path.stat().st_size for path in files)) == (entry["files"], entry["bytes"])


def test_every_asset_is_described(demo: Path, manifest: dict[str, Any]) -> None:
    slugs = {entry["slug"] for entry in everything(manifest)}
    spaces = {each["namespace"] for each in manifest["organisations"]}
    for entry in everything(manifest):
        asset = yaml.safe_load((demo / entry["asset"]).read_text())
        assert asset == {name: entry[name] for name in asset}
        assert asset["namespace"] in spaces
        assert asset["licence"] in LICENCES
        assert asset["scenarios"]
        assert set(asset["scenarios"]) <= SCENARIOS
        assert set(asset["related"]) <= slugs - {asset["slug"]}
        assert "演示" in asset["title"]["zh"]
        assert "demo" in asset["title"]["en"]


def test_pages_have_something_to_show(demo: Path, manifest: dict[str, Any]) -> None:
    """A table of a typed format, a place, formulas, and two versions to compare."""
    (dataset,) = (entry for entry in manifest["assets"] if entry["slug"] == "bubenec-morphology")
    files = demo / dataset["path"]
    rows = parquet.read_table(files / "cells.parquet").to_pylist()
    cells = json.loads((files / "cells.geojson").read_text(encoding="utf-8"))["features"]
    assert rows == [cell["properties"] for cell in cells]
    card = card_facts((files / "README.md").read_text(encoding="utf-8"))
    assert card.place.crs == "EPSG:32633"
    assert card.place.bbox is not None
    west, south, east, north = card.place.bbox
    assert 14.3 < west < east < 14.5
    assert 50.0 < south < north < 50.2
    versions = {}
    for entry in manifest["assets"]:
        versions.setdefault(entry["slug"], []).append(entry["version"])
        text = (demo / entry["path"] / "README.md").read_text(encoding="utf-8")
        assert len(re.findall(r"^\$\$", text, re.MULTILINE)) == markdown(text).count(
            '<math display="block"'
        ), entry["slug"]
    assert {slug: numbers for slug, numbers in versions.items() if len(numbers) > 1} == {
        "landcover-index-rules": ["1.0.0", "1.1.0"]
    }


def test_every_card_has_front_matter_and_no_open_fact(demo: Path, manifest: dict[str, Any]) -> None:
    for entry in everything(manifest):
        for path in (demo / entry["path"]).rglob("*.md"):
            assert "{{" not in path.read_text(), path
        _, matter, body = (demo / entry["path"] / "README.md").read_text().split("---\n", 2)
        card = yaml.safe_load(matter)
        assert (card["license"], card["asset_kind"], card["demo"]) == (entry["licence"], entry["kind"], True)
        assert body.strip().startswith(f"# {entry['title']['zh']}")
        assert len(re.findall(r"[\u4e00-\u9fff]", body)) > 60
        assert "演示内容" in body


def test_benchmarks_are_in_the_fixed_format(demo: Path, manifest: dict[str, Any]) -> None:
    for entry in manifest["benchmarks"]:
        files = demo / entry["path"]
        content = benchmark_of(files)
        for language in ("zh", "en"):
            assert len((files / content["task"][language]).read_text()) > 800
        assert [metric["primary"] for metric in content["metrics"]].count(True) == 1
        assert set(content["limits"]) == {
            "time_s", "memory_mb", "threads", "output_mb", "output_files", "log_kb",
        }  # fmt: skip
        for folder in ("public", "inputs", "labels", "scorer"):
            assert any((files / folder).iterdir())
        assert list(files.glob("LICENSE-*.txt"))
        slugs = {asset["slug"] for asset in manifest["assets"] if asset.get("benchmark") == entry["slug"]}
        assert {baseline["asset"] for baseline in content["baselines"]} <= slugs
        if "model" in content["accepts"]:
            header = table(files / "inputs" / content["model_io"]["file"])[0]
            assert list(header) == [content["model_io"]["id"], *content["model_io"]["features"]]


def test_no_label_lies_in_the_public_part_or_the_inputs(demo: Path) -> None:
    benchmarks = demo / "benchmarks"
    for slug, column in (("landcover-landsat8", "class"), ("house-price-baltimore", "log_price")):
        files = benchmarks / slug / "files"
        labels = table(files / "labels/labels.csv")
        items = table(files / "inputs/items.csv")
        train = table(files / "public/train.csv")
        assert [row["id"] for row in items] == [row["id"] for row in labels]
        assert column not in items[0]
        features = list(items[0])[1:]
        known = {tuple(row[name] for name in features) for row in train}
        assert not known & {tuple(row[name] for name in features) for row in items}
        sample = table(files / "public/sample_submission.csv")
        assert len({row[column] for row in sample}) == 1
    files = benchmarks / "building-coverage-bubenec/files"
    public = {row["plot_id"] for row in table(files / "public/indicators.csv")}
    assert not public & {row["plot_id"] for row in table(files / "labels/indicators.csv")}


@pytest.mark.parametrize("slug", ["landcover-landsat8", "house-price-baltimore"])
def test_item_tables_hold_the_items_and_show_most_cells(demo: Path, slug: str) -> None:
    files = demo / "benchmarks" / slug / "files"
    form = read_manifest((files / "benchmark.yaml").read_bytes()).item_table
    assert form is not None
    found = read_items((files / form.file).read_bytes(), form)
    assert set(found.ids) == {row["id"] for row in table(files / "labels/labels.csv")}
    shown = [cell for cell in found.cells if not cell.hidden]
    assert len(shown) >= len(found.cells) / 2
    assert len(shown) < len(found.cells)
    assert {cell.dimension for cell in shown} == {cell.dimension for cell in found.cells}


def test_house_price_blocks_are_held_out_whole(demo: Path) -> None:
    """A test block's middle is nearer to one of its own houses than to any training house."""
    files = demo / "benchmarks/house-price-baltimore/files"
    blocks = {row["id"]: row["block"] for row in table(files / "labels/labels.csv")}
    places: dict[str, list[tuple[float, float]]] = {}
    for row in table(files / "inputs/items.csv"):
        places.setdefault(blocks[row["id"]], []).append((float(row["X"]), float(row["Y"])))
    train = [(float(row["X"]), float(row["Y"])) for row in table(files / "public/train.csv")]
    assert len(places) == 12
    for members in places.values():
        x, y = (sum(axis) / len(members) for axis in zip(*members, strict=True))
        nearest = min((x - a) ** 2 + (y - b) ** 2 for a, b in train)
        assert nearest > min((x - a) ** 2 + (y - b) ** 2 for a, b in members)


def test_coverage_answers_are_plausible(demo: Path) -> None:
    rows = table(demo / "benchmarks/building-coverage-bubenec/files/labels/indicators.csv")
    coverage = [float(row["coverage_pct"]) for row in rows]
    assert len(rows) > 100
    assert min(coverage) >= 0
    assert max(coverage) <= 100 + 1e-6
    assert all(float(row["plot_area_m2"]) >= 10 - 1e-3 for row in rows)
    assert all(0 <= float(row["street_distance_m"]) < 100 for row in rows)


@pytest.mark.parametrize("ending", ["skops", "onnx"])
def test_models_are_really_there(demo: Path, ending: str) -> None:
    assert len(list((demo / "assets").glob(f"*/files/model.{ending}"))) == 2


def test_tools_do_what_their_cards_say(demo: Path, run: Run, tmp_path: Path) -> None:
    assets = demo / "assets"
    area = assets / "area-crs-checker/files"
    done = run(tmp_path, area / "check_area.py", assets / "bubenec-density-report/files/plots.geojson")
    assert done.returncode == 1
    assert all(line in (area / "README.md").read_text() for line in done.stdout.splitlines())
    sample = demo / "benchmarks/landcover-landsat8/files/public/sample_submission.csv"
    checker = assets / "prediction-checker/files/check_predictions.py"
    assert run(tmp_path, checker, sample, sample).stdout == "OK\n"
    (tmp_path / "bad.csv").write_text("id,class\nt001,\nzz,water\n")
    found = run(tmp_path, checker, sample, tmp_path / "bad.csv")
    assert found.returncode == 1
    assert "class of t001 is empty" in found.stdout
    assert "zz is unknown" in found.stdout
    assert "with lag" in run(tmp_path, assets / "spatial-lag-knn/files/spatial_lag.py").stdout


@pytest.mark.slow
def test_two_builds_give_the_same_bytes(demo: Path, geo: Runtime, extra: Path, tmp_path: Path) -> None:
    build_demo(tmp_path / "again", geo, extra.parent, lambda _line: None)
    assert (tmp_path / "again/manifest.json").read_bytes() == (demo / "manifest.json").read_bytes()
