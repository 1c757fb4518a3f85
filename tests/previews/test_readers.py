"""Every reader in a real jail: what it says of a small file of its kind."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from registry.previews.models import PreviewState
from registry.previews.reading import Result
from tests.previews.conftest import Reader
from tests.previews.samples import geojson, geopackage, notebook, pdf, png
from tests.scanning.samples import onnx_model


def ready(result: Result) -> tuple[Any, dict[str, Any]]:
    """Facts, and the JSON parts by name."""
    assert result.state is PreviewState.ready, (result.reason, result.params)
    parts = {name: json.loads(data) for name, data in result.parts.items() if name.endswith(".json")}
    return result.facts, parts


def test_text_is_marked_by_few_classes(reader: Reader) -> None:
    facts, parts = ready(reader("main.py", b"def area(x):\n    return 'm2'  # square\n"))
    assert facts == {"encoding": "UTF-8", "language": "Python", "lines": 2, "cut": False}
    first, second = parts["lines-1.json"]["lines"]
    assert first[0] == ["k", "def"]
    assert ["f", "area"] in first
    assert ["s", "'m2'"] in second
    assert ["c", "# square"] in second


def test_text_in_gb18030_and_its_pages(reader: Reader) -> None:
    text = "".join(f"第{n}行 国土空间\n" for n in range(1001))
    facts, parts = ready(reader("notes.txt", text.encode("gb18030")))
    assert (facts["encoding"], facts["lines"], facts["cut"]) == ("GB 18030", 1001, False)
    assert sorted(parts) == ["lines-1.json", "lines-2.json", "lines-3.json"]
    assert parts["lines-3.json"]["first"] == 801
    assert parts["lines-3.json"]["lines"][-1] == [["", "第1000行 国土空间"]]


def test_csv_columns_rows_and_codes(reader: Reader) -> None:
    lines = [
        "code,area,date,name",
        *(f"0{n:03d},{n / 2},2026-01-{n % 28 + 1:02d},地块" for n in range(120)),
        ",,,",
    ]
    facts, parts = ready(reader("parcels.csv", "\n".join(lines).encode()))
    assert (facts["rows"], facts["shown"], facts["width"], facts["separator"]) == (121, 121, 4, ",")
    code, area, date, name = facts["columns"]
    # A code with a leading zero is no quantity: its mean would be nonsense.
    assert (code["type"], code["numeric"], code["missing"], code["distinct"]) == ("text", False, 1, 120)
    assert (area["type"], area["min"], area["max"], area["mean"]) == ("number", "0", "59.5", "29.75")
    assert (date["type"], date["min"]) == ("date", "2026-01-01")
    assert name["distinct"] == 1
    assert parts["rows-3.json"] == {"first": 101, "rows": parts["rows-3.json"]["rows"]}
    assert parts["rows-3.json"]["rows"][0] == ["0100", "50.0", "2026-01-17", "地块"]


def test_ragged_and_semicolon_csv(reader: Reader) -> None:
    facts, parts = ready(reader("a.csv", b"a;b;c\n1;2\n3;4;5;6\n"))
    assert (facts["separator"], facts["width"]) == (";", 3)
    assert parts["rows-1.json"]["rows"] == [["1", "2", None], ["3", "4", "5"]]


def test_parquet_keeps_its_types(reader: Reader) -> None:
    table = pa.table(
        {"地类": ["林地", None] * 60, "big": [2**62 + n for n in range(120)], "blob": [b"abc"] * 120}
    )
    out = io.BytesIO()
    parquet.write_table(table, out)
    facts, parts = ready(reader("t.parquet", out.getvalue()))
    kind, big, _blob = facts["columns"]
    assert (kind["type"], kind["missing"], big["type"]) == ("string", 60, "int64")
    assert parts["rows-1.json"]["rows"][1] == [None, str(2**62 + 1), "(3 B)"]


def test_picture_is_encoded_anew_and_smaller(reader: Reader) -> None:
    result = reader("big.png", png(3000, 1500))
    assert result.state is PreviewState.ready
    assert result.facts == {"format": "PNG", "mode": "L", "width": 3000, "height": 1500, "frames": 1}
    from registry.previews.png import check

    assert check(result.parts["image.png"]) == (1200, 600)


def test_geojson_layers_and_extent(reader: Reader) -> None:
    facts, parts = ready(reader("a.geojson", geojson((116, 39, 1), (118, 39, 1))))
    (layer,) = facts["layers"]
    assert (layer["geometry"], layer["count"], layer["fields"]) == ("Polygon", 2, ["code"])
    assert layer["extent"] == [116, 39, 119, 40]
    assert facts["geographic"]
    areas = parts["shapes.json"]["layers"][0]["areas"]
    assert [len(ring) for area in areas for ring in area] == [10, 10]


@pytest.mark.parametrize(
    ("code", "name"), [(4490, "China Geodetic Coordinate System 2000"), (4326, "WGS 84")]
)
def test_geopackage_is_read_by_its_crs(reader: Reader, tmp_path: Path, code: int, name: str) -> None:
    facts, _parts = ready(reader("a.gpkg", geopackage(tmp_path / "a.gpkg", code=code)))
    (layer,) = facts["layers"]
    assert (layer["name"], layer["count"], layer["crs"], layer["code"]) == (
        "parcels",
        3,
        name,
        f"EPSG:{code}",
    )
    assert layer["extent"] == [110, 30, 115, 31]


def test_projected_coordinates_become_degrees(reader: Reader) -> None:
    # EPSG:4549 is CGCS2000 / 3-degree Gauss-Kruger CM 120E: x = 500 km lies on the meridian.
    data = geojson((500_000, 3_540_000, 1000), crs={"type": "name", "properties": {"name": "EPSG:4549"}})
    facts, _parts = ready(reader("gk.geojson", data))
    west, south, _east, _north = facts["layers"][0]["extent"]
    assert west == pytest.approx(120, abs=1e-6)
    assert south == pytest.approx(31.98, abs=0.02)


def test_coordinates_that_are_no_degrees_are_said_so(reader: Reader) -> None:
    facts, _parts = ready(reader("a.geojson", geojson((500_000, 3_540_000, 1000))))
    assert not facts["geographic"]


def test_notebook_code_text_and_pictures(reader: Reader) -> None:
    picture = base64.b64encode(png()).decode()
    cells = (
        {"cell_type": "markdown", "source": ["# 题\n", "文"]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [
                {"output_type": "stream", "text": ["1\n"]},
                {"output_type": "display_data", "data": {"image/png": picture, "text/plain": "<Figure>"}},
                {"output_type": "error", "ename": "ValueError", "evalue": "x"},
            ],
        },
    )
    result = reader("a.ipynb", notebook(*cells))
    facts, parts = ready(result)
    assert (facts["cells"], facts["left_out"]) == (2, 0)
    text, code = parts["cells-1.json"]["cells"]
    assert text["text"] == "# 题\n文"
    assert [(out["kind"], out["part"] or out["text"]) for out in code["outputs"]] == [
        ("text", "1\n"),
        ("picture", "output-1"),
        ("text", "ValueError: x"),
    ]
    assert "output-1.png" in result.parts


def test_onnx_graph(reader: Reader) -> None:
    facts, parts = ready(reader("m.onnx", onnx_model()))
    assert facts["operators"] == [{"name": "Identity", "count": 1}]
    assert facts["inputs"] == [{"name": "x", "type": "float", "shape": "1"}]
    assert parts["nodes.json"]["nodes"][0]["operator"] == "Identity"


def test_pdf_text_and_metadata(reader: Reader) -> None:
    facts, parts = ready(reader("p.pdf", pdf(["Land use monitoring", "second page"], title="A report")))
    assert (facts["pages"], facts["active"]) == (2, False)
    assert (facts["meta"]["title"], facts["meta"]["created"]) == ("A report", "2026-11-20")
    assert parts["pages-1.json"] == {"first": 1, "pages": ["Land use monitoring", "second page"]}
