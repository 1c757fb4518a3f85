"""Layers of geometries out of GeoJSON and GeoPackage, with bounds on what is read."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import shape

from .result import UnsupportedError
from .words import clip, decode

MAX_JSON = 96 * 1024 * 1024
MAX_LAYERS = 12
MAX_FEATURES = 20_000
MAX_FIELDS = 40
MAX_GEOMETRY = 64 * 1024 * 1024
_ENVELOPES = (0, 32, 48, 48, 64)
"""Bytes of the envelope in a GeoPackage geometry, by the code in its flags (OGC 12-128r19, 2.1.3)."""


@dataclass
class Layer:
    """`count` features in the file, the first MAX_FEATURES geometries of them, and the CRS as it was written."""

    name: str
    crs: str
    count: int = 0
    fields: list[str] = field(default_factory=list)
    geometries: list[Any] = field(default_factory=list)


def geojson(source: Path) -> list[Layer]:
    """The one layer of a GeoJSON text (RFC 7946); the older member `crs` is understood."""
    with source.open("rb") as file:
        data = file.read(MAX_JSON + 1)
    if len(data) > MAX_JSON:
        raise UnsupportedError("too_large", limit=MAX_JSON >> 20)
    try:
        value = json.loads(decode(data)[0])
    except RecursionError as error:
        raise UnsupportedError("deep") from error
    if not isinstance(value, dict):
        raise UnsupportedError("damaged")
    features = value.get("features") if value.get("type") == "FeatureCollection" else [value]
    if not isinstance(features, list):
        raise UnsupportedError("damaged")
    layer = Layer(clip(value.get("name") or "", 100), _named_crs(value), len(features))
    for feature in features[:MAX_FEATURES]:
        _take(layer, feature)
    return [layer]


def _named_crs(value: dict[str, Any]) -> str:
    crs = value.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name[:200] if isinstance(name, str) else "OGC:CRS84"


def _take(layer: Layer, feature: Any) -> None:
    if not isinstance(feature, dict):
        return
    properties = feature.get("properties")
    if isinstance(properties, dict) and not layer.fields:
        layer.fields = [clip(key, 60) for key in list(properties)[:MAX_FIELDS]]
    geometry = feature.get("geometry") if feature.get("type") == "Feature" else feature
    if isinstance(geometry, dict):
        try:
            layer.geometries.append(shapely.force_2d(shape(geometry)))
        except (ValueError, TypeError, AttributeError, KeyError, IndexError, shapely.errors.ShapelyError):
            return


def geopackage(source: Path) -> list[Layer]:
    """The feature tables of a GeoPackage (OGC 12-128r19), read as plain tables: no view, no trigger, no extension."""
    database = sqlite3.connect(f"file:{source}?mode=ro&immutable=1", uri=True)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_GEOMETRY)
    database.execute("PRAGMA trusted_schema = OFF")
    try:
        found = database.execute(
            "SELECT c.table_name, g.column_name, g.srs_id FROM gpkg_contents c "
            "JOIN gpkg_geometry_columns g ON g.table_name = c.table_name "
            "JOIN sqlite_master m ON m.name = c.table_name AND m.type = 'table' "
            "WHERE c.data_type = 'features' ORDER BY c.table_name LIMIT ?",
            (MAX_LAYERS,),
        ).fetchall()
        layers = [_table(database, str(table), str(column), srs) for table, column, srs in found]
    except sqlite3.Error as error:
        raise UnsupportedError("damaged") from error
    if not layers:
        raise UnsupportedError("no_layers")
    return layers


def _table(database: sqlite3.Connection, table: str, column: str, srs: Any) -> Layer:
    count = database.execute(f"SELECT count(*) FROM {_quoted(table)}").fetchone()[0]  # noqa: S608
    names = [str(row[1]) for row in database.execute(f"PRAGMA table_info({_quoted(table)})")]
    layer = Layer(
        clip(table, 100),
        _spatial_reference(database, srs),
        count,
        [clip(n, 60) for n in names if n != column][:MAX_FIELDS],
    )
    rows = database.execute(
        f"SELECT {_quoted(column)} FROM {_quoted(table)} LIMIT {MAX_FEATURES}"  # noqa: S608
    )
    layer.geometries = [found for (blob,) in rows if (found := _geometry(blob)) is not None]
    return layer


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _spatial_reference(database: sqlite3.Connection, srs: Any) -> str:
    row = database.execute(
        "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
        (srs,),
    ).fetchone()
    if row is None or srs in {0, -1}:
        return ""
    organisation, code, definition = row
    return f"EPSG:{code}" if str(organisation).upper() == "EPSG" else str(definition)[:8000]


def _geometry(blob: Any) -> Any:
    """A geometry blob (clause 2.1.3): magic, version, flags, SRS, envelope, then WKB."""
    if not isinstance(blob, bytes) or len(blob) < 9 or blob[:2] != b"GP" or blob[3] & 0b00100000:
        return None
    code = (blob[3] >> 1) & 0b111
    if code >= len(_ENVELOPES) or blob[3] & 0b00010000:  # reserved, or marked as empty
        return None
    try:
        return shapely.force_2d(shapely.from_wkb(blob[8 + _ENVELOPES[code] :]))
    except shapely.errors.ShapelyError:
        return None


def parts(geometry: Any) -> Iterator[Any]:
    """The single points, lines and polygons of a geometry, whatever it is nested in."""
    todo = [geometry]
    while todo:
        each = todo.pop()
        if each is None or each.is_empty:
            continue
        if hasattr(each, "geoms"):
            todo += list(each.geoms)
        else:
            yield each
