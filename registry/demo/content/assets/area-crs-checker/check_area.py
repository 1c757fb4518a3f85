"""Compare the area of a GeoJSON layer in Web Mercator with its area in the UTM zone where it lies."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer


def utm_of(longitude: float, latitude: float) -> int:
    """EPSG code of the WGS 84 / UTM zone of a place."""
    zone = int((longitude + 180) // 6) % 60 + 1
    return (32600 if latitude >= 0 else 32700) + zone


def area_in(shapes: Any, epsg: int) -> float:
    """Total planar area of shapes (WGS 84) in the given projection, square metres."""
    change = Transformer.from_crs(4326, epsg, always_xy=True)
    moved = shapely.transform(shapes, lambda xy: np.column_stack(change.transform(xy[:, 0], xy[:, 1])))
    return float(shapely.area(moved).sum())


def main() -> int:
    """Report both areas; exit code 1 when they differ by more than the tolerance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("layer", type=Path)
    parser.add_argument("--tolerance", type=float, default=0.01)
    options = parser.parse_args()
    features = json.loads(options.layer.read_text(encoding="utf-8"))["features"]
    shapes = shapely.from_geojson([json.dumps(each["geometry"]) for each in features])
    centre = shapely.centroid(shapely.union_all(shapes))
    epsg = utm_of(centre.x, centre.y)
    true, stretched = area_in(shapes, epsg), area_in(shapes, 3857)
    ratio = stretched / true
    print(f"EPSG:{epsg}  {len(features)} features")
    print(f"area in UTM           {true:,.1f} m2")
    print(f"area in Web Mercator  {stretched:,.1f} m2   ratio {ratio:.3f}")
    if abs(ratio - 1) > options.tolerance:
        print("WARNING: do not measure in Web Mercator here")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
