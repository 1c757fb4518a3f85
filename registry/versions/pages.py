"""The page of a version, as every route that may refuse something shows it again."""

from typing import Any

from fastapi.responses import Response

from portal.audit.queries import of_object
from portal.kit.errors import Refusal
from portal.kit.i18n import _, label
from portal.kit.pages import Context
from registry.assets.models import EXECUTABLE
from registry.versions import policy, queries
from registry.versions.actions.cards import NAME as CARD
from registry.versions.addresses import address
from registry.versions.guards import shows_hidden
from registry.versions.models import SubmissionKind, VersionState
from registry.versions.panels import PANELS
from registry.versions.policy import PUBLIC_STATES


def show(
    req: Context, version: Any, *, refusal: Refusal | None = None, errors: dict[str, str] | None = None
) -> Response:
    """The version's page, with what was just refused on top."""
    hidden = shows_hidden(req, version)
    files = queries.files_of(req.db, version.id, hidden=hidden)
    own = policy.can_see_hidden(req.actor, version.namespace_id)
    here = address(version)
    return req.page(
        "versions/version.html",
        status=refusal.status if refusal else 422 if errors else 200,
        version=version,
        here_url=here,
        asset_url=f"/assets/{version.namespace}/{version.name}",
        files=files,
        total=sum(file.size for file in files),
        uploads=[_upload(row) for row in queries.uploads_of(req.db, version.id)] if own else [],
        history=_history(req, version),
        reason=_(version.state_reason) if version.state_reason else "",
        panels=PANELS.rendered(req, version),
        refusal=refusal,
        errors=errors or {},
        may_change=policy.can_change_files(req.actor, version.namespace_id, version.state),
        may_yank=policy.can_yank(req.actor, version.namespace_id, version.state),
        is_public=version.state in PUBLIC_STATES,
        has_card=own and version.state in PUBLIC_STATES and any(file.path == CARD for file in files),
        kinds=[
            (k.value, label(k))
            for k in (SubmissionKind if version.kind in EXECUTABLE else [SubmissionKind.files])
        ],
    )


def _upload(row: Any) -> dict[str, Any]:
    return {
        "filename": row.filename,
        "size": row.size,
        "at": row.created_at,
        "level": row.state.level,
        "text": label(row.state),
        "reason": explain(row.reason, row.params),
    }


def explain(reason: str, params: dict[str, Any]) -> str:
    """A stored reason in the reader's language: a message id with its parameters, or what a person wrote."""
    if not reason:
        return ""
    text = _(reason)
    return text % params if params else text


def _history(req: Context, version: Any) -> list[dict[str, Any]]:
    """The states the version went through, from the audit log; the last one is the present."""
    states = {str(state.value): state for state in VersionState}
    items = [
        {
            "label": label(states[event.evidence["to"]]),
            "level": states[event.evidence["to"]].level,
            "at": event.at,
            "detail": _(event.reason) if event.reason else "",
        }
        for event in of_object(req.db, "version", str(version.id))
        if event.evidence.get("to") in states and (event.verb.startswith("version."))
    ]
    if items:
        items[-1]["current"] = True
    return items
