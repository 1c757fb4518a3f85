"""Every way to fail, end to end through the worker's own code, and the words a researcher gets."""

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session, select

from portal.audit.models import AuditEvent
from portal.kit.i18n import set_locale
from portal.notices.models import Notice
from registry.benchmarks.models import BenchmarkVersion
from registry.evaluation.failures import FAILURES, clean, words
from registry.evaluation.models import Attempt, AttemptState, Evaluation, EvaluationState, Result
from registry.evaluation.run.attempt import run_attempt
from registry.evaluation.run.place import Place
from registry.versions.models import StoredBlob, SubmissionKind, VersionFile, VersionState
from tests.evaluation.tiny import RUNTIME, Scene

HEAD = "import os, sys, time\nsource, target = sys.argv[1], sys.argv[2]\n"
ROWS = "''.join('i%d,%d\\n' % (n, 2 * n) for n in range(12))"
WRITE = f"open(target + '/predictions.csv', 'w').write('id,y\\n' + {ROWS})\n"

PROGRAMS = {
    "command_failed": "raise ValueError('no column named z')\n",
    "signalled": "import ctypes\nctypes.string_at(0)\n",
    "time_limit": "time.sleep(600)\n",
    "memory_limit": "block = bytearray(700 << 20)\nfor i in range(0, len(block), 4096): block[i] = 1\n",
    "output_limit": "open(target + '/predictions.csv', 'wb').write(b'x' * (40 << 20))\n",
    "log_limit": "while True: print('x' * 1000)\n",
    "denied_limit": "import ctypes\ncalls = ctypes.CDLL(None)\nwhile True: calls.socket(2, 1, 0)\n",
    "output_refused": WRITE + "os.symlink('/etc/passwd', target + '/other.csv')\n",
    "predictions_missing": "open(target + '/prediction.csv', 'w').write('id,y\\n')\n",
    "predictions_refused": "open(target + '/predictions.csv', 'w').write('id,z\\n1,2\\n')\n",
}
SAYS = {
    "command_failed": "no column named z",
    "signalled": "SIGSEGV",
    "time_limit": "2",
    "memory_limit": "256",
    "log_limit": "16",
    "denied_limit": "100000",
    "predictions_missing": "predictions.csv",
    "predictions_refused": "malformed",
}


def run(place: Place, evaluation_id: uuid.UUID) -> None:
    asyncio.run(run_attempt(place, evaluation_id))


def limits(**changes: int) -> dict[str, int]:
    return {
        "time_s": 20,
        "memory_mb": 256,
        "threads": 1,
        "output_mb": 4,
        "output_files": 20,
        "log_kb": 16,
        **changes,
    }


@pytest.mark.parametrize("code", PROGRAMS)
def test_faults_of_a_program_are_final_and_explained(
    db: Session, scene_with: Callable[..., Scene], place: Place, code: str
) -> None:
    scene = scene_with(limits=limits(time_s=2))
    evaluation_id = scene.request(scene.program(HEAD + PROGRAMS[code]))
    run(place, evaluation_id)
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert (evaluation.state, evaluation.failure_code) == (EvaluationState.failed_user, code)
    assert not evaluation.quota_returned
    assert SAYS.get(code, "") in words(code, evaluation.failure_params).text
    assert db.exec(select(Attempt)).one().state is AttemptState.failed
    assert db.exec(select(Result)).all() == []
    assert (
        db.exec(select(Notice).where(Notice.account_id == scene.researcher.id))
        .one()
        .url.endswith(str(evaluation_id))
    )


def test_the_submission_never_sees_labels_scorer_or_network(db: Session, scene: Scene, place: Place) -> None:
    source = HEAD + (
        "import socket\n"
        "found = [os.path.join(d, f) for d, _, fs in os.walk('/') for f in fs if 'label' in f or f == 'score.py']\n"
        "assert not [f for f in found if not f.startswith(('/proc', '/runtime', '/sys'))], found\n"
        "try:\n    socket.socket(socket.AF_INET)\n    raise SystemExit(9)\nexcept PermissionError:\n    pass\n"
    )
    evaluation_id = scene.request(scene.program(source + WRITE))
    run(place, evaluation_id)
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert evaluation.state is EvaluationState.done, (evaluation.failure_code, evaluation.failure_params)


