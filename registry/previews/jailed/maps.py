"""Geometries for a small static map: in longitude and latitude, simplified, as whole numbers on a grid.

The host draws; this says only where things are. The grid has GRID steps along the extent in each direction.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from .layers import Layer, geojson, geopackage, parts
from .result import Output
from .words import clip

GRID = 10_000
MAX_VERTICES = 9_000
MAX_POINTS = 2_000
PLAIN = frozenset({"OGC:CRS84", "EPSG:4326", "EPSG:4490"})
"""Longitude and latitude already; EPSG:4490 (CGCS2000) and WGS 84 agree within a metre, far below a drawing."""
Extent = tuple[float, float, float, float]


def read(source: Path, output: Output, *, kind: str, suffix: str) -> dict[str, Any]:  # noqa: ARG001
    """Facts of the layers; what to draw is part `shapes`."""
    layers = geopackage(source) if suffix == ".gpkg" else geojson(source)
    known = [_reference(layer) for layer in layers]
    geographic = all(crs is not None for crs in known)
    shapes = [
        _finite(_in_degrees(layer, crs) if geographic else np.array(layer.geometries, dtype=object))
        for layer, crs in zip(layers, known, strict=True)
    ]
    extent = _extent(shapes)
    if geographic and extent is not None and not _on_earth(extent):
        geographic = False
    if extent is not None:
        extent = _padded(extent)
        output.json("shapes", {"layers": _drawn(shapes, extent)})
    return {
        "layers": [
            _facts(layer, crs, shape) for layer, crs, shape in zip(layers, known, shapes, strict=True)
        ],
        "extent": [round(value, 9) for value in extent] if extent is not None else [],
        "geographic": geographic,
    }


def _reference(layer: Layer) -> pyproj.CRS | None:
    try:
        return pyproj.CRS.from_user_input(layer.crs) if layer.crs else None
    except pyproj.exceptions.CRSError:
        return None


def _in_degrees(layer: Layer, crs: pyproj.CRS | None) -> Any:
    shapes = np.array(layer.geometries, dtype=object)
    if crs is None or layer.crs in PLAIN or not len(shapes):
        return shapes
    # GeoJSON and GeoPackage both store x (longitude, easting) first, whatever the CRS says of its axes.
    change = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)

    def moved(points: Any) -> Any:
        x, y = change.transform(points[:, 0], points[:, 1])
        return np.column_stack([x, y])

    return shapely.transform(shapes, moved)


def _finite(shapes: Any) -> Any:
    """Those with a place: neither empty, nor with a coordinate that is no number or beyond all measure."""
    if not len(shapes):
        return shapes
    bounds = shapely.bounds(shapes)
    whole = np.array([np.isfinite(shapely.get_coordinates(each)).all() for each in shapes])
    return shapes[whole & np.isfinite(bounds).all(axis=1) & (np.abs(bounds) < 1e12).all(axis=1)]


def _extent(shapes: list[Any]) -> Extent | None:
    bounds = [shapely.bounds(each) for each in shapes if len(each)]
    found = np.concatenate(bounds) if bounds else np.empty((0, 4))
    if not len(found):
        return None
    west, south = found[:, :2].min(axis=0)
    east, north = found[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def _padded(extent: Extent) -> Extent:
    """A little room around, so that nothing touches the frame, and a single point has an extent."""
    west, south, east, north = extent
    pad = max(east - west, north - south, 1e-6) * 0.02
    return west - pad, south - pad, east + pad, north + pad


def _on_earth(extent: Extent) -> bool:
    west, south, east, north = extent
    return west >= -190 and east <= 190 and south >= -95 and north <= 95


def _drawn(shapes: list[Any], extent: Extent) -> list[dict[str, Any]]:
    """The layers on the grid: simplified ever more until they fit MAX_VERTICES, at last cut off."""
    west, south, east, north = extent
    tolerance = max(east - west, north - south) / 1500
    for _attempt in range(7):
        simple = [shapely.simplify(each, tolerance, preserve_topology=False) for each in shapes]
        if sum(int(shapely.get_num_coordinates(each).sum()) for each in simple if len(each)) <= MAX_VERTICES:
            break
        tolerance *= 2
    room = MAX_VERTICES
    layers = []
    for each in simple:
        layer = _on_grid(each, extent, room)
        room -= layer.pop("used")
        layers.append(layer)
    return layers


def _on_grid(shapes: Any, extent: Extent, room: int) -> dict[str, Any]:
    layer: dict[str, Any] = {"points": [], "lines": [], "areas": [], "used": 0}
    for part in (part for shape in shapes for part in parts(shape)):
        size = int(shapely.get_num_coordinates(part))
        if layer["used"] + size > room:
            break
        layer["used"] += size
        if part.geom_type == "Point":
            if len(layer["points"]) < MAX_POINTS * 2:
                layer["points"] += _steps(part, extent)
        elif part.geom_type == "Polygon":
            layer["areas"].append([_steps(ring, extent) for ring in (part.exterior, *part.interiors)])
        else:
            layer["lines"].append(_steps(part, extent))
    return layer


def _steps(line: Any, extent: Extent) -> list[int]:
    """x, y, x, y … on the grid, y downwards as in a drawing."""
    west, south, east, north = extent
    points = shapely.get_coordinates(line)
    x = (points[:, 0] - west) / (east - west) * GRID
    y = (north - points[:, 1]) / (north - south) * GRID
    both = np.clip(np.rint(np.column_stack([x, y])), -GRID, 2 * GRID).astype(int)
    return [int(value) for value in both.ravel()]


def _facts(layer: Layer, crs: pyproj.CRS | None, shapes: Any) -> dict[str, Any]:
    kinds = sorted({each.geom_type for each in layer.geometries})
    bounds = _extent([shapes]) if len(shapes) else None
    return {
        "name": layer.name,
        "geometry": ", ".join(kinds)[:120],
        "count": min(layer.count, 10**12),
        "read": len(layer.geometries),
        "crs": clip(crs.name, 120) if crs is not None else "",
        "code": layer.crs if layer.crs.startswith(("EPSG:", "OGC:")) and len(layer.crs) < 20 else "",
        "fields": layer.fields,
        "extent": [round(value, 6) for value in bounds] if bounds is not None else [],
    }
