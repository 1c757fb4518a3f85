"""The lifecycle of a version: submit, conclude, give back, yank."""

import contextlib
import datetime as dt
import uuid

from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, Invalid, SecondFactorNeeded
from portal.kit.i18n import N_, _
from portal.kit.jobs import defer
from portal.kit.storage import get_store
from portal.notices.actions import tell
from registry.assets import actions as assets
from registry.assets.levels import DataLevel, level_of
from registry.assets.models import Asset, AssetKind
from registry.versions import manifest, queries
from registry.versions.actions.cards import check_card, take_card
from registry.versions.actions.common import draft, locked, move
from registry.versions.digests import rehearsed, tree_digest
from registry.versions.models import SubmissionKind, Version, VersionFile, VersionState

SCAN_DEADLINE = dt.timedelta(minutes=30)
MODEL_FILES = ("model.onnx", "model.skops", "MLmodel")

TOLD = {
    VersionState.published: N_("Version %(number)s of %(asset)s is published."),
    VersionState.quarantined: N_(
        "Version %(number)s of %(asset)s is quarantined: a certifier will look at it."
    ),
    VersionState.rejected: N_("Version %(number)s of %(asset)s was rejected. Its page says why."),
    VersionState.draft: N_("Version %(number)s of %(asset)s could not be scanned and is a draft again."),
}


def submit(db: Session, actor: Actor, *, version_id: uuid.UUID) -> Version:
    """Freeze a draft and have it scanned. Refuses incomplete ones: no files, archives under way, a manifest that
    does not fit, a benchmark whose files as they are now have not passed a dry run.
    """
    if not actor.second_factor:
        raise SecondFactorNeeded(
            _("Publishing needs the second step of signing in."),
            hint=_("Others will run what you publish, so the portal makes sure that it is you."),
        )
    version, asset = draft(db, version_id)
    _check_level(asset)
    files = queries.stored_files(db, version.id)
    if not files:
        raise Clash(_("Add at least one file first."))
    if queries.pending_uploads(db, version.id):
        raise Conflict(_("An archive is still being unpacked."), hint=_("Submit when it is done."))
    if asset.kind is AssetKind.benchmark:
        _check_rehearsed(db, version, [(row.path, row.sha256) for row in files])
    version.runtime = check_content(version, asset, {row.path: row for row in files})
    version.tree_digest = tree_digest((row.path, row.sha256) for row in files)
    version.submitted_at = now()
    version.deadline_at = now() + SCAN_DEADLINE
    version.scan_attempts = 0
    move(db, actor, version, VersionState.scanning, who="publisher", verb="version.submitted")
    defer(db, "scanning.scan", version_id=str(version.id))
    return version


def _check_level(asset: Asset) -> None:
    """Of important and core data the public portal holds the description only (DOMAIN 1)."""
    level = level_of(asset.data_level, asset.card)
    if level is not None and level is not DataLevel.general:
        raise Conflict(
            _("Files of important and core data are not published here, only their description."),
            hint=_("If this is general data, correct the data level in the description first."),
        )


def _check_rehearsed(db: Session, version: Version, files: list[tuple[str, str]]) -> None:
    if not any(path == "benchmark.yaml" for path, _digest in files):
        raise Clash(_("A benchmark needs the file benchmark.yaml."))
    if version.rehearsed_digest == rehearsed(files):
        return
    found = queries.plain(db, version.id)
    here = f"/assets/{found[2]}/{found[1].name}/versions/{version.number}/dry-run" if found else "/"
    changed = bool(version.rehearsed_digest)
    refusal = Conflict(
        _("The files have changed since the dry run passed.")
        if changed
        else _("A benchmark is published only after its dry run has passed."),
        hint=_("Start the dry run at %(url)s and submit when it has passed.", url=here),
    )
    refusal.way_out = here
    raise refusal


