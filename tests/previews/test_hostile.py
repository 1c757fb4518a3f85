"""Hostile files of every kind, each through a real jail: a clear refusal or a harmless preview, never more."""

import base64
import dataclasses
import io
import json
import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from registry.previews import png as plain
from registry.previews.models import PreviewState
from registry.previews.reading import Result
from registry.previews.run import LIMITS
from registry.sandbox.backend import Limits
from tests.previews.conftest import Reader
from tests.previews.samples import PNG, chunk, geojson, geopackage, notebook, pdf, png
from tests.scanning.samples import zipped

MIB = 1 << 20
SMALL = Limits(
    wall_s=30,
    memory_bytes=320 * MIB,
    output_bytes=16 * MIB,
    output_files=100,
    log_bytes=64 * 1024,
    processes=16,
)
assert LIMITS.memory_bytes > SMALL.memory_bytes


def refused(result: Result, state: PreviewState, words: str) -> None:
    assert result.state is state, (result.state, result.reason)
    assert words in result.reason
    assert not result.parts
    assert not result.facts


def part(result: Result, name: str) -> str:
    assert result.state is PreviewState.ready, (result.reason, result.params)
    return result.parts[name].decode()


def test_a_parquet_bomb_ends_at_the_memory_limit(reader: Reader) -> None:
    """Half a gigabyte in one cell, a few kilobytes on disk."""
    out = io.BytesIO()
    table = pa.table({"v": pa.array([b"\x00" * (512 * MIB)], pa.large_binary())})
    parquet.write_table(table, out, compression="zstd", use_dictionary=False, write_statistics=False)
    data = out.getvalue()
    assert len(data) < MIB
    refused(reader("bomb.parquet", data, SMALL), PreviewState.failed, "memory")


def test_a_geopackage_whose_geometry_is_computed(reader: Reader, tmp_path: Path) -> None:
    """A virtual column may claim any size; SQLite is told to refuse what no geometry needs."""
    data = geopackage(
        tmp_path / "b.gpkg", geometry="geom BLOB GENERATED ALWAYS AS (zeroblob(900000000)) VIRTUAL"
    )
    refused(reader("b.gpkg", data), PreviewState.unsupported, "damaged")


def test_a_geopackage_view_is_not_run(reader: Reader, tmp_path: Path) -> None:
    """A layer that is a view could count to infinity; only plain tables are layers."""
    import sqlite3

    geopackage(tmp_path / "v.gpkg")
    database = sqlite3.connect(tmp_path / "v.gpkg")
    endless = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n) SELECT i AS fid, x'00' AS geom FROM n"
    database.executescript(f"DROP TABLE parcels; CREATE VIEW parcels AS {endless};")
    database.close()
    refused(reader("v.gpkg", (tmp_path / "v.gpkg").read_bytes()), PreviewState.unsupported, "layer")


def test_wkb_that_lies_about_its_length(reader: Reader, tmp_path: Path) -> None:
    import sqlite3
    import struct

    geopackage(tmp_path / "w.gpkg", rows=0)
    database = sqlite3.connect(tmp_path / "w.gpkg")
    lie = b"GP\x00\x01" + struct.pack("<i", 4490) + struct.pack("<BII", 1, 2, 2**31 - 1)
    database.execute("INSERT INTO parcels (dlbm, geom) VALUES ('x', ?)", (lie,))
    database.commit()
    database.close()
    result = reader("w.gpkg", (tmp_path / "w.gpkg").read_bytes())
    assert result.state is PreviewState.ready
    assert result.facts["layers"][0]["count"] == 1  # type: ignore[index]
    assert result.facts["extent"] == []


def test_html_as_markdown_is_kept_as_text(reader: Reader) -> None:
    from portal.kit.markdown import markdown

    data = b"# T\n\n<script>alert(1)</script><img src=x onerror=alert(1)>\n\n[x](javascript:alert(1)) <div hx-get=/>"
    html = str(markdown(json.loads(part(reader("a.md", data), "source.json"))["text"]))
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "<div" not in html


