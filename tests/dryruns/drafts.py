"""A draft of the tiny benchmark with a reference submission, and what its owner does with it."""

import asyncio
import uuid
from typing import Any

from sqlmodel import Session

from portal.kit.actor import Actor
from portal.kit.db import transaction
from registry.assets.models import AssetKind
from registry.dryruns import actions, queries
from registry.dryruns.models import DryRun, DryRunCase
from registry.dryruns.run.rehearsal import run_dry
from registry.evaluation.run.place import Place
from registry.versions.models import SubmissionKind, VersionState
from tests.evaluation.tiny import HIDDEN, SCORER, actor, answers, manifest, tree
from tests.support.make import Make, Person

REFERENCE = {"kind": "predictions", "path": "dryrun/reference", "expected": 1.0, "tolerance": 0.01}
STRICT = SCORER.replace(
    "if given.keys()",
    """if not all(math.isfinite(value) for value in given.values()):
    sys.stderr.write("a value is not finite\\n")
    raise SystemExit(3)
if given.keys()""",
)
HIDING = (*HIDDEN, "dryrun/")


def draft_files(
    scorer: str = STRICT, files: dict[str, bytes] | None = None, **changes: Any
) -> dict[str, bytes]:
    """The tiny benchmark with predictions that are off by one in ``dryrun/reference``."""
    declared = manifest(**{"dry_run": REFERENCE, **changes})
    return {
        **tree({key: value for key, value in declared.items() if value is not None}, scorer),
        "dryrun/reference/predictions.csv": answers(1.0),
        **(files or {}),
    }


class Desk:
    """An owner with a draft."""

    def __init__(self, db: Session, make: Make, *, owner: Person | None = None, **changes: Any) -> None:
        self.db, self.make = db, make
        self.owner = owner or make.account("基准作者")
        self.asset = make.asset(self.owner, kind=AssetKind.benchmark, title="小基准")
        self.version = make.version(
            self.asset,
            draft_files(**changes),
            state=VersionState.draft,
            submission=SubmissionKind.files,
            hidden=HIDING,
        )
        self.url = f"/assets/{self.owner.namespace.slug}/{self.asset.name}/versions/{self.version.number}"

    @property
    def actor(self) -> Actor:
        """The owner as an actor."""
        return actor(self.owner)

    def start(self) -> uuid.UUID:
        """Queue a dry run."""
        with transaction() as db:
            return actions.start(db, self.actor, version_id=self.version.id).id

    def tried(self, place: Place) -> tuple[DryRun, dict[str, DryRunCase]]:
        """Start and run; the dry run and its cases by name."""
        run_id = self.start()
        asyncio.run(run_dry(place, run_id))
        return self.found(run_id)

    def found(self, run_id: uuid.UUID) -> tuple[DryRun, dict[str, DryRunCase]]:
        """A dry run as the tables have it now."""
        self.db.expire_all()
        return self.db.get_one(DryRun, run_id), {row.name: row for row in queries.cases_of(self.db, run_id)}
