"""Whole trials in real jails, by the worker's own code; programs and outputs that mean no good."""

import asyncio
import json
import re
from typing import Any

import pytest

from registry.assets.models import AssetKind
from registry.evaluation.run.place import Place
from registry.trials.models import TrialState
from registry.trials.run.trial import run_trial
from registry.versions.models import SubmissionKind
from tests.evaluation.tiny import RUNTIME
from tests.scanning.samples import field
from tests.support.browser import Client
from tests.trials.studio import Studio

HOSTILE = """
import os, sys
target = sys.argv[2]
with open(target + "/table.csv", "w") as file:
    file.write("<script>alert(1)</script>,b\\n=cmd|'/c calc'!A0,<img src=x>\\n")
with open(target + "/picture.png", "wb") as file:
    file.write(b"\\x89PNG\\r\\n\\x1a\\n<svg onload=alert(1)>")
with open(target + "/map.geojson", "w") as file:
    file.write("[" * 100000)
with open("/proc/self/status") as file:
    print("\\x00<b>printed</b>")
"""
ENDS: list[tuple[str, str]] = [
    ("import sys\nprint('odd input')\nsys.exit(7)\n", "command_failed"),
    ("import sys\nopen(sys.argv[2] + '/other.txt', 'w').write('x')\n", "no_output"),
    ("import os, sys\nos.symlink('/etc/passwd', sys.argv[2] + '/table.csv')\n", "output_refused"),
    ("print('x' * 200_000)\n", "log_limit"),
    ("import socket\nsocket.create_connection(('127.0.0.1', 80), 2)\n", "command_failed"),
]


def test_one_press_gives_table_picture_map_and_text(client: Client, studio: Studio, place: Place) -> None:
    version = studio.program()
    trial_id = studio.asked(client, version)
    trial = studio.run(place, trial_id)
    assert trial.state is TrialState.done, (trial.failure_code, trial.failure_params, trial.log_tail)
    assert [entry["state"] for entry in trial.outputs] == ["ready"] * 4
    page = client.get(f"/trials/{trial_id}")
    assert page.status_code == 200
    assert "<svg" in page.text
    assert "-232" in page.text
    assert client.get(f"/trials/{trial_id}/outputs/1/picture").content.startswith(b"\x89PNG")
    table = client.get(f"/trials/{trial_id}/outputs/0/table.csv").text
    assert "'=1+1" in table
    assert ",-232.0," in table
    raw = client.get(f"/trials/{trial_id}/outputs/0/file")
    assert raw.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in raw.headers["content-security-policy"]
    told = client.get(f"/api/v1/trials/{trial_id}").json()
    assert [each["state"] for each in told["outputs"]] == ["ready"] * 4
    assert json.loads(client.get(told["outputs"][3]["url"]).content)["factor"] == 2.0
    for way in ("/outputs/9/file", "/outputs/x/table.csv", "/outputs/3/picture", "/outputs/-1/table.csv"):
        assert client.get(f"/trials/{trial_id}{way}").status_code == 404


LONG = """
import sys
target = sys.argv[2]
with open(target + "/table.csv", "w") as file:
    file.write("name,value\\n" + "".join(f"row{n},{n}\\n" for n in range(1, 121)))
with open(target + "/summary.json", "w") as file:
    file.write("\\n".join(f'"line{n}"' for n in range(1, 1001)))
"""


def test_long_tables_and_texts_are_turned_page_by_page(client: Client, studio: Studio, place: Place) -> None:
    trial_id = studio.asked(client, studio.program(LONG))
    assert studio.run(place, trial_id).state is TrialState.done

    def shown(query: str = "") -> tuple[list[str], str]:
        page = client.get(f"/trials/{trial_id}{query}")
        assert page.status_code == 200
        return re.findall(r"<td>(row\d+)</td>", page.text), page.text

    rows, text = shown()
    assert (rows[0], rows[-1], len(rows)) == ("row1", "row50", 50)
    onward = f"/trials/{trial_id}?page-0=2#output-0"
    assert f'href="{onward}"' in text
    assert f"/trials/{trial_id}?page-3=2#output-3" in text
    rows, text = shown("?page-0=3&page-3=2")
    assert (rows[0], rows[-1]) == ("row101", "row120")
    assert "line999" in shown("?page-3=99")[1], "beyond the end is the last page"
    assert "page-3=2&amp;page-0=2#output-0" in text, "the other output stays where it is"
    for odd in ("0", "-1", "x", "９", "99999999999"):
        assert shown(f"?page-0={odd}")[0][0] == "row1"
    assert len(client.get(f"/trials/{trial_id}/outputs/0/table.csv").text.splitlines()) == 121


