"""Plot indicators counted on a raster of one metre in EPSG:32633, with a distance transform to the streets."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from rasterio.features import rasterize
from rasterio.transform import from_origin
from scipy.ndimage import distance_transform_edt, minimum

CELL = 1.0
TO_METRES = Transformer.from_crs(4326, 32633, always_xy=True)


def read(path: Path) -> tuple[Any, list[dict[str, Any]]]:
    """Geometries of a GeoJSON file in EPSG:32633, and their properties."""
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    shapes = shapely.from_geojson([json.dumps(each["geometry"]) for each in features])
    moved = shapely.transform(shapes, lambda xy: np.column_stack(TO_METRES.transform(xy[:, 0], xy[:, 1])))
    return moved, [each["properties"] for each in features]


def main() -> None:
    """Burn plots, buildings and streets into grids; count cells and read distances."""
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    plots, properties = read(source / "plots.geojson")
    buildings, _ = read(source / "buildings.geojson")
    streets, _ = read(source / "streets.geojson")
    west, south, east, north = shapely.total_bounds(np.concatenate([plots, streets]))
    shape = (int((north - south) / CELL) + 2, int((east - west) / CELL) + 2)
    place = from_origin(west, north, CELL, CELL)

    owner = rasterize(
        [(plot, at) for at, plot in enumerate(plots, start=1)],
        out_shape=shape,
        transform=place,
        dtype="int32",
    )
    built = rasterize([(each, 1) for each in buildings], out_shape=shape, transform=place, dtype="uint8")
    road = rasterize(
        [(each, 1) for each in streets], out_shape=shape, transform=place, dtype="uint8", all_touched=True
    )
    away = distance_transform_edt(road == 0) * CELL
    numbers = np.arange(1, len(plots) + 1)
    cells = np.bincount(owner.ravel(), minlength=len(plots) + 1)[1:]
    under = np.bincount(owner.ravel(), weights=built.ravel(), minlength=len(plots) + 1)[1:]
    nearest = minimum(away, owner, numbers)

    with (target / "indicators.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(("plot_id", "plot_area_m2", "coverage_pct", "street_distance_m"))
        for each, count, roof, far in zip(properties, cells, under, nearest, strict=True):
            share = 100 * roof / count if count else 0.0
            writer.writerow((each["plot_id"], count * CELL**2, f"{share:.4f}", f"{far if count else 0:.3f}"))
    print(f"{len(plots)} plots on a grid of {shape[0]} x {shape[1]} cells")


main()
