"""Pages: what takes a namespace's room, the state of the store, and unfinished uploads on a draft's page."""

from typing import Any

from fastapi.responses import Response
from markupsafe import Markup

from portal.kit.clock import now
from portal.kit.errors import NotFound
from portal.kit.i18n import _, label
from portal.kit.jobs import defer
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, role
from portal.kit.text import to_csv
from portal.settings import get_settings
from registry.assets.fragments import draw
from registry.storage import actions, queries
from registry.storage.actions.verifying import VERIFY_AGAIN
from registry.storage.guards import own_namespace, own_session
from registry.versions import policy
from registry.versions import queries as versions
from registry.versions.actions.files import quota_bytes
from registry.versions.addresses import address
from registry.versions.panels import PANELS

router = Doors()
CSV_ROWS = 10_000
SHOWN_ASSETS = 50


@router.page("/storage/{ns}", guard=own_namespace)
def usage(req: Req) -> Response:
    """How much of a namespace's quota is used, and what uses it."""
    space = req.subject
    used, coming = versions.owned_bytes(req.db, space.id), queries.reserved(req.db, space.id)
    assets = queries.by_asset(req.db, space.id, limit=SHOWN_ASSETS)
    return req.page(
        "storage/usage.html",
        space=space,
        used=used,
        quota=quota_bytes(),
        share=min(100, round(100 * used / quota_bytes())),
        coming=sum(size for _key, size in coming),
        unused=queries.unused(req.db, space.id),
        hours=get_settings().store_sweep_after_h,
        assets=assets,
        most=max((row.size for row in assets), default=0),
        largest=queries.largest_versions(req.db, space.id),
    )


@router.page("/storage/{ns}/usage.csv", guard=own_namespace)
def usage_csv(req: Req) -> Response:
    """All versions with their sizes, the largest first."""
    header = ["asset", "title", "version", "state", "files", "bytes", "created"]
    rows = [
        [
            row.name,
            row.title,
            row.number,
            row.state.value,
            row.files,
            row.size,
            row.created_at.isoformat(),
        ]
        for row in queries.largest_versions(req.db, req.subject.id, limit=CSV_ROWS)
    ]
    name = f'attachment; filename="{req.subject.slug}-storage.csv"'
    return Response(
        to_csv(header, rows), media_type="text/csv; charset=utf-8", headers={"Content-Disposition": name}
    )


@router.page("/admin/storage", guard=role("system_admin"))
def store(req: Req) -> Response:
    """The state of the store: its size, when its files were last verified, and which are damaged."""
    figures = queries.figures(req.db)
    return req.page(
        "storage/store.html",
        figures=figures,
        findings=queries.open_findings(req.db),
        swept=queries.newest_sweep(req.db),
        is_late=figures.oldest is not None and now() - figures.oldest > 2 * VERIFY_AGAIN,
        hours=get_settings().store_sweep_after_h,
        verifying=get_settings().store_verify_mb,
        days=VERIFY_AGAIN.days,
    )


@router.act("/admin/storage/{id}/check", guard=role("system_admin"))
def check(req: Req) -> Response:
    """Have the file of a finding hashed again, for example after it was restored."""
    finding = queries.finding(req.db, req.path_id())
    if finding is None:
        raise NotFound(_("There is nothing at this address."))
    defer(req.db, "storage.check", queueing_lock=f"storage.check:{finding.id}", finding_id=str(finding.id))
    return req.redirect("/admin/storage", flash=_("The file is being hashed again; reload in a moment."))


@router.act("/assets/{ns}/{name}/versions/{number}/uploads/{id}/cancel", guard=own_session)
def cancel(req: Req) -> Response:
    """Give an unfinished upload up, from the draft's page."""
    actions.cancel(req.db, req.actor, session_id=req.subject.id)
    here = f"/assets/{req.path['ns']}/{req.path['name']}/versions/{req.path['number']}"
    return req.redirect(here, flash=_("The upload was cancelled."))


def uploads_panel(req: Context, version: Any) -> Markup | str:
    """On a draft's page, for its publishers: what is still being sent, and how to go on with it."""
    if not policy.can_change_files(req.actor, version.namespace_id, version.state):
        return ""
    rows = queries.sessions_of_version(req.db, version.id)
    if not rows:
        return ""
    here = address(version)
    return draw(
        "storage/_uploads.html",
        rows=[(row, arrived, label(row.state), f"{here}/uploads/{row.id}/cancel") for row, arrived in rows],
    )


PANELS.register("uploads", 5, uploads_panel)
