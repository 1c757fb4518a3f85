"""A deliberately rough reckoning: bounding boxes, measured in Web Mercator. Two mistakes that are seen in practice.

Web Mercator (EPSG:3857) stretches lengths by 1/cos(latitude), areas by its square: 1.56 and 2.43 times in Prague.
"""

import csv
import json
import math
import sys
from pathlib import Path
from typing import Any

RADIUS = 6_378_137.0
Box = tuple[float, float, float, float]


def points(shape: Any) -> list[list[float]]:
    """All positions of a GeoJSON coordinates array, whatever its depth."""
    return (
        [shape] if isinstance(shape[0], int | float) else [point for part in shape for point in points(part)]
    )


def box_of(geometry: dict[str, Any]) -> Box:
    """Bounding box in Web Mercator metres."""
    longitudes, latitudes = zip(*points(geometry["coordinates"]), strict=True)
    xs = [RADIUS * math.radians(each) for each in longitudes]
    ys = [RADIUS * math.log(math.tan(math.pi / 4 + math.radians(each) / 2)) for each in latitudes]
    return min(xs), min(ys), max(xs), max(ys)


def read(path: Path) -> list[tuple[Box, dict[str, Any]]]:
    """Bounding boxes and properties of a GeoJSON file."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [(box_of(each["geometry"]), each["properties"]) for each in features]


def overlap(a: Box, b: Box) -> float:
    """Area that two boxes share."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def gap(a: Box, b: Box) -> float:
    """Distance between two boxes."""
    return math.hypot(max(0.0, a[0] - b[2], b[0] - a[2]), max(0.0, a[1] - b[3], b[1] - a[3]))


def main() -> None:
    """Read three layers, write indicators.csv."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    buildings = [box for box, _ in read(source / "buildings.geojson")]
    streets = [box for box, _ in read(source / "streets.geojson")]
    with (target / "indicators.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(("plot_id", "plot_area_m2", "coverage_pct", "street_distance_m"))
        for box, properties in read(source / "plots.geojson"):
            area = overlap(box, box)
            covered = min(area, sum(overlap(box, each) for each in buildings))
            nearest = min(gap(box, each) for each in streets)
            writer.writerow(
                (properties["plot_id"], f"{area:.3f}", f"{100 * covered / area:.3f}", f"{nearest:.3f}")
            )


main()
