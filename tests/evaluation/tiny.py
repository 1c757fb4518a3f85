"""A benchmark small enough for a test, and submissions that do what their name says."""

import sys
import uuid
from typing import Any

import yaml
from sqlmodel import Session

from portal.kit.actor import SYSTEM, Actor
from portal.kit.db import transaction
from registry.assets.models import Asset, AssetKind
from registry.benchmarks import actions as benchmarks
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation import actions
from registry.versions.models import SubmissionKind, Version
from tests.support.make import Make, Person

RUNTIME = f"base-py3{sys.version_info.minor}"
ITEMS = 12
HIDDEN = ("labels/", "scorer/", "inputs/")

SCORER = r"""
import csv, json, math, os, sys
source, target = sys.argv[1], sys.argv[2]
with open(source + "/labels/labels.csv") as file:
    truth = {row["id"]: float(row["y"]) for row in csv.DictReader(file)}
try:
    with open(source + "/predictions/predictions.csv") as file:
        given = {row["id"]: float(row["y"]) for row in csv.DictReader(file)}
except (KeyError, ValueError) as error:
    sys.stderr.write("predictions.csv is malformed: %s\n" % error)
    raise SystemExit(3)
if given.keys() != truth.keys():
    sys.stderr.write("the ids do not match\n")
    raise SystemExit(3)
if os.path.exists("/submission"):
    raise SystemExit("the scorer sees the submission")
rows = [{"id": key, "e2": (given[key] - truth[key]) ** 2, "hit": float(round(given[key]) == round(truth[key]))}
        for key in truth]
with open(target + "/per_item.jsonl", "w") as file:
    file.writelines(json.dumps(row) + "\n" for row in rows)
with open(target + "/scores.json", "w") as file:
    json.dump({"rmse": math.sqrt(sum(r["e2"] for r in rows) / len(rows)),
               "hits": sum(r["hit"] for r in rows) / len(rows)}, file)
"""

PERFECT = r"""
import csv, os, sys
source, target = sys.argv[1], sys.argv[2]
assert os.environ["INPUT"] == source and os.environ["OUTPUT"] == target
assert not os.path.exists(source + "/labels"), "labels are visible"
print("reading", flush=True)
with open(source + "/items.csv") as file, open(target + "/predictions.csv", "w") as out:
    out.write("id,y\n")
    for row in csv.DictReader(file):
        out.write("%s,%s\n" % (row["id"], 2 * float(row["x"])))
print("done")
"""


def manifest(**changes: Any) -> dict[str, Any]:
    """A manifest that holds, with changes."""
    return {
        "title": {"zh": "小基准", "en": "Tiny benchmark"},
        "task": {"zh": "task.zh.md", "en": "task.en.md"},
        "accepts": ["predictions", "program", "model"],
        "inputs_public": False,
        "runtime": RUNTIME,
        "scorer": {"runtime": changes.get("runtime", RUNTIME), "command": "python score.py $input $output"},
        "predictions": {"files": ["predictions.csv"]},
        "model_io": {
            "file": "items.csv",
            "id": "id",
            "features": ["x"],
            "output": "predictions.csv",
            "column": "y",
        },
        "metrics": [
            {
                "name": "rmse",
                "title": {"zh": "均方根误差", "en": "RMSE"},
                "unit": "m",
                "direction": "lower",
                "primary": True,
                "aggregate": "sqrt_mean",
                "value": "e2",
                "formula": "√(mean (ŷ − y)²)",
            },
            {
                "name": "hits",
                "title": {"zh": "命中率", "en": "Hit rate"},
                "unit": "",
                "direction": "higher",
                "aggregate": "mean",
                "value": "hit",
            },
        ],
        "limits": {
            "time_s": 20,
            "memory_mb": 256,
            "threads": 1,
            "output_mb": 4,
            "output_files": 20,
            "log_kb": 16,
        },
        "quota": {"per_day": 5, "total": 50},
        "logs_visible": True,
        **changes,
    }


def tree(declared: dict[str, Any], scorer: str = SCORER) -> dict[str, bytes]:
    """The files of the benchmark; y = 2 x."""
    return {
        "benchmark.yaml": yaml.safe_dump(declared, allow_unicode=True).encode(),
        "task.zh.md": "# 任务\n\n由 x 求 y。\n".encode(),
        "task.en.md": b"# Task\n\nFind y from x.\n",
        "public/sample.csv": b"id,y\na,1\n",
        "inputs/items.csv": ("id,x\n" + "".join(f"i{n},{n}\n" for n in range(ITEMS))).encode(),
        "labels/labels.csv": ("id,y\n" + "".join(f"i{n},{2 * n}\n" for n in range(ITEMS))).encode(),
        "scorer/score.py": scorer.encode(),
    }


def answers(error: float = 0.0) -> bytes:
    """Predictions that are off by ``error``."""
    return ("id,y\n" + "".join(f"i{n},{2 * n + error}\n" for n in range(ITEMS))).encode()


def actor(person: Person, *more: uuid.UUID, roles: tuple[str, ...] = ()) -> Actor:
    """Somebody who may publish in the own namespace."""
    return Actor(
        id=person.id,
        name=person.account.name,
        namespace=person.namespace.slug,
        namespace_id=person.namespace.id,
        namespaces=frozenset({person.namespace.id, *more}),
        roles=frozenset(roles),
    )


class Scene:
    """An owner with a benchmark, and a researcher with submissions."""

    def __init__(
        self,
        db: Session,
        make: Make,
        scorer: str = SCORER,
        more: dict[str, bytes] | None = None,
        **changes: Any,
    ) -> None:
        self.db, self.make = db, make
        self.owner = make.account("基准主")
        self.researcher = make.account("研究者")
        self.asset = make.asset(self.owner, kind=AssetKind.benchmark, title="小基准")
        self.base = make.version(
            self.asset,
            {**tree(manifest(**changes), scorer), **(more or {})},
            submission=SubmissionKind.files,
            hidden=HIDDEN,
        )
        with transaction() as session:
            found = benchmarks.register(session, SYSTEM, version_id=self.base.id)
        assert found is not None
        self.benchmark: BenchmarkVersion = found

    def submission(
        self, kind: SubmissionKind, files: dict[str, bytes], *, asset: Asset | None = None, **values: Any
    ) -> Version:
        """A published version of the researcher."""
        asset = asset or self.make.asset(self.researcher)
        return self.make.version(asset, files, submission=kind, **values)

    def program(
        self, source: str = PERFECT, *, more: dict[str, bytes] | None = None, **values: Any
    ) -> Version:
        """A program of one file, and ``more`` files beside it."""
        described = f"name: p\nruntime: {RUNTIME}\ncommand: python main.py $input $output\n"
        files = {
            "cspon.yaml": described.encode(),
            "main.py": source.encode(),
            "LICENSE": b"MIT",
            **(more or {}),
        }
        return self.submission(SubmissionKind.program, files, runtime=RUNTIME, **values)

    def predictions(self, data: bytes | None = None, **values: Any) -> Version:
        """Uploaded answers."""
        files = {"predictions.csv": answers() if data is None else data}
        return self.submission(SubmissionKind.predictions, files, **values)

    def request(self, version: Version, who: Person | None = None) -> uuid.UUID:
        """Ask for an evaluation."""
        with transaction() as session:
            evaluation = actions.request_evaluation(
                session, actor(who or self.researcher), version_id=version.id, benchmark_id=self.benchmark.id
            )
            return evaluation.id
