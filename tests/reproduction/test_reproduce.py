"""A result made again from its pack: offline, in real jails, and what stands in the way of it."""

import hashlib
import json
import os
import signal
import time
from pathlib import Path

import pytest

from registry.benchmarks.digests import tree_digest
from registry.evaluation.run.place import Place
from tests.client.conftest import Terminal
from tests.evaluation.tiny import Scene
from tests.reproduction.conftest import Alone, described, evaluated, publish_labels, rewritten
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
    client: Client, scene: Scene, place: Place, alone: Alone, tmp_path: Path
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
    found = alone.json(archive)
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
    assert not jobs_of(place, os.getpid())


def sleeping(members: dict[str, bytes]) -> None:
    """The program waits for ever; all digests are made to agree."""
    pack = described(members)
    members["files/submission/main.py"] = data = b"import time\ntime.sleep(3600)\n"
    entry = next(file for file in pack["files"] if file["path"] == "submission/main.py")
    entry |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    own = [file for file in pack["files"] if file["path"].startswith("submission/")]
    pack["submission"]["digest"] = tree_digest(
        (file["path"].removeprefix("submission/"), file["sha256"]) for file in own
    )
    members["pack.json"] = json.dumps(pack).encode()


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_interrupted_it_leaves_nothing(
    client: Client, scene: Scene, place: Place, alone: Alone, tmp_path: Path, number: signal.Signals
) -> None:
    key = evaluated(scene, place, scene.program())
    publish_labels(scene)
    archive = tmp_path / "pack.zip"
    archive.write_bytes(rewritten(client.get(f"/evaluations/{key}/reproduction.zip").content, sleeping))
    process = alone.start(archive)
    assert process.stderr is not None
    said = next((line for line in process.stderr if line.startswith("Predicting")), "")
    assert "base-py3" in said
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + 120
    while not children.read_text() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    assert jobs_of(place, process.pid)
    process.send_signal(number)
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 130, out + errors
    alone.check_nothing_is_left()
    assert not jobs_of(place, process.pid)


def jobs_of(place: Place, pid: int) -> list[str]:
    """Folders of jails that the process has made; other workers of this host have theirs beside."""
    return [entry.name for entry in (place.work / "jobs").iterdir() if entry.name.split("-")[2] == str(pid)]