@pytest.mark.parametrize(
    ("description", "code"),
    [
        ("name: p\nruntime: base-py311\n", "manifest_invalid"),
        ("name: p\ncommand: 'python \"main.py'\n", "manifest_invalid"),
        ("name: [\n", "manifest_invalid"),
        ("a: &x [1]\nb: *x\ncommand: python main.py\n", "manifest_invalid"),
        ("command: python main.py\nresources: {time_s: -1}\n", "manifest_invalid"),
    ],
)
def test_a_description_that_does_not_hold(
    db: Session, scene: Scene, place: Place, description: str, code: str
) -> None:
    version = scene.submission(
        SubmissionKind.program, {"cspon.yaml": description.encode(), "main.py": b""}, runtime=RUNTIME
    )
    evaluation_id = scene.request(version)
    run(place, evaluation_id)
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert (evaluation.state, evaluation.failure_code) == (EvaluationState.failed_user, code)


def test_a_program_may_ask_for_less_than_the_benchmark_allows(
    db: Session, scene: Scene, place: Place
) -> None:
    described = f"command: python main.py $input $output\nruntime: {RUNTIME}\nresources: {{time_s: 1}}\n"
    files = {"cspon.yaml": described.encode(), "main.py": b"import time; time.sleep(60)"}
    evaluation_id = scene.request(scene.submission(SubmissionKind.program, files, runtime=RUNTIME))
    run(place, evaluation_id)
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert evaluation.failure_code == "time_limit"
    assert evaluation.failure_params == {"time_s": "1"}


def test_a_model_submission_without_a_model(db: Session, scene: Scene, place: Place) -> None:
    version = scene.submission(SubmissionKind.model, {"README.md": b"no model"}, runtime=RUNTIME)
    evaluation_id = scene.request(version)
    run(place, evaluation_id)
    assert db.get_one(Evaluation, evaluation_id).failure_code == "model_missing"


def test_predictions_that_lack_the_file(db: Session, scene: Scene, place: Place) -> None:
    version = scene.submission(SubmissionKind.predictions, {"answers.csv": b"id,y\n"})
    evaluation_id = scene.request(version)
    run(place, evaluation_id)
    assert db.get_one(Evaluation, evaluation_id).failure_code == "predictions_missing"


def test_a_version_withdrawn_while_it_waited(db: Session, scene: Scene, place: Place) -> None:
    version = scene.program()
    evaluation_id = scene.request(version)
    version.state = VersionState.yanked
    db.add(version)
    db.commit()
    run(place, evaluation_id)
    assert db.get_one(Evaluation, evaluation_id).failure_code == "yanked"


def scorer(
    scores: str, items: str = '{"id": "a", "e2": 4.0, "hit": 1.0}\n{"id": "b", "e2": 4.0, "hit": 0.0}\n'
) -> str:
    return (
        "import sys\ntarget = sys.argv[2]\n"
        f"open(target + '/scores.json', 'w').write({scores!r})\n"
        f"open(target + '/per_item.jsonl', 'w').write({items!r})\n"
    )


GOOD = '{"rmse": 2.0, "hits": 0.5}'
SCORERS = {
    "scorer_failed": ["raise RuntimeError('the scorer is broken')\n", "import time\ntime.sleep(600)\n"],
    "scores_invalid": [
        "pass\n",
        scorer('{"rmse": NaN, "hits": 0.5}'),
        scorer('{"rmse": 2.0}'),
        scorer('{"rmse": 2.0, "hits": 0.5, "extra": 1}'),
        scorer('{"rmse": 1e400, "hits": 0.5}'),
        scorer('{"rmse": 2.0, "rmse": 1.0, "hits": 0.5}'),
        scorer("[" * 100_000),
        scorer('{"rmse": true, "hits": 0.5}'),
        scorer(GOOD, ""),
        scorer(GOOD, '{"id": "a", "e2": 4.0}\n'),
        scorer(GOOD, '{"id": "a", "e2": 4.0, "hit": 1.0, "x": 1}\n'),
        scorer(GOOD, '{"id": "a", "e2": 4.0, "hit": 1.0}\n{"id": "a", "e2": 4.0, "hit": 0.0}\n'),
        scorer(GOOD, '{"id": "a", "e2": Infinity, "hit": 1.0}\n'),
        scorer(GOOD, '{"id": ["a"], "e2": 4.0, "hit": 1.0}\n'),
        "import os, sys\nos.symlink('/input/labels/labels.csv', sys.argv[2] + '/scores.json')\n",
    ],
    "scores_inconsistent": [scorer('{"rmse": 1.0, "hits": 0.5}'), scorer('{"rmse": 2.00001, "hits": 0.5}')],
}


