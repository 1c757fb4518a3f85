"""Building density on a square grid: a picture, the cells as a layer, and a table."""

import csv
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
import shapely
from pyproj import Transformer
from rasterio.errors import NotGeoreferencedWarning

MOST_CELLS = 20_000
LOW, HIGH = np.array([240, 240, 232]), np.array([150, 36, 30])


def read(path: Path) -> Any:
    """Polygons of a GeoJSON file in longitude and latitude."""
    content = json.loads(path.read_text(encoding="utf-8"))
    features = content["features"] if content.get("type") == "FeatureCollection" else [content]
    texts = [json.dumps(each.get("geometry", each)) for each in features]
    shapes = shapely.make_valid(shapely.from_geojson(texts))
    shapes = shapes[shapely.area(shapes) > 0]
    if not len(shapes):
        sys.exit("no polygon in the input")
    if np.abs(shapely.total_bounds(shapes)).max() > 180:
        sys.exit("the coordinates are no longitude and latitude")
    return shapes


def zone(shapes: Any) -> int:
    """EPSG code of the UTM zone around the middle of the layer."""
    west, south, east, north = shapely.total_bounds(shapes)
    number = int(((west + east) / 2 + 180) // 6) + 1
    return (32600 if south + north >= 0 else 32700) + number


def moved(shapes: Any, source: int, target: int) -> Any:
    """Shapes from one CRS to another, x before y."""
    change = Transformer.from_crs(source, target, always_xy=True)
    return shapely.transform(shapes, lambda xy: np.column_stack(change.transform(xy[:, 0], xy[:, 1])))


def write_picture(path: Path, values: Any, high: float) -> None:
    """One square of pixels per cell, north up, from light to red."""
    share = np.clip(values[::-1] / high, 0, 1)[..., None] if high else np.zeros((*values.shape, 1))
    colours = (LOW + share * (HIGH - LOW)).astype("uint8")
    side = max(1, 720 // max(values.shape))
    pixels = colours.repeat(side, axis=0).repeat(side, axis=1).transpose(2, 0, 1)
    shape = {"width": pixels.shape[2], "height": pixels.shape[1], "count": 3, "dtype": "uint8"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # a picture carries no position
        with rasterio.open(path, "w", driver="PNG", **shape) as file:
            file.write(pixels)


def main() -> None:
    """Cut the buildings by the grid and write what is asked for."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    asked = os.environ.get("PARAMETERS")
    settings = json.loads(Path(asked).read_text(encoding="utf-8")) if asked else {}
    side, measure = int(settings.get("cell_m", 50)), settings.get("measure", "coverage")
    degrees = read(source / "buildings.geojson")
    code = zone(degrees)
    buildings = moved(degrees, 4326, code)
    west, south, east, north = shapely.total_bounds(buildings)
    left, low = west // side * side, south // side * side
    columns, rows = int((east - left) // side) + 1, int((north - low) // side) + 1
    if columns * rows > MOST_CELLS:
        sys.exit(f"{columns * rows} cells are more than {MOST_CELLS}: take a larger cell")
    x = left + side * np.arange(columns)
    y = low + side * np.arange(rows)
    at_x, at_y = (grid.ravel() for grid in np.meshgrid(x, y))
    cells = shapely.box(at_x, at_y, at_x + side, at_y + side)
    if measure == "count":
        inside = shapely.STRtree(cells).query(shapely.centroid(buildings), predicate="intersects")[1]
        values = np.bincount(inside, minlength=len(cells)).astype(float)
        column, high = "buildings", float(values.max())
    else:
        whole = shapely.union_all(buildings)
        shapely.prepare(whole)
        near = shapely.intersects(whole, cells)
        values = np.zeros(len(cells))
        values[near] = 100 * shapely.area(shapely.intersection(cells[near], whole)) / side**2
        column, high = "coverage_pct", 100.0
    write_picture(target / "density.png", values.reshape(rows, columns), high)
    used = np.flatnonzero(values)
    shown = np.round(values, 2)
    with (target / "density.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("cell", "x_m", "y_m", column))
        writer.writerows((f"c{at:05d}", f"{at_x[at]:.0f}", f"{at_y[at]:.0f}", shown[at]) for at in used)
    features = [
        {
            "type": "Feature",
            "properties": {"cell": f"c{at:05d}", column: float(shown[at])},
            "geometry": json.loads(shapely.to_geojson(cell)),
        }
        for at, cell in zip(used, moved(cells[used], code, 4326), strict=True)
    ]
    layer = {"type": "FeatureCollection", "features": features}
    (target / "cells.geojson").write_text(json.dumps(layer), encoding="utf-8")
    print(f"{len(buildings)} buildings, {len(used)} of {len(cells)} cells of {side} m, EPSG:{code}")


main()
