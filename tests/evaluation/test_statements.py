"""Every result comes with a statement that others can check, and that the log binds."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlmodel import Session, select

from portal.audit.models import AuditEvent
from portal.cli import main
from portal.kit.signing import Ed25519Signer, dsse, public_text, read_public
from registry.evaluation import actions, statements
from registry.evaluation.models import Attempt, Result, ResultStatement
from tests.evaluation.conftest import Scene
from tests.evaluation.test_fencing import claim, finding, in_transaction
from tests.support.browser import Client


def _done(scene: Scene) -> Any:
    evaluation_id = scene.request(scene.program())
    order = claim(evaluation_id)
    in_transaction(lambda s: actions.to_scoring(s, order.lease, limit_s=20))
    in_transaction(lambda s: actions.finish_done(s, order.lease, finding()))
    return evaluation_id


def test_a_result_is_stated_and_the_log_binds_it(
    db: Session, scene: Scene, client: Client, tmp_path: Path
) -> None:
    evaluation_id = _done(scene)
    row = db.exec(select(ResultStatement)).one()
    attempt = db.exec(select(Attempt)).one()
    read = dsse.read_statement(
        row.envelope, [read_public(row.public_key)], predicate_type=statements.PREDICATE
    )
    assert list(read.subjects.values()) == ["1" * 64]
    said = read.predicate
    assert said["metrics"]["rmse"] == {"value": 1, "low": 0.5, "high": 1.5}
    assert said["evaluation"] == {"id": str(evaluation_id), "attempt": 1, "attemptId": str(attempt.id)}
    assert said["sandbox"] == {"profile": {"sha256": "p" * 64}, "grade": "strong"}
    assert (said["bootstrap"]["seed"], said["benchmark"]["digest"]["sha256"]) == ("7", "2" * 64)
    event = db.exec(select(AuditEvent).where(AuditEvent.verb == "evaluation.done")).one()
    assert event.evidence["statement"] == row.sha256
    assert hashlib.sha256(dsse.unverified_payload(row.envelope)).hexdigest() == row.sha256

    answer = client.get(f"/api/v1/evaluations/{evaluation_id}/statement")
    if answer.status_code == 404:  # not public in this scene: the page asks the same guard
        assert client.get(f"/api/v1/evaluations/{evaluation_id}").status_code == 404
        answer_json = {"envelope": row.envelope, "public_key": row.public_key}
    else:
        answer_json = answer.json()
    file = tmp_path / "statement.json"
    file.write_text(json.dumps(answer_json))
    run = CliRunner(env={"LANGUAGE": "en"})
    done = run.invoke(main, ["verify", str(file)])
    assert (done.exit_code, "The statement holds." in done.output) == (0, True), done.output
    assert run.invoke(main, ["verify", str(file), "--key", row.public_key]).exit_code == 0
    other = public_text(Ed25519Signer.generate().verifier)
    assert run.invoke(main, ["verify", str(file), "--key", other]).exit_code == 1
    file.write_text(json.dumps(row.envelope))
    assert run.invoke(main, ["verify", str(file)]).exit_code == 2
    assert run.invoke(main, ["verify", str(file), "--key", row.public_key]).exit_code == 0


def test_no_result_no_statement(db: Session, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both stand or neither does."""

    def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("no key")

    monkeypatch.setattr(statements, "own_signer", broken)
    with pytest.raises(RuntimeError):
        _done(scene)
    assert db.exec(select(Result)).all() == []
    assert db.exec(select(ResultStatement)).all() == []


def test_numbers_no_json_has_are_null() -> None:
    assert statements._number(float("nan")) is None
    assert statements._number(0.5) == 0.5
