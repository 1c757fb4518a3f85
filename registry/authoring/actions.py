"""Changes of a draft by the forms; every one is a change of its files, and checked and recorded as such."""

import uuid
from collections.abc import Mapping
from typing import Any

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.storage import get_store
from registry.authoring import scorers
from registry.authoring.manifests import Values, put, written
from registry.authoring.scorers import ScorerInput
from registry.benchmarks.digests import MANIFEST
from registry.versions import actions as versions
from registry.versions.actions.files import NewFile

SCORER_FILE = "scorer/score.py"
COMMAND = "python score.py $input $output"


def write(db: Session, actor: Actor, *, version_id: uuid.UUID, files: Mapping[str, str]) -> None:
    """Put texts into a draft; a file at the same path is replaced. Refuses what any upload would refuse."""
    stored = [NewFile(path, get_store().put([text.encode()])) for path, text in files.items()]
    versions.add_files(db, actor, version_id=version_id, files=stored, source="authoring")


def write_manifest(
    db: Session,
    actor: Actor,
    *,
    version_id: uuid.UUID,
    values: Mapping[str, Any],
    files: Mapping[str, str] | None = None,
) -> None:
    """Write ``benchmark.yaml``, and with it the other texts a step has."""
    write(db, actor, version_id=version_id, files={**(files or {}), MANIFEST: written(values)})


def make_scorer(
    db: Session, actor: Actor, *, version_id: uuid.UUID, values: Values, given: ScorerInput
) -> Values:
    """Write ``scorer/score.py`` from a template, with its metrics, its prediction file and a perfect reference."""
    put(values, "metrics", scorers.metrics(given))
    put(values, "predictions.files", [given.predictions])
    put(values, "scorer.command", COMMAND)
    put(values, "dry_run", scorers.reference(given))
    write_manifest(
        db, actor, version_id=version_id, values=values, files={SCORER_FILE: scorers.program(given)}
    )
    return values
