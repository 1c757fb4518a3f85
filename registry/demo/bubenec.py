"""Building coverage and plot indicators: Bubeneč buildings, plots and streets from momepy."""

from __future__ import annotations

import base64
import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import momepy
import numpy as np
import rasterio
import shapely
from pyproj import Transformer
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from rasterio.transform import from_bounds

from registry.demo.trees import copy_licence, csv_block, write_csv, write_geojson, write_text

MEASURE_IN = 32633
PUBLIC_SHARE = 0.3
LEAST_AREA = 10.0
DECIMALS = 9
COLUMNS = ("plot_id", "plot_area_m2", "coverage_pct", "street_distance_m")


@dataclass(frozen=True)
class Block:
    """Plots, buildings and streets as they are handed out: WGS 84 longitude and latitude."""

    plots: list[Any]
    plot_ids: list[str]
    buildings: list[Any]
    streets: list[Any]


def read_layer(name: str) -> Any:
    """Geometries of a Bubeneč layer, projected to EPSG:32633 (UTM 33N)."""
    frame = gpd.read_file(momepy.datasets.get_path("bubenec"), layer=name)
    return np.asarray(frame.to_crs(MEASURE_IN).geometry.array)


def make_parts() -> tuple[Block, Block]:
    """The public and the hidden part: plots around the surveyed buildings, the southern 30 % are public."""
    buildings, plots, streets = (read_layer(name) for name in ("buildings", "plots", "streets"))
    hull = shapely.convex_hull(shapely.union_all(buildings))
    centres = shapely.centroid(plots)
    plots = plots[shapely.contains(hull, centres) & (shapely.area(plots) >= LEAST_AREA)]
    northing = shapely.get_y(shapely.centroid(plots))
    plots = plots[np.argsort(northing)]
    cut = round(len(plots) * PUBLIC_SHARE)
    ids = [f"p{at:03d}" for at in range(1, len(plots) + 1)]
    return (
        part_of(plots[:cut], ids[:cut], buildings, streets),
        part_of(plots[cut:], ids[cut:], buildings, streets),
    )


def part_of(plots: Any, ids: list[str], buildings: Any, streets: Any) -> Block:
    """The plots with every building that touches one of them and all streets."""
    tree = shapely.STRtree(buildings)
    near = np.unique(tree.query(plots, predicate="intersects")[1])
    return Block(list(to_lonlat(plots)), ids, list(to_lonlat(buildings[near])), list(to_lonlat(streets)))


def to_lonlat(geometries: Any) -> Any:
    """EPSG:32633 to longitude and latitude, rounded to 1e-9 degrees (0.1 mm), rings as RFC 7946 wants them."""
    change = Transformer.from_crs(MEASURE_IN, 4326, always_xy=True)

    def move(points: Any) -> Any:
        return np.round(np.column_stack(change.transform(points[:, 0], points[:, 1])), DECIMALS)

    moved = shapely.transform(geometries, move)
    assert shapely.is_valid(moved).all(), "rounding broke a geometry"
    return shapely.orient_polygons(moved, exterior_cw=False)


def to_metres(geometries: list[Any]) -> Any:
    """Longitude and latitude to EPSG:32633."""
    change = Transformer.from_crs(4326, MEASURE_IN, always_xy=True)
    return shapely.transform(
        np.asarray(geometries), lambda points: np.column_stack(change.transform(points[:, 0], points[:, 1]))
    )


def indicators(block: Block) -> list[list[Any]]:
    """Rows of `COLUMNS`: plot area (m2), share of it under buildings (%), distance to the nearest street axis (m)."""
    plots, buildings, streets = (to_metres(part) for part in (block.plots, block.buildings, block.streets))
    area = shapely.area(plots)
    covered = shapely.area(shapely.intersection(plots, shapely.union_all(buildings)))
    distance = shapely.distance(plots, shapely.union_all(streets))
    columns = zip(block.plot_ids, area, 100 * covered / area, distance, strict=True)
    return [[name, *(round(float(value), 6) for value in rest)] for name, *rest in columns]


def write_layers(block: Block, folder: Path) -> None:
    """The three layers as GeoJSON."""
    plots = zip(block.plots, block.plot_ids, strict=True)
    write_geojson(folder / "plots.geojson", [(mapping(plot), {"plot_id": name}) for plot, name in plots])
    for name, layer in (("buildings", block.buildings), ("streets", block.streets)):
        write_geojson(folder / f"{name}.geojson", [(mapping(each), {}) for each in layer])


def mapping(geometry: Any) -> Any:
    """GeoJSON geometry of a shapely geometry."""
    return json.loads(shapely.to_geojson(geometry))


def write_benchmark(parts: tuple[Block, Block], target: Path) -> dict[str, Any]:
    """Layers and answers of the benchmark tree; returns the facts its card quotes."""
    public, hidden = parts
    write_layers(public, target / "public")
    write_csv(target / "public/indicators.csv", COLUMNS, indicators(public))
    write_layers(hidden, target / "inputs")
    truth = indicators(hidden)
    write_csv(target / "labels/indicators.csv", COLUMNS, truth)
    copy_licence("momepy", target / "LICENSE-momepy.txt")
    coverage = np.array([row[2] for row in truth])
    return {
        "public_n": len(public.plot_ids),
        "hidden_n": len(hidden.plot_ids),
        "buildings_n": len(hidden.buildings),
        "streets_n": len(hidden.streets),
        "mean_coverage": f"{coverage.mean():.1f}",
        "bare_n": int((coverage < 1).sum()),
        "output_example": csv_block(
            COLUMNS, [[r[0], *(round(v, 2) for v in r[1:])] for r in indicators(public)[:3]]
        ),
    }


