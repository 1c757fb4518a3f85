"""A result made again from its pack: offline, in real jails, and what stands in the way of it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from registry.evaluation.run.place import Place
from tests.client.conftest import Terminal
from tests.evaluation.tiny import Scene
from tests.reproduction.conftest import described, evaluated, publish_labels, rewritten
from tests.support.browser import Client

ROUGH = r"""
import csv, sys
source, target = sys.argv[1], sys.argv[2]
with open(source + "/items.csv") as file, open(target + "/predictions.csv", "w") as out:
    out.write("id,y\n")
    for row in csv.DictReader(file):
        out.write("%s,%r\n" % (row["id"], 2.1 * float(row["x"]) + 0.3))
"""


def test_the_whole_way_offline(
    client: Client, scene: Scene, place: Place, offline: Callable[..., Any], tmp_path: Path
) -> None:
    key = evaluated(scene, place, scene.program(ROUGH))
    publish_labels(scene)
    answer = client.get(f"/evaluations/{key}/reproduction.zip")
    assert answer.status_code == 200
    assert answer.content == client.get(f"/evaluations/{key}/reproduction.zip").content, (
        "the same bytes again"
    )
    archive = tmp_path / "pack.zip"
    archive.write_bytes(answer.content)
    found = offline(archive)
    assert found["verdict"] == "match"
    assert [metric["name"] for metric in found["metrics"]] == ["rmse", "hits"]
    assert all(metric["verdict"] == "identical" for metric in found["metrics"])
    assert found["metrics"][0]["recorded"] > 0.3
    assert found["predictions"]["verdict"] == found["per_item"]["verdict"] == "identical"
    page = client.get(f"/evaluations/{key}/reproduction").text
    assert found["pack_sha256"] in page

    def worse(members: dict[str, bytes]) -> None:
        pack = described(members)
        pack["metrics"][0]["value"] *= 1 + 1e-5
        members["pack.json"] = json.dumps(pack).encode()

    archive.write_bytes(rewritten(answer.content, worse))
    found = Terminal().json("reproduce", archive, "--allow-weak-sandbox", code=1)
    assert found["verdict"] == "differs"
    assert [metric["verdict"] for metric in found["metrics"]] == ["differs", "identical"]
    assert found["metrics"][0]["tolerance"] < abs(found["metrics"][0]["difference"])
    assert not list((place.work / "jobs").iterdir())
