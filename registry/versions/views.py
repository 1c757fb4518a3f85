"""Pages of versions: make one, look at one, submit and yank. Files and uploads have modules of their own."""

from typing import Any

from fastapi.responses import Response
from markupsafe import Markup

from portal.kit.errors import Invalid, Refusal, SecondFactorNeeded
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from registry.assets.fragments import draw
from registry.assets.guards import editable_asset
from registry.assets.models import EXECUTABLE
from registry.assets.panels import PANELS as ASSET_PANELS
from registry.versions import actions, queries, semver
from registry.versions.addresses import address
from registry.versions.forms import ReasonInput, VersionInput
from registry.versions.guards import described_version, own_version
from registry.versions.models import SubmissionKind
from registry.versions.pages import show
from registry.versions.statistics import router as statistics_router
from registry.versions.transfers import router as transfers_router

router = Doors()
SHOWN_FILES = 50


@router.page("/assets/{ns}/{name}/versions/new", guard=editable_asset)
def new(req: Req) -> Response:
    """The form of a new draft."""
    versions = queries.of_asset(req.db, req.actor, req.subject.id, limit=1)
    values = {"number": _next(versions[0].number) if versions else "0.1.0"}
    return _form(req, Parsed(values=values))


def _next(number: str) -> str:
    """The number after this one: its patch level raised."""
    found = semver.NUMBER.fullmatch(number)
    if found is None:
        return ""
    major, minor, patch = (int(found.group(n)) for n in (1, 2, 3))
    return f"{major}.{minor}.{patch if semver.is_prerelease(number) else patch + 1}"


@router.act("/assets/{ns}/{name}/versions/new", guard=editable_asset)
def create(req: Req) -> Response:
    """Make a draft."""
    asset = req.subject
    parsed = parse(VersionInput, req.form)
    if parsed.model is None:
        return _form(req, parsed)
    try:
        version = actions.create(req.db, req.actor, asset_id=asset.id, kind=asset.kind, given=parsed.model)
    except Invalid as refusal:
        parsed.errors.update(refusal.fields)
        return _form(req, parsed)
    where = address(version, asset.namespace, asset.name)
    return req.redirect(where, flash=_("The draft was made. Now add files."))


def _form(req: Req, parsed: Parsed[VersionInput]) -> Response:
    asset = req.subject
    kinds = list(SubmissionKind) if asset.kind in EXECUTABLE else [SubmissionKind.files]
    default = "program" if asset.kind in EXECUTABLE else "files"
    return req.page(
        "versions/new.html",
        status=422 if parsed.errors else 200,
        asset=asset,
        values={"submission": default, **parsed.values},
        errors=parsed.errors,
        kinds=[(kind.value, label(kind)) for kind in kinds],
    )


@router.page("/assets/{ns}/{name}/versions/{number}", guard=described_version)
def page(req: Req) -> Response:
    """One version."""
    return show(req, req.subject)


@router.act("/assets/{ns}/{name}/versions/{number}/edit", guard=own_version)
def edit(req: Req) -> Response:
    """Change number, kind and notes of a draft."""
    version = req.subject
    parsed = parse(VersionInput, req.form)
    if parsed.model is None:
        return show(req, version, errors=parsed.errors)
    try:
        changed = actions.edit(req.db, req.actor, version_id=version.id, given=parsed.model)
    except Invalid as refusal:
        return show(req, version, refusal=refusal, errors=dict(refusal.fields))
    return req.redirect(address(changed, version.namespace, version.name), flash=_("Saved."))


@router.act("/assets/{ns}/{name}/versions/{number}/remove", guard=own_version)
def remove(req: Req) -> Response:
    """Take a file out of a draft."""
    version = req.subject
    actions.remove_file(req.db, req.actor, version_id=version.id, path=str(req.form.get("path", "")))
    return req.redirect(address(version), flash=_("The file was removed."))


@router.act("/assets/{ns}/{name}/versions/{number}/submit", guard=own_version)
def submit(req: Req) -> Response:
    """Freeze the draft and have it scanned."""
    version = req.subject
    try:
        actions.submit(req.db, req.actor, version_id=version.id)
    except SecondFactorNeeded:
        raise  # its own page leads to what is missing
    except Refusal as refusal:
        return show(req, version, refusal=refusal)
    return req.redirect(address(version), flash=_("Submitted. The scan begins in a moment."))


@router.act("/assets/{ns}/{name}/versions/{number}/yank", guard=own_version)
def yank(req: Req) -> Response:
    """Withdraw a published version."""
    version = req.subject
    parsed = parse(ReasonInput, req.form)
    if parsed.model is None:
        return show(req, version, errors=parsed.errors)
    actions.yank(req.db, req.actor, version_id=version.id, reason=parsed.model.reason)
    return req.redirect(address(version), flash=_("The version was withdrawn."))


@router.act("/assets/{ns}/{name}/versions/{number}/card", guard=own_version)
def take_card(req: Req) -> Response:
    """Describe the asset by this version's README.md, on request: what it says replaces what is there."""
    version = req.subject
    try:
        changed = actions.take_card(req.db, req.actor, version_id=version.id, replace=True)
    except Invalid as refusal:
        return show(req, version, refusal=refusal)
    where = f"/assets/{version.namespace}/{version.name}"
    text = _("The description was taken from README.md.") if changed else _("README.md says nothing new.")
    return req.redirect(where, flash=text)


def versions_panel(req: Context, asset: Any) -> Markup:
    """On the asset's page: its versions, and the files of the newest."""
    versions = queries.of_asset(req.db, req.actor, asset.id)
    newest = next((row for row in versions if row.number == asset.latest_version), None)
    files = queries.files_of(req.db, newest.id, hidden=False) if newest is not None else []
    return draw(
        "versions/_of_asset.html",
        asset=asset,
        versions=versions,
        newest=newest,
        files=files[:SHOWN_FILES],
        more=max(0, len(files) - SHOWN_FILES),
    )


ASSET_PANELS.register("versions", 10, versions_panel)
router.include_router(transfers_router)
router.include_router(statistics_router)