def write_report(parts: tuple[Block, Block], folder: Path) -> dict[str, Any]:
    """Files of the demo report and its facts, from the public part only: a table, a layer and a map picture."""
    public, _ = parts
    rows = indicators(public)
    write_csv(folder / "indicators.csv", COLUMNS, rows)
    layer = [
        (mapping(plot), dict(zip(COLUMNS, row, strict=True)))
        for plot, row in zip(public.plots, rows, strict=True)
    ]
    write_geojson(folder / "plots.geojson", layer)
    draw(public, folder / "map.png")
    write_notebook(folder / "indicators.ipynb", rows, folder / "map.png")
    area, coverage = (np.array([row[at] for row in rows]) for at in (1, 2))
    return {
        "plots_n": len(rows),
        "area_ha": f"{area.sum() / 10_000:.2f}",
        "coverage_all": f"{(area * coverage).sum() / area.sum():.1f}",
        "coverage_median": f"{np.median(coverage):.1f}",
        "over_60": int((coverage > 60).sum()),
        "bare": int((coverage < 1).sum()),
    }


def write_sample(folder: Path) -> dict[str, Any]:
    """The sample of the density tool: all buildings of the quarter."""
    buildings = list(to_lonlat(read_layer("buildings")))
    write_geojson(folder / "examples/buildings.geojson", [(mapping(each), {}) for each in buildings])
    copy_licence("momepy", folder / "LICENSE-momepy.txt")
    return {"buildings_n": len(buildings)}


def write_notebook(path: Path, rows: list[list[Any]], picture: Path) -> None:
    """How the report's figures follow from its table, as a notebook with its outputs (nbformat 4.5)."""
    area, coverage = (np.array([row[at] for row in rows]) for at in (1, 2))
    weighted, middle = (area * coverage).sum() / area.sum(), np.median(coverage)
    code = (
        "import csv\nfrom statistics import median\n\n"
        'with open("indicators.csv", encoding="utf-8") as file:\n    plots = list(csv.DictReader(file))\n'
        'area = [float(plot["plot_area_m2"]) for plot in plots]\n'
        'coverage = [float(plot["coverage_pct"]) for plot in plots]\n'
        "weighted = sum(a * c for a, c in zip(area, coverage)) / sum(area)\n"
        'print(len(plots), "宗地块；按面积加权的建筑密度", round(weighted, 1), "%；中位数", '
        'round(median(coverage), 1), "%")'
    )
    density, centre = round(float(weighted), 1), round(float(middle), 1)
    printed = f"{len(rows)} 宗地块；按面积加权的建筑密度 {density} %；中位数 {centre} %\n"
    packed = base64.b64encode(picture.read_bytes()).decode("ascii")
    note = f"# 指标复算\n\n由 `indicators.csv` 复算简报中的数字（中位数 {middle:.1f} %）。图为示意，未经地图审核。"
    cells = [
        {"cell_type": "markdown", "id": "about", "metadata": {}, "source": note},
        _code_cell("compute", 1, code, {"output_type": "stream", "name": "stdout", "text": printed}),
        _code_cell(
            "picture",
            2,
            'from IPython.display import Image\n\nImage("map.png")',
            {
                "output_type": "execute_result",
                "execution_count": 2,
                "metadata": {},
                "data": {"image/png": packed},
            },
        ),
    ]
    spec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {"cells": cells, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5}
    write_text(path, json.dumps(book, ensure_ascii=False, indent=1))


def _code_cell(name: str, count: int, source: str, output: dict[str, Any]) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {},
        "execution_count": count,
        "source": source,
        "outputs": [output],
    }


def draw(block: Block, path: Path, metres_per_pixel: float = 0.5) -> None:
    """Plots (light), buildings (red) and streets (dark) as a PNG in EPSG:32633."""
    plots, buildings, streets = (to_metres(part) for part in (block.plots, block.buildings, block.streets))
    box = shapely.total_bounds(plots) + np.array([-15, -15, 15, 15])
    width, height = (int((box[at + 2] - box[at]) / metres_per_pixel) for at in (0, 1))
    place = from_bounds(*box, width, height)
    edges = shapely.buffer(shapely.boundary(plots), 0.3)
    layers = [(plots, 1), (edges, 4), (buildings, 2), (shapely.buffer(streets, 1.5), 3)]
    shapes = [(each, value) for layer, value in layers for each in layer]
    drawn = rasterize(shapes, out_shape=(height, width), transform=place, fill=0, dtype="uint8")
    colours = np.array(
        [[255, 255, 255], [226, 232, 222], [178, 62, 54], [90, 98, 110], [150, 162, 145]], dtype="uint8"
    )
    picture = colours[drawn].transpose(2, 0, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    shape = {"width": width, "height": height, "count": 3, "dtype": "uint8"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a picture for reading carries no position
        with rasterio.open(path, "w", driver="PNG", **shape) as file:
            file.write(picture)