def test_csv_formulas_are_text(reader: Reader) -> None:
    cells = ("=cmd|'/c calc'!A1", "+1-1", "@SUM(A1)", '=HYPERLINK("http://x")')
    data = "name\n" + "\n".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells)
    rows = json.loads(part(reader("f.csv", data.encode()), "rows-1.json"))["rows"]
    assert [row[0] for row in rows] == list(cells)


@pytest.mark.parametrize("width", [60, 100_000])
def test_a_csv_of_endless_lines_and_columns(reader: Reader, width: int) -> None:
    data = (",".join(["x" * 50] * width) + "\n").encode() * 3 + b'"' + b"y" * 300_000
    result = reader("w.csv", data)
    if result.state is PreviewState.ready:
        assert result.facts["width"] == width
        assert len(result.facts["columns"]) <= 60  # type: ignore[arg-type]
    else:
        assert result.state is PreviewState.unsupported


def test_a_picture_that_is_also_a_page(reader: Reader) -> None:
    """A polyglot of PNG and HTML: what is shown is encoded anew, so the second half is gone."""
    page = b"<html><script>alert(document.domain)</script></html>"
    both = png(20, 10, extra=chunk(b"tEXt", b"Comment\x00" + page), tail=page)
    image = reader("p.png", both).parts["image.png"]
    assert b"script" not in image
    assert plain.check(image) == (20, 10)


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (65_000, 65_000), (2**31 - 1, 1)])
def test_gigantic_pictures_are_not_unpacked(reader: Reader, width: int, height: int) -> None:
    refused(reader("g.png", png(width, height, rows=0) if width < 10**6 else _header(width, height)),
            PreviewState.unsupported, "")  # fmt: skip


def _header(width: int, height: int) -> bytes:
    import struct

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return PNG + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def test_svg_is_shown_as_its_source(reader: Reader) -> None:
    data = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
    result = reader("s.svg", data)
    assert result.state is PreviewState.ready
    assert list(result.parts) == ["lines-1.json"]


def test_xml_entities_are_not_expanded(reader: Reader) -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    result = reader("x.xml", f"<!DOCTYPE x [{bomb}]><x>&e9;</x>".encode())
    assert result.state is PreviewState.ready
    assert len(result.parts["lines-1.json"]) < 10_000


def test_hidden_direction_marks_are_made_visible(reader: Reader) -> None:
    """A comment that reads as code, and code that reads as a comment (CVE-2021-42574)."""
    text = "x = 1 # \u202e\u2066 return \u2069\u2066\x1b[31m\n"
    shown = part(reader("t.py", text.encode()), "lines-1.json")
    assert not any(mark in shown for mark in "\u202e\u2066\u2069\x1b")
    assert "⟨U+202E⟩" in shown
    assert "␛" in shown


def test_a_pdf_with_javascript_only_warns(reader: Reader) -> None:
    action = "/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >>"
    result = reader("j.pdf", pdf(["harmless text"], catalogue=action))
    assert result.state is PreviewState.ready
    assert result.facts["active"] is True
    assert "app.alert" not in "".join(data.decode() for data in result.parts.values())


def test_pdf_trees_that_run_in_a_circle(reader: Reader) -> None:
    root = "<< /Type /Outlines /First 8 0 R /Last 8 0 R >>"
    outline = (root, "<< /Title (a) /Parent 7 0 R /Next 8 0 R /First 8 0 R >>")
    data = pdf(["text"], catalogue="/Outlines 7 0 R", more=outline)
    result = reader("o.pdf", data, SMALL)
    assert result.state in (PreviewState.ready, PreviewState.failed, PreviewState.unsupported)
    pages = data.replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")
    result = reader("k.pdf", pages, SMALL)
    assert result.state in (PreviewState.ready, PreviewState.failed, PreviewState.unsupported)


def test_a_pdf_whose_stream_is_a_bomb(reader: Reader) -> None:
    import zlib

    packed = zlib.compress(b"BT /F1 12 Tf (x) Tj ET " * 20_000_000, 9)
    body = b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream"
    clear = pdf(["STREAM"])
    start = clear.index(b"5 0 obj\n") + len(b"5 0 obj\n")
    end = clear.index(b"\nendobj", start)
    result = reader("b.pdf", clear[:start] + body + clear[end:], SMALL)
    assert result.state in (PreviewState.ready, PreviewState.failed)
    assert sum(map(len, result.parts.values())) < MIB