def check_content(version: Version, asset: Asset, files: dict[str, VersionFile]) -> str:
    """Refuse trees that can never be evaluated as what they claim to be; answers the runtime the manifest names."""
    check_card(files)
    found = _manifest(files)
    if found is not None:
        _check_manifest(found, version, asset)
    if version.submission is SubmissionKind.program and (
        found is None or not found.command or not found.runtime
    ):
        raise Clash(_("A program needs the file cspon.yaml with name, runtime and command."))
    if version.submission is SubmissionKind.model and sum(name in files for name in MODEL_FILES) != 1:
        raise Clash(_("A model needs exactly one of model.onnx, model.skops and MLmodel."))
    return found.runtime[:60] if found is not None else ""


def _manifest(files: dict[str, VersionFile]) -> manifest.Manifest | None:
    row = files.get(manifest.NAME)
    if row is None:
        return None
    with get_store().open(row.sha256) as file:
        return manifest.read(file.read(manifest.MAX_BYTES + 1))


def _check_manifest(found: manifest.Manifest, version: Version, asset: Asset) -> None:
    if found.name and found.name.rpartition("/")[2] != asset.name:
        raise Clash(
            _(
                "cspon.yaml names “%(theirs)s”, but this asset is “%(ours)s”.",
                theirs=found.name,
                ours=asset.name,
            )
        )
    if found.version and found.version != version.number:
        raise Clash(
            _(
                "cspon.yaml says version %(theirs)s, but this is %(ours)s.",
                theirs=found.version,
                ours=version.number,
            )
        )


def conclude(
    db: Session,
    actor: Actor,
    *,
    version_id: uuid.UUID,
    state: VersionState,
    who: str,
    verb: str,
    reason: str = "",
    executable: bool | None = None,
    **evidence: object,
) -> Version:
    """A verdict: published, quarantined or rejected. Publishing makes the asset public and tells what stands on it."""
    version, asset = locked(db, version_id)
    version.deadline_at = None
    if executable is not None:
        version.executable_format = executable
    if state is VersionState.published:
        version.published_at = now()
    move(db, actor, version, state, who=who, verb=verb, reason=reason, **evidence)
    if state is VersionState.published:
        assets.set_published(db, asset.id, latest=queries.newest_published(db, asset.id))
        with contextlib.suppress(
            Invalid
        ):  # a card that says nothing usable keeps no version from its publication
            take_card(db, actor, version_id=version.id, replace=False)
        defer(db, "previews.version", version_id=str(version.id))
        defer(db, "community.version_changed", version_id=str(version.id), state=state.value)
        if asset.kind is AssetKind.benchmark:
            defer(db, "benchmarks.register", version_id=str(version.id))
    _tell(db, version, state)
    return version


def give_back(db: Session, *, version_id: uuid.UUID, reason: str) -> Version:
    """The scan could not be made: the publisher gets the draft back, with the reason."""
    version, _asset = locked(db, version_id)
    version.deadline_at = None
    version.submitted_at = None
    move(db, SYSTEM, version, VersionState.draft, who="system", verb="version.given-back", reason=reason)
    _tell(db, version, VersionState.draft)
    return version


def _tell(db: Session, version: Version, state: VersionState) -> None:
    found = queries.plain(db, version.id)
    if found is None:
        return
    _version, asset, namespace = found
    address = f"/assets/{namespace}/{asset.name}"
    tell(
        db,
        version.created_by,
        message=TOLD[state],
        url=f"{address}/versions/{version.number}",
        number=version.number,
        asset=f"{namespace}/{asset.name}",
    )


def yank(db: Session, actor: Actor, *, version_id: uuid.UUID, reason: str) -> Version:
    """Withdraw a published version: it leaves lists and search; its files stay for whoever depends on them."""
    version, asset = locked(db, version_id)
    version.yanked_at = now()
    move(db, actor, version, VersionState.yanked, who="publisher", verb="version.yanked", reason=reason)
    assets.set_published(db, asset.id, latest=queries.newest_published(db, asset.id))
    defer(db, "evaluation.withdrawn", version_id=str(version.id))
    defer(db, "community.version_changed", version_id=str(version.id), state=version.state.value)
    return version