@pytest.mark.parametrize(("code", "source"), [(code, one) for code, all_ in SCORERS.items() for one in all_])
def test_faults_of_a_scorer_cost_the_submitter_nothing(
    db: Session, scene_with: Callable[..., Scene], place: Place, code: str, source: str
) -> None:
    scene = scene_with(scorer=source, limits=limits(time_s=2))
    evaluation_id = scene.request(scene.predictions())
    run(place, evaluation_id)
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert (evaluation.state, evaluation.failure_code) == (EvaluationState.failed_platform, code)
    assert evaluation.quota_returned
    assert evaluation.attempt_count == 1, "a scorer does not get better by trying again"
    assert db.exec(select(Result)).all() == []
    told = db.exec(select(Notice).where(Notice.account_id == scene.owner.id)).all()
    assert any(notice.url == f"/evaluations/{evaluation_id}" for notice in told)


def test_scores_that_agree_are_accepted(db: Session, scene_with: Callable[..., Scene], place: Place) -> None:
    scene = scene_with(scorer=scorer('{"rmse": 2.0000000001, "hits": 0.5}'))
    evaluation_id = scene.request(scene.predictions())
    run(place, evaluation_id)
    assert db.get_one(Evaluation, evaluation_id).state is EvaluationState.done


def test_one_item_has_a_value_and_no_interval(
    db: Session, scene_with: Callable[..., Scene], place: Place
) -> None:
    scene = scene_with(scorer=scorer('{"rmse": 2.0, "hits": 1.0}', '{"id": "a", "e2": 4.0, "hit": 1.0}\n'))
    run(place, scene.request(scene.predictions()))
    result = db.exec(select(Result)).one()
    assert (result.resamples, result.item_count) == (0, 1)


def test_a_runtime_that_is_not_built_is_tried_elsewhere_and_then_said(
    db: Session, scene: Scene, place: Place
) -> None:
    version = scene.program()
    version.runtime = "mlflow-py310"
    db.add(version)
    db.commit()
    evaluation_id = scene.request(version)
    for tries in (1, 2):
        run(place, evaluation_id)
        db.expire_all()
        evaluation = db.get_one(Evaluation, evaluation_id)
        assert (evaluation.state, evaluation.attempt_count) == (EvaluationState.queued, tries)
    run(place, evaluation_id)
    db.expire_all()
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert (evaluation.state, evaluation.failure_code) == (EvaluationState.failed_platform, "runtime_missing")
    assert evaluation.quota_returned


def test_a_file_missing_in_the_store_is_the_platforms_fault(db: Session, scene: Scene, place: Place) -> None:
    version = scene.predictions()
    row = db.exec(select(VersionFile).where(VersionFile.version_id == version.id)).one()
    db.add(StoredBlob(sha256="0" * 64, size=3))
    db.flush()
    row.sha256 = "0" * 64
    db.commit()
    evaluation_id = scene.request(version)
    run(place, evaluation_id)
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert evaluation.state is EvaluationState.queued
    assert db.exec(select(Attempt)).one().failure_code == "store_fault"


def test_a_manifest_that_no_longer_reads_is_the_benchmarks_fault(
    db: Session, scene: Scene, place: Place
) -> None:
    benchmark = db.get_one(BenchmarkVersion, scene.benchmark.id)
    benchmark.manifest = {**benchmark.manifest, "metrics": []}
    db.commit()
    evaluation_id = scene.request(scene.predictions())
    run(place, evaluation_id)
    assert db.get_one(Evaluation, evaluation_id).failure_code == "benchmark_invalid"


def test_every_move_is_in_the_audit_log(db: Session, scene: Scene, place: Place) -> None:
    evaluation_id = scene.request(scene.program())
    run(place, evaluation_id)
    events = db.exec(select(AuditEvent).where(AuditEvent.object_id == str(evaluation_id))).all()
    assert [event.verb for event in sorted(events, key=lambda e: e.seq or 0)] == [
        "evaluation.requested",
        "evaluation.queued",
        "evaluation.predicting",
        "evaluation.scoring",
        "evaluation.done",
    ]
    json.dumps([event.evidence for event in events])


@pytest.mark.parametrize("locale", ["zh_Hans", "en"])
def test_all_failures_have_words(locale: str) -> None:
    set_locale(locale)
    names = [
        *("runtime", "reason", "exit_code", "seconds", "last", "signal", "time_s", "memory_mb", "output_mb"),
        *("output_files", "log_kb", "files", "metric", "given", "found", "attempts", "state"),
    ]
    everything: dict[str, Any] = dict.fromkeys(names, "7")
    for code in FAILURES:
        said = words(code, everything)
        assert said.title
        assert said.text
        assert said.advice
        assert "%(" not in said.text
        words(code, {})
    assert words("of-a-newer-program", {}).title


def test_what_a_program_prints_is_cleaned() -> None:
    assert clean("a\x1b[31mb\u202e  c\n\nd") == "a\N{REPLACEMENT CHARACTER}[31mb\N{REPLACEMENT CHARACTER} c d"
    assert len(clean("x" * 5000)) == 300
