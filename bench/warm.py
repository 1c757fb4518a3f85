"""Evaluations by the skops runner and a scikit-learn scorer, in warm and in cold jails, against the commands bare."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from sqlmodel import Session

from bench.support import Line, median_ratio
from portal.kit import db as kit_db
from registry.evaluation import actions
from registry.evaluation.models import Evaluation, EvaluationState
from registry.evaluation.run.attempt import run_attempt
from registry.evaluation.run.place import Place, runtime_root
from registry.evaluation.run.plan import RUNNERS
from registry.sandbox.backend import MIB
from registry.sandbox.detect import detect
from registry.sandbox.runtimes import Runtime, find
from registry.sandbox.slots import SlotPool
from registry.sandbox.warm import Pool
from registry.versions.models import SubmissionKind
from tests.evaluation.tiny import Scene, actor, manifest, tree
from tests.support.make import Make

RUNTIME = f"geo-py3{sys.version_info.minor}"
WARM_BOUND, COLD_BOUND = 0.35, 1.1
FIT = """
import numpy as np, skops.io, sys
from sklearn.ensemble import RandomForestRegressor
x = np.arange(400.0)[:, None]
skops.io.dump(RandomForestRegressor(20, random_state=1).fit(x, 2 * x[:, 0]), sys.argv[1])
"""
SCORER = """
import csv, json, sys
from sklearn.metrics import mean_squared_error
source, target = sys.argv[1], sys.argv[2]
def read(path):
    with open(source + path) as file:
        return {row["id"]: float(row["y"]) for row in csv.DictReader(file)}
truth, given = read("/labels/labels.csv"), read("/predictions/predictions.csv")
rows = [{"id": key, "e2": (given[key] - truth[key]) ** 2, "hit": float(round(given[key]) == round(truth[key]))}
        for key in truth]
with open(target + "/per_item.jsonl", "w") as file:
    file.writelines(json.dumps(row) + "\\n" for row in rows)
with open(target + "/scores.json", "w") as file:
    json.dump({"rmse": mean_squared_error(list(truth.values()), [given[key] for key in truth]) ** 0.5,
               "hits": sum(r["hit"] for r in rows) / len(rows)}, file)