def test_hostile_outputs_are_text_or_nothing(client: Client, studio: Studio, place: Place) -> None:
    trial_id = studio.asked(client, studio.program(HOSTILE))
    trial = studio.run(place, trial_id)
    assert trial.outputs[0]["state"] == "ready"
    assert {entry["state"] for entry in trial.outputs[1:3]} <= {"failed", "unsupported"}
    assert trial.outputs[3]["state"] == "missing"
    page = client.get(f"/trials/{trial_id}").text
    for text in ("<script>alert", "<img src=x>", "<b>printed"):
        assert text not in page
    assert client.get(f"/trials/{trial_id}/outputs/1/picture").status_code == 404


@pytest.mark.parametrize(("source", "code"), ENDS, ids=[code for _source, code in ENDS])
def test_every_bad_end_has_its_reason(
    client: Client, studio: Studio, place: Place, source: str, code: str
) -> None:
    trial_id = studio.asked(client, studio.program(source))
    trial = studio.run(place, trial_id)
    assert (trial.state, trial.failure_code) == (TrialState.failed, code), trial.log_tail
    page = client.get(f"/trials/{trial_id}").text
    assert "callout" in page
    if code == "command_failed":
        assert "程序最后打印的内容" in page


def test_cancelling_ends_the_jail(client: Client, studio: Studio, place: Place) -> None:
    trial_id = studio.asked(client, studio.program("import time\ntime.sleep(20)\n"))

    async def run() -> None:
        running = asyncio.create_task(run_trial(place, place.slots, trial_id))
        while studio.row(trial_id).state is not TrialState.running:
            await asyncio.sleep(0.1)
        answer = await asyncio.to_thread(client.post, f"/trials/{trial_id}/cancel")
        assert answer.status_code == 303
        await running

    asyncio.run(run())
    assert studio.row(trial_id).state is TrialState.cancelled


def summing_model() -> bytes:
    """ONNX: the sum of two features, x (n, 2) -> y (n)."""

    def value(name: str, *sizes: bytes) -> bytes:
        shape = b"".join(field(1, size) for size in sizes)
        return field(1, name) + field(2, field(1, b"\x08\x01" + field(2, shape)))

    axes = field(1, "axes") + b"\x40\x01\xa0\x01\x07"
    keep = field(1, "keepdims") + b"\x18\x00\xa0\x01\x02"
    node = field(1, "x") + field(2, "y") + field(4, "ReduceSum") + field(5, axes) + field(5, keep)
    rows = field(2, "n")
    graph = field(1, node) + field(2, "g")
    graph += field(11, value("x", rows, b"\x08\x02")) + field(12, value("y", rows))
    return b"\x08\x07" + field(7, graph) + field(8, field(1, "") + b"\x10\x0b")


def model(studio: Studio, files: dict[str, bytes]) -> Any:
    asset = studio.make.asset(studio.owner, kind=AssetKind.model)
    runtime = RUNTIME.replace("base", "geo")
    return studio.make.version(
        asset, {"model.onnx": summing_model(), **files}, submission=SubmissionKind.model, runtime=runtime
    )


def test_a_model_without_interface_takes_a_table(client: Client, studio: Studio, place: Place) -> None:
    version = model(studio, {"examples/items.csv": b"id,a,b\nx,1,2\ny,3,4\n"})
    sample = studio.run(place, studio.asked(client, version))
    assert sample.state is TrialState.done, (sample.failure_params, sample.log_tail)
    assert sample.sampled
    page = client.get(f"/trials/{sample.id}").text
    assert "3.0" in page
    assert "7.0" in page
    typed = studio.run(place, studio.asked(client, version, **{"t-items": "a\tb\n-1\t0.5\n"}))
    assert client.get(f"/trials/{typed.id}/outputs/0/file").text == "id,prediction\n1,-0.5\n"
    narrow = studio.run(place, studio.asked(client, version, **{"t-items": "a\n1\n"}))
    assert narrow.failure_code == "model_refused"
    assert "takes 2 features" in narrow.log_tail
    refused = client.post(f"{studio.url(version)}/try", data={"t-items": "a,b\n1,two\n"})
    assert refused.status_code == 422
    assert "two" in refused.text
