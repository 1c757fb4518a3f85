"""Boundaries of provinces from a file of the operator, made small and drawn in Albers' projection.

None comes with the program: the packages that could be had either do not say where their lines are from or take them
from a map service that does not license them, and a map of China for the public needs a review number (审图号). Only
numbers of the file are drawn, none of its words.
"""

import json
import logging
import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from portal.settings import get_settings
from registry.benchmarks.divisions import PROVINCES

Point = tuple[float, float]
MOST_BYTES = 8 * 2**20
MOST_POINTS = 200_000
"""It is read in the web process, once: a larger file is to be made coarser first."""
TOLERANCE = 4_000.0
"""Metres a line may move when points are left out."""
SMALL = 3
_log = logging.getLogger(__name__)
_SIN = math.sin(math.radians(25)), math.sin(math.radians(47))
_N = sum(_SIN) / 2
_C = math.cos(math.radians(25)) ** 2 + 2 * _N * _SIN[0]
_RADIUS, _MIDDLE = 6_371_000.0, math.radians(105)


def albers(east: float, north: float) -> Point:
    """Equal-area conic on a sphere, standard parallels 25° and 47° N, middle meridian 105° E (Snyder 1987, 14-3)."""
    theta = _N * (math.radians(east) - _MIDDLE)
    rho = _RADIUS * math.sqrt(max(_C - 2 * _N * math.sin(math.radians(north)), 0)) / _N
    return rho * math.sin(theta), -rho * math.cos(theta)


def thinned(line: Sequence[Point], tolerance: float = TOLERANCE) -> list[Point]:
    """The line without points that lie nearer than ``tolerance`` to it (Douglas and Peucker 1973)."""
    keep = {0, len(line) - 1}
    todo = [(0, len(line) - 1)]
    while todo:
        first, last = todo.pop()
        far, at = tolerance, 0
        for index in range(first + 1, last):
            away = _away(line[index], line[first], line[last])
            if away > far:
                far, at = away, index
        if at:
            keep.add(at)
            todo += [(first, at), (at, last)]
    return [line[index] for index in sorted(keep)]


def _away(point: Point, one: Point, other: Point) -> float:
    wide, high = other[0] - one[0], other[1] - one[1]
    long = math.hypot(wide, high)
    if not long:
        return math.hypot(point[0] - one[0], point[1] - one[1])
    return abs(wide * (one[1] - point[1]) - (one[0] - point[0]) * high) / long


def code_of(properties: Any) -> str:
    """The two digits of a province in the properties of a feature: a division code or its name; empty: none."""
    if not isinstance(properties, dict):
        return ""
    for key in ("adcode", "code", "gb", "id", "省代码"):
        digits = str(properties.get(key, ""))
        if len(digits) == 9 and digits.startswith("156"):  # GB/T 2659 before GB/T 2260
            digits = digits[3:]
        if digits[:2] in PROVINCES and digits.isdigit():
            return digits[:2]
    names = {str(properties.get(key, "")) for key in ("name", "NAME", "省", "fullname")}
    return next((code for code, each in PROVINCES.items() if names & {each.name_zh, each.short_zh}), "")


def _rings(geometry: Any) -> Iterable[list[Point]]:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates", [])
    areas = [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else []
    for area in areas:
        for ring in area:
            points = [albers(float(point[0]), float(point[1])) for point in ring]
            if not all(math.isfinite(number) for point in points for number in point):
                raise ValueError("a coordinate is no number")
            yield points


def parsed(data: bytes) -> dict[str, list[list[Point]]]:
    """Code of a province -> its rings, thinned. ``ValueError`` where the file is no such collection."""
    try:
        features = json.loads(data)["features"]
        found: dict[str, list[list[Point]]] = {}
        points = 0
        for feature in features:
            code = code_of(feature.get("properties"))
            for ring in _rings(feature.get("geometry") or {}):
                points += len(ring)
                if points > MOST_POINTS:
                    raise ValueError("too many points")
                thin = thinned(ring)
                if code and len(thin) > SMALL:
                    found.setdefault(code, []).append(thin)
                elif code:  # a small island stays a dot of three corners, so that none is lost
                    found.setdefault(code, []).append(
                        [ring[0], ring[len(ring) // 3], ring[2 * len(ring) // 3]]
                    )
    except (LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError("no GeoJSON collection of polygons in degrees") from error
    if len(found) < len(PROVINCES):
        missing = ", ".join(sorted(set(PROVINCES) - set(found)))
        raise ValueError(f"not every province is in it: {missing}")
    return found


@lru_cache(maxsize=2)
def _read(path: Path, _changed: float) -> dict[str, list[list[Point]]] | None:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError("too large")
        return parsed(path.read_bytes())
    except (OSError, ValueError) as error:
        _log.warning("boundaries of provinces in %s cannot be used: %s", path, error)
        return None


def known() -> dict[str, list[list[Point]]] | None:
    """The boundaries of the operator's file; None where there is none, or it cannot be used (the log says why)."""
    path = get_settings().province_boundaries
    if path is None:
        return None
    try:
        return _read(path, path.stat().st_mtime)
    except OSError as error:
        _log.warning("boundaries of provinces in %s cannot be read: %s", path, error)
        return None
