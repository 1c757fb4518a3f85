"""Plot area, building coverage and distance to the nearest street axis, measured in EPSG:32633."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

TO_METRES = Transformer.from_crs(4326, 32633, always_xy=True)


def read(path: Path) -> tuple[Any, list[dict[str, Any]]]:
    """Geometries of a GeoJSON file in EPSG:32633, and their properties."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    shapes = shapely.from_geojson([json.dumps(each["geometry"]) for each in features])
    moved = shapely.transform(shapes, lambda xy: np.column_stack(TO_METRES.transform(xy[:, 0], xy[:, 1])))
    return moved, [each["properties"] for each in features]


def main() -> None:
    """Read three layers, write indicators.csv."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    plots, properties = read(source / "plots.geojson")
    buildings, _ = read(source / "buildings.geojson")
    streets, _ = read(source / "streets.geojson")
    print(f"{len(plots)} plots, {len(buildings)} buildings, {len(streets)} streets")

    # Each plot meets a handful of buildings only: a spatial index keeps the overlay linear in the number of plots.
    at, near = shapely.STRtree(buildings).query(plots, predicate="intersects")
    covered = np.zeros(len(plots))
    for plot in np.unique(at):
        together = shapely.union_all(buildings[near[at == plot]])
        covered[plot] = shapely.intersection(plots[plot], together).area
    area = shapely.area(plots)
    distance = shapely.distance(plots, shapely.union_all(streets))

    with (target / "indicators.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(("plot_id", "plot_area_m2", "coverage_pct", "street_distance_m"))
        for row in zip(
            (each["plot_id"] for each in properties), area, 100 * covered / area, distance, strict=True
        ):
            writer.writerow((row[0], *(f"{value:.6f}" for value in row[1:])))


main()
