"""Previews by JSON."""

from typing import Any

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict

from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from registry.previews import queries
from registry.previews.kinds import kind_of
from registry.previews.models import PreviewState
from registry.previews.pages import content, explain, page_number
from registry.versions.guards import readable_file

router = Doors()
TAGS: list[Any] = ["versions"]
EXAMPLE: dict[str, Any] = {
    "path": "data/samples.csv",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "kind": "table",
    "state": "ready",
    "reason": "",
    "facts": {"rows": 2, "shown": 2, "summarised": 2, "width": 1, "encoding": "UTF-8", "separator": ",",
              "columns": [{"name": "code", "type": "integer", "numeric": True, "missing": 0, "distinct": 2,
                           "many": False, "min": "1", "max": "2", "mean": "1.5"}]},
    "page": 1,
    "pages": 1,
    "content": {"first": 1, "rows": [["1"], ["2"]]},
}  # fmt: skip


class PreviewAnswer(BaseModel):
    """The preview of a file. ``state``: ``none`` (not asked for, or no reader), pending, ready, failed, unsupported.
    ``facts`` and ``content`` depend on the kind; ``content`` is one page."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    path: str
    sha256: str
    kind: str | None
    state: str
    reason: str
    facts: dict[str, Any]
    page: int
    pages: int
    content: dict[str, Any] | None


@router.api(
    "GET",
    "/api/v1/assets/{ns}/{name}/versions/{number}/previews/{path:path}",
    guard=scope("read", readable_file),
    response_model=PreviewAnswer,
    responses=problems(403, 404),
    summary="Preview of a file",
    tags=TAGS,
)
def preview(req: Req, page: int = 1) -> Response:  # noqa: ARG001 - documents ?page=, which page_number reads
    """What a reader in a jail found in the file: facts, and one page of the content (``?page=``)."""
    _version, file = req.subject
    kind = kind_of(file.path)
    found = queries.of_content(req.db, file.sha256, kind) if kind is not None else None
    ready = found is not None and found.state is PreviewState.ready
    number, pages = page_number(req, found)
    return JSONResponse(
        {
            "path": file.path,
            "sha256": file.sha256,
            "kind": kind.value if kind is not None else None,
            "state": found.state.value if found is not None else "none",
            "reason": explain(found),
            "facts": found.facts if found is not None else {},
            "page": number,
            "pages": pages,
            "content": content(found, number) if found is not None and ready else None,
        }
    )
