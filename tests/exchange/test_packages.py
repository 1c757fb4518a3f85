"""Croissant and RO-Crate, read by the tools that others read them with."""

import io
import json
import logging
import zipfile
from pathlib import Path
from typing import Any

import mlcroissant
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet as pq
from rocrate.rocrate import ROCrate

from registry.assets.models import AssetKind
from registry.exchange.formats.croissant import croissant
from registry.exchange.formats.rocrate import METADATA, crate_files, metadata
from registry.exchange.record import FileEntry, Record
from registry.versions.serving import zip_blocks
from tests.exchange.conftest import MOMENT, record
from tests.previews.conftest import Prepare, bench, prepare, run_job  # noqa: F401 - fixtures
from tests.support.browser import Client
from tests.support.make import Make


def read_croissant(values: dict[str, Any], caplog: pytest.LogCaptureFixture) -> mlcroissant.Dataset:
    with caplog.at_level(logging.WARNING):
        dataset = mlcroissant.Dataset(jsonld=json.loads(json.dumps(values)))
    assert not dataset.metadata.ctx.issues.errors
    return dataset


def test_croissant_is_accepted(caplog: pytest.LogCaptureFixture) -> None:
    dataset = read_croissant(croissant(record()), caplog)
    assert "not standard" not in caplog.text
    assert str(dataset.metadata.version) == "1.0.0"
    assert {item.id: item.sha256 for item in dataset.metadata.distribution} == {
        "file-1": "b" * 64, "main.py": "c" * 64,
    }  # fmt: skip
    address = dataset.metadata.distribution[0].content_url
    assert (
        address
        == "https://portal.example.cn/assets/lab/plots/versions/1.0.0/download/%E6%95%B0%E6%8D%AE/a%20b.csv"
    )


def test_croissant_speaks_geo_where_a_place_is_stated() -> None:
    values = croissant(record())
    assert values["conformsTo"] == [
        "http://mlcommons.org/croissant/1.1",
        "http://mlcommons.org/croissant/geo/1.0",
    ]
    assert values["spatialCoverage"]["geo"]["box"] == "39.5 116 40.5 117.25"
    assert values["temporalCoverage"] == "2018-01-01/2021-12-31"
    assert values["geocr:coordinateReferenceSystem"] == "EPSG:4490"
    assert values["geocr:spatialResolution"]["value"] == 30
    assert values["geocr:bandConfiguration"]["geocr:totalBands"] == 2