"""
CHANGES = {
    "runtime": RUNTIME,
    "limits": {
        "time_s": 60, "memory_mb": 1024, "threads": 1, "output_mb": 4, "output_files": 20, "log_kb": 16,
    },
}  # fmt: skip


class Bare:
    """The same two commands by the same interpreter with the same packages, and no jail."""

    def __init__(self, runtime: Runtime, folder: Path) -> None:
        self._folder = folder
        self._python = str(runtime.path / "bin" / runtime.executable)
        self._env = {
            **runtime.env(1), "PYTHONHOME": str(runtime.path), "PYTHONPATH": str(runtime.path / "site"),
            "LD_LIBRARY_PATH": str(runtime.path / "sys"), "HOME": str(folder), "PATH": os.environ["PATH"],
        }  # fmt: skip
        declared = manifest(**CHANGES)
        files = tree(declared, SCORER)
        for path, target in (
            ("inputs/items.csv", "input/items.csv"),
            ("labels/labels.csv", "score-input/labels/labels.csv"),
            ("scorer/score.py", "scorer/score.py"),
        ):
            (folder / target).parent.mkdir(parents=True, exist_ok=True)
            (folder / target).write_bytes(files[path])
        for name in ("score-input/predictions", "submission", "out"):
            (folder / name).mkdir(parents=True)
        (folder / "model_io.json").write_text(json.dumps(declared["model_io"]))
        self.call("submission", ["-c", FIT, str(self.model)])

    @property
    def model(self) -> Path:
        """The fitted model's file."""
        return self._folder / "submission/model.skops"

    def call(self, cwd: str, arguments: list[str]) -> None:
        """Run the runtime's Python in a folder; an error ends the measurement."""
        subprocess.run(
            [self._python, *arguments],
            cwd=self._folder / cwd,
            env=self._env,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    def seconds(self) -> float:
        """Both commands, one after the other."""
        folder = self._folder
        out = folder / "out"
        begin = time.perf_counter()
        runner = [
            str(RUNNERS / "skops_runner.py"),
            str(folder / "input"),
            str(out),
            str(folder / "model_io.json"),
        ]
        self.call("submission", runner)
        shutil.copy(out / "predictions.csv", folder / "score-input/predictions/predictions.csv")
        self.call("scorer", ["score.py", str(folder / "score-input"), str(out)])
        return time.perf_counter() - begin


async def evaluate(scene: Scene, place: Place, model: bytes, number: int) -> float:
    """Seconds from the request to the end of the attempt: result recorded, jails cleared away."""
    version = scene.submission(
        SubmissionKind.model, {"model.skops": model}, number=f"1.0.{number}", runtime=RUNTIME
    )
    begin = time.perf_counter()
    with kit_db.transaction() as session:
        evaluation = actions.request_evaluation(
            session, actor(scene.researcher), version_id=version.id, benchmark_id=scene.benchmark.id
        )
    await run_attempt(place, evaluation.id)
    seconds = time.perf_counter() - begin
    with kit_db.transaction() as session:
        found = session.get(Evaluation, evaluation.id)
        assert found is not None
        assert found.state is EvaluationState.done, (found.state, found.failure_code, found.failure_params)
    return seconds


async def measure(scene: Scene, bare: Bare, places: dict[str, Place], rounds: int) -> dict[str, list[float]]:
    """Every case once per round, in changing order; jails are started between the cases and never during one."""
    seen: dict[str, list[float]] = {"warm": [], "cold": [], "bare": []}
    model = bare.model.read_bytes()
    pool = places["warm"].pool
    assert pool is not None
    number = 0
    for turn in range(
        -1, rounds
    ):  # the first is not counted: it fills caches, and tells the pool what is wanted
        for name in seen if turn % 2 == 0 else reversed(seen):
            number += 1
            await pool.settle()
            before = pool.snapshot().warm_jobs
            taken = bare.seconds() if name == "bare" else await evaluate(scene, places[name], model, number)
            if turn >= 0:
                assert pool.snapshot().warm_jobs - before == (2 if name == "warm" else 0)
                seen[name].append(taken)
    await pool.close()
    return seen


def run(database_url: str, work: Path, rounds: int = 5) -> list[Line]:
    """Both lines from the same rounds; none where the sandbox is weak, for such a host keeps no warm jails."""
    from portal.settings import get_settings

    kit_db.configure(database_url)
    settings = get_settings().model_copy(update={"worker_min_free_gb": 0.0})
    backend = detect(weak_allowed=True)
    if backend.grade == "weak":
        return []
    slots = SlotPool(backend.work / "slots", 16)
    root = runtime_root(settings)
    pool = Pool(backend, slots, memory_bytes=1024 * MIB, jails=8)
    places = {
        name: Place(backend, slots, root, backend.work, settings, pool=pool if name == "warm" else None)
        for name in ("warm", "cold")
    }
    bare = Bare(find(RUNTIME, root), work / "warm")
    with Session(kit_db.engine(), expire_on_commit=False) as db:
        scene = Scene(db, Make(db), SCORER, quota={"per_day": 1000, "total": 1000}, **CHANGES)
        seen = asyncio.run(measure(scene, bare, places, rounds))
    against = "the same two commands bare"
    return [
        Line(
            f"evaluation by skops runner and scikit-learn scorer, {name} jails", against,
            median_ratio(seen[name], seen["bare"]), bound, False, {name: seen[name], "bare": seen["bare"]},
        )
        for name, bound in (("warm", WARM_BOUND), ("cold", COLD_BOUND))
    ]  # fmt: skip
