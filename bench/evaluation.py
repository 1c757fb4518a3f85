"""An evaluation of a program of one second in two jails, submit to score, against its two commands bare."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from sqlmodel import Session

from bench.support import Line, in_turns, median_ratio
from portal.kit import db as kit_db
from registry.evaluation import actions
from registry.evaluation.models import ACTIVE, Evaluation, EvaluationState
from registry.evaluation.run.place import runtime_root
from registry.sandbox.runtimes import Runtime, find
from registry.versions.models import SubmissionKind
from tests.evaluation.tiny import PERFECT, RUNTIME, Scene, actor
from tests.support.make import Make

PROGRAM = "import time\ntime.sleep(1)\n" + PERFECT


def bare(runtime: Runtime, folder: Path) -> float:
    """Seconds of both commands, one after the other, by the same interpreter with the same packages and no jail."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    python = [str(runtime.path / "bin" / runtime.executable)]
    system = str(runtime.path / "sys")
    env = {
        "PYTHONHOME": str(runtime.path), "PYTHONPATH": str(runtime.path / "site"), "LD_LIBRARY_PATH": system,
        "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1",
    }  # fmt: skip
    begin = time.perf_counter()
    given = {**env, "INPUT": str(folder / "input"), "OUTPUT": str(out)}
    command = [*python, "main.py", str(folder / "input"), str(out)]
    subprocess.run(command, cwd=folder / "submission", env=given, check=True, stdout=subprocess.DEVNULL)
    shutil.copy(out / "predictions.csv", folder / "score-input" / "predictions" / "predictions.csv")
    command = [*python, "score.py", str(folder / "score-input"), str(out)]
    subprocess.run(command, cwd=folder / "scorer", env=env, check=True)
    return time.perf_counter() - begin


def lay_bare(folder: Path) -> None:
    """The same files as the jails see, as folders."""
    from tests.evaluation.tiny import manifest, tree

    files = tree(manifest())
    for path, target in (
        ("inputs/items.csv", "input/items.csv"),
        ("labels/labels.csv", "score-input/labels/labels.csv"),
        ("scorer/score.py", "scorer/score.py"),
    ):
        (folder / target).parent.mkdir(parents=True, exist_ok=True)
        (folder / target).write_bytes(files[path])
    (folder / "score-input/predictions").mkdir(parents=True)
    (folder / "submission").mkdir()
    (folder / "submission/main.py").write_text(PROGRAM)


def evaluate(scene: Scene, number: int) -> float:
    """Seconds from the submission to the accepted result, as anyone who asks the database would see it."""
    files = {
        "main.py": PROGRAM.encode(),
        "cspon.yaml": f"name: bench\nruntime: {RUNTIME}\ncommand: python main.py $input $output\n".encode(),
    }
    version = scene.submission(SubmissionKind.program, files, number=f"1.0.{number}", runtime=RUNTIME)
    begin = time.perf_counter()
    with kit_db.transaction() as session:
        evaluation = actions.request_evaluation(
            session, actor(scene.researcher), version_id=version.id, benchmark_id=scene.benchmark.id
        )
    while True:
        time.sleep(0.005)
        with kit_db.transaction() as session:
            found = session.get(Evaluation, evaluation.id)
            assert found is not None
            if found.state not in ACTIVE:
                break
    seconds = time.perf_counter() - begin
    assert found.state is EvaluationState.done, (found.state, found.failure_code, found.failure_params)
    return seconds


def run(database_url: str, home: Path, work: Path, rounds: int = 5) -> Line:
    """One idle worker process; rounds in turns with the bare commands."""
    from portal.settings import get_settings

    kit_db.configure(database_url)
    runtime = find(RUNTIME, runtime_root(get_settings()))
    env = {
        **os.environ, "CSPON_DATABASE_URL": database_url, "CSPON_HOME": str(home), "CSPON_SANDBOX_WEAK": "true",
        "CSPON_WORKER_MIN_FREE_GB": "0", "CSPON_RUNTIME_DIR": str(runtime_root(get_settings())),
    }  # fmt: skip
    with Session(kit_db.engine(), expire_on_commit=False) as db:
        scene = Scene(db, Make(db), quota={"per_day": 1000, "total": 1000})
        folder = work / "bare"
        lay_bare(folder)
        worker = subprocess.Popen([sys.executable, "-m", "portal.cli", "worker"], env=env)
        try:
            numbers = iter(range(1000))
            evaluate(scene, next(numbers))
            bare(runtime, folder)
            seen = in_turns(
                {"ours": lambda: evaluate(scene, next(numbers)), "bare": lambda: bare(runtime, folder)},
                rounds,
            )
        finally:
            worker.terminate()
            worker.wait(20)
    return Line(
        "evaluation of a program of 1 s in two jails", "its two commands bare in the same runtime",
        median_ratio(seen["ours"], seen["bare"]), 1.15, False, seen,
    )  # fmt: skip