@pytest.mark.parametrize("name", ["deep.geojson", "deep.ipynb", "deep.json"])
def test_deeply_nested_json(reader: Reader, name: str) -> None:
    data = b'{"type": "FeatureCollection", "cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    result = reader(name, data)
    if name == "deep.json":  # shown as text
        assert result.state is PreviewState.ready
    else:
        assert result.state is PreviewState.unsupported


def test_coordinates_that_are_no_numbers(reader: Reader) -> None:
    features = [
        {"type": "Feature", "properties": {}, "geometry": geometry}
        for geometry in (
            {"type": "Point", "coordinates": [1e400, float("nan")]},
            {"type": "Point", "coordinates": ["116", "39"]},
            {"type": "Polygon", "coordinates": [[[0, 0]]]},
            {"type": "Polygon", "coordinates": {}},
            {"type": "Nothing"},
            {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 1]}]},
            "text",
        )
    ]
    data = json.dumps({"type": "FeatureCollection", "features": [*features, None, 3]}).encode()
    result = reader("n.geojson", data)
    assert result.state is PreviewState.ready, result.reason
    assert result.facts["layers"][0]["count"] == 9  # type: ignore[index]


def test_a_layer_of_very_many_vertices_is_drawn_small(reader: Reader) -> None:
    squares = [(100 + n % 200 / 10, 20 + n // 200 / 10, 0.05) for n in range(20_000)]
    result = reader("m.geojson", geojson(*squares))
    assert result.state is PreviewState.ready
    assert len(result.parts["shapes.json"]) < 400_000


def test_a_notebook_with_html_and_script(reader: Reader) -> None:
    evil = "<script>alert(1)</script>"
    outputs = [
        {"data": {"text/html": evil, "text/plain": "kept"}},
        {"data": {"application/javascript": "alert(1)"}},
        {"data": {"image/svg+xml": "<svg onload='alert(1)'/>"}},
        {"data": {"image/png": base64.b64encode(b"GIF89a" + evil.encode()).decode()}},
        {"data": {"image/png": base64.b64encode(png(60_000, 60_000, rows=0)).decode()}},
    ]
    result = reader("n.ipynb", notebook({"cell_type": "code", "source": "x", "outputs": outputs}))
    cells = json.loads(part(result, "cells-1.json"))["cells"]
    assert cells[0]["outputs"] == [{"kind": "text", "text": "kept", "part": ""}]
    assert result.facts["left_out"] == 5
    assert list(result.parts) == ["cells-1.json"]


def test_an_archive_under_another_name(reader: Reader) -> None:
    data = zipped({"a/b.csv": "x"})
    for name in ("z.csv", "z.md", "z.txt"):
        refused(reader(name, data), PreviewState.unsupported, "not text")
    for name in ("z.png", "z.gpkg", "z.parquet", "z.onnx", "z.pdf", "z.ipynb", "z.geojson"):
        assert reader(name, data).state is PreviewState.unsupported, name


def test_reading_without_end_is_ended(reader: Reader, tmp_path: Path) -> None:
    """The list of layers is a view that takes years to find no row: no memory and no disk is full before."""
    geopackage(tmp_path / "t.gpkg")
    database = sqlite3.connect(tmp_path / "t.gpkg")
    database.executescript(
        """
        DROP TABLE gpkg_contents;
        CREATE TABLE n AS WITH RECURSIVE m (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM m LIMIT 999) SELECT i FROM m;
        CREATE VIEW gpkg_contents AS SELECT 'parcels' AS table_name, 'features' AS data_type
        FROM n AS a, n AS b, n AS c, n AS d, n AS e WHERE a.i + b.i + c.i + d.i + e.i < 0;
        """
    )
    database.close()
    short = dataclasses.replace(SMALL, wall_s=2)
    refused(reader("t.gpkg", (tmp_path / "t.gpkg").read_bytes(), short), PreviewState.failed, "longer")
