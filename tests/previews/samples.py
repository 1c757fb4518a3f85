"""Small files of every kind, made by hand, so that a test can say exactly what is in them."""

import json
import sqlite3
import struct
import zlib
from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int = 8, height: int = 4, *, extra: bytes = b"", tail: bytes = b"", rows: int | None = None
) -> bytes:
    """A grey PNG; ``extra`` chunks before the pixels, ``tail`` bytes behind the end, fewer ``rows`` than announced."""
    lines = (b"\x00" + b"\x80" * width) * (height if rows is None else rows)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        PNG + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"") + tail
    )


def square(west: float, south: float, side: float) -> list[list[float]]:
    east, north = west + side, south + side
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def geojson(*squares: tuple[float, float, float], **more: object) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"code": n},
            "geometry": {"type": "Polygon", "coordinates": [square(*at)]},
        }
        for n, at in enumerate(squares)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


def geopackage(path: Path, *, code: int = 4490, geometry: str = "", rows: int = 3) -> bytes:
    """A layer ``parcels`` of unit squares; ``geometry`` replaces the declaration of its geometry column."""
    database = sqlite3.connect(path)
    database.executescript(
        f"""
        CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,
            organization_coordsys_id INTEGER, definition TEXT, description TEXT);
        CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, srs_id INTEGER);
        CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER);
        INSERT INTO gpkg_spatial_ref_sys VALUES ('x', {code}, 'EPSG', {code}, 'undefined', '');
        INSERT INTO gpkg_contents VALUES ('parcels', 'features', {code});
        INSERT INTO gpkg_geometry_columns VALUES ('parcels', 'geom', 'POLYGON', {code});
        CREATE TABLE parcels (fid INTEGER PRIMARY KEY, dlbm TEXT, {geometry or "geom BLOB"});
        """  # noqa: S608
    )
    for n in range(rows):
        if geometry:
            database.execute("INSERT INTO parcels (dlbm) VALUES ('0101')")
            continue
        points = square(110 + 2 * n, 30, 1)
        wkb = struct.pack("<BIII", 1, 3, 1, len(points)) + b"".join(
            struct.pack("<dd", *each) for each in points
        )
        blob = b"GP\x00\x01" + struct.pack("<i", code) + wkb
        database.execute("INSERT INTO parcels (dlbm, geom) VALUES ('0101', ?)", (blob,))
    database.commit()
    database.close()
    return path.read_bytes()


def notebook(*cells: dict[str, object]) -> bytes:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def pdf(pages: list[str], *, title: str = "", catalogue: str = "", more: tuple[str, ...] = ()) -> bytes:
    """A PDF of Latin text lines in Helvetica; ``catalogue`` is added to the root, ``more`` are further objects."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(count))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for n, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        resources = "/Resources << /Font << /F1 3 0 R >> >> /MediaBox [0 0 595 842]"
        objects.append(f"<< /Type /Page /Parent 2 0 R {resources} /Contents {5 + 2 * n} 0 R >>")
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects += [f"<< /Title ({title}) /CreationDate (D:20261120093000+08'00') >>", *more]
    data, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    info = 4 + 2 * count
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {info} 0 R >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode("latin-1")
