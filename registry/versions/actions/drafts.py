"""Making and describing drafts."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import IntegrityError

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.errors import Clash
from portal.kit.i18n import _
from registry.assets.models import EXECUTABLE, AssetKind
from registry.versions.actions.common import draft
from registry.versions.forms import VersionInput
from registry.versions.models import SubmissionKind, Version
from registry.versions.semver import sort_key


def create(
    db: Session, actor: Actor, *, asset_id: uuid.UUID, kind: AssetKind, given: VersionInput
) -> Version:
    """Make a draft. Refuses a number the asset has used, and submissions of kinds that are never evaluated."""
    assert actor.id is not None  # noqa: S101 - the guard lets only members in
    _check_submission(kind, given.submission)
    version = Version(
        asset_id=asset_id,
        number=given.number,
        sort_key=sort_key(given.number),
        submission=given.submission,
        notes=given.notes,
        created_by=actor.id,
    )
    with _one_per_number(), db.begin_nested():
        db.add(version)
        db.flush()
    record(db, actor, verb="version.created", object=version, number=given.number, to="draft")
    return version


def edit(db: Session, actor: Actor, *, version_id: uuid.UUID, given: VersionInput) -> Version:
    """Change number, kind of submission and notes of a draft."""
    version, asset = draft(db, version_id)
    _check_submission(asset.kind, given.submission)
    old = version.number
    with _one_per_number(), db.begin_nested():
        # Changed inside the savepoint: opening one flushes, and that must not fail outside it.
        version.number, version.sort_key = given.number, sort_key(given.number)
        version.submission, version.notes = given.submission, given.notes
        version.touch()
        db.add(version)
        db.flush()
    record(db, actor, verb="version.described", object=version, number=given.number, old_number=old)
    return version


def _check_submission(kind: AssetKind, submission: SubmissionKind) -> None:
    if submission is not SubmissionKind.files and kind not in EXECUTABLE:
        message = _("Only models, algorithms and tools are evaluated; choose “files only”.")
        raise Clash(message, fields={"submission": message})


@contextmanager
def _one_per_number() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        message = _("This asset already has a version of this number.")
        raise Clash(message, fields={"number": message}) from error