def test_croissant_without_a_place(caplog: pytest.LogCaptureFixture) -> None:
    from registry.assets.carddata import CardFacts

    values = croissant(record(facts=CardFacts(), files=[]))
    assert values["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert not [key for key in values if key.startswith("geocr:") or key == "spatialCoverage"]
    read_croissant(values, caplog)


def test_croissant_survives_anything(nasty: Record, caplog: pytest.LogCaptureFixture) -> None:
    read_croissant(croissant(nasty), caplog)


CSV = """\ufeffid,code, 面积 ,when,at,ok,note,note
1,0571,1.5,2026-01-01,2026-01-01T08:00,true,a,b
2,010,,2026-02-01,2026-02-01T08:00,false,c,d
"""


def parquet() -> bytes:
    columns = {"编号": [1, 2], "share": [0.5, None], "where": ["a", "b"], "raw": [b"x", b"y"]}
    out = io.BytesIO()
    pq.write_table(pa.table({**columns, "day": pa.array([1, 2], pa.date32())}), out)
    return out.getvalue()


def test_rows_are_loaded_by_what_is_exported(
    make: Make,
    client: Client,
    prepare: Prepare,  # noqa: F811
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    person = make.account()
    asset = make.asset(person, kind=AssetKind.dataset)
    files = {
        "plots.csv": CSV.encode(),
        "数据/a b.parquet": parquet(),
        "old.csv": "名称\n值\n".encode("gb18030"),
    }
    version = make.version(asset, files)
    for path in files:
        prepare(version, path)
    answer = client.get(f"/assets/{person.namespace.slug}/{asset.name}/export/croissant.json")
    values = answer.json()
    read_croissant(values, caplog)
    assert "not standard" not in caplog.text
    local = {}
    for item in values["distribution"]:
        local[item["@id"]] = tmp_path / item["@id"]
        local[item["@id"]].write_bytes(files[item["name"]])
    dataset = mlcroissant.Dataset(jsonld=values, mapping=local)
    csv, table = (
        item["@id"] for item in values["recordSet"]
    )  # GB 18030 is in none: its readers expect UTF-8
    first, second = list(dataset.records(csv))
    assert set(first) == {f"{csv}/{name}" for name in ("id", "code", "column-3", "when", "at", "ok")}
    assert (first[f"{csv}/id"], first[f"{csv}/column-3"], first[f"{csv}/ok"]) == (1, 1.5, True)
    assert second[f"{csv}/column-3"] is None
    assert second[f"{csv}/at"] == pd.Timestamp("2026-02-01T08:00")
    types = {field["name"]: field["dataType"] for field in values["recordSet"][0]["field"]}
    assert types["code"] == "sc:Text", "a code is no number"
    assert types["when"] == "sc:Date"
    assert types["at"] == "sc:DateTime"
    (one, _two) = dataset.records(table)
    assert one[f"{table}/编号"] == 1
    assert one[f"{table}/where"] == b"a"
    assert one[f"{table}/day"] == pd.Timestamp("1970-01-02")
    assert f"{table}/raw" not in one


@pytest.mark.parametrize("which", ["plain", "nasty"])
def test_a_crate_is_read_back(which: str, nasty: Record, tmp_path: Path, database: None) -> None:
    from portal.kit.storage import get_store

    stored = get_store().put([b"id,y\n1,2\n"])
    files = [FileEntry("数据/a b.csv", stored.sha256, stored.size, "text/csv")]
    base = (
        record(files=files)
        if which == "plain"
        else record(files=files, title=nasty.title, summary=nasty.summary)
    )
    target = tmp_path / "crate.zip"
    target.write_bytes(b"".join(zip_blocks(base.files, "files", MOMENT, made=crate_files(base))))
    with zipfile.ZipFile(io.BytesIO(target.read_bytes())) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            METADATA, "card.md", f"evaluations/{base.outcomes[0].evaluation}.json", "files/数据/a b.csv",
        ]  # fmt: skip
        assert archive.read("files/数据/a b.csv") == b"id,y\n1,2\n"
        evidence = json.loads(archive.read(f"evaluations/{base.outcomes[0].evaluation}.json"))
        assert evidence["metrics"][0]["interval_95"] == [1.25, 1.75]
    crate = ROCrate(target)
    assert crate.name == f"{base.title} 1.0.0"
    assert crate.license.id == "https://spdx.org/licenses/CC-BY-4.0.html"
    assert [author["name"] for author in crate.root_dataset["author"]] == ["张三", "Mary Ann Smith-Jones"]
    assert crate.root_dataset["author"][0]["affiliation"]["name"] == "规划院"
    parts = {entity.id: entity for entity in crate.data_entities}
    assert parts["files/%E6%95%B0%E6%8D%AE/a%20b.csv"]["sha256"] == stored.sha256
    (action,) = crate.root_dataset["mentions"]
    assert action["instrument"]["name"] == "小基准"
    values = [item for item in action["result"] if item.type == "PropertyValue"]
    assert (values[0]["value"], values[0]["minValue"], values[0]["maxValue"]) == (1.5, 1.25, 1.75)


def test_every_reference_of_a_crate_has_an_entity() -> None:
    graph = metadata(record(), {"card.md": 1})["@graph"]
    known = {entity["@id"] for entity in graph}
    assert len(known) == len(graph), "no entity twice"

    def references(value: Any) -> set[str]:
        if isinstance(value, dict):
            return {value["@id"]} if set(value) == {"@id"} else set().union(*map(references, value.values()))
        return set().union(*map(references, value)) if isinstance(value, list) else set()

    missing = references(graph) - known - {"https://w3id.org/ro/crate/1.2"}
    assert missing == {f"evaluations/{record().outcomes[0].evaluation}.json"}, (
        "a file the caller did not list"
    )
