"""What the API answers about versions, with examples for its documentation."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from portal.kit.answers import raw
from portal.kit.i18n import _
from portal.kit.pages import Context
from registry.versions import queries
from registry.versions.addresses import address
from registry.versions.guards import shows_hidden

EXAMPLE_FILE: dict[str, Any] = {
    "path": "main.py",
    "size": 1840,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "media_type": "text/x-python",
    "hidden": False,
}
EXAMPLE: dict[str, Any] = {
    "id": "01938f6e-7a10-7c3e-9d2b-3f6f0c2a9b11",
    "asset": "planning-lab/landcover-onnx",
    "number": "1.0.0",
    "state": "published",
    "state_reason": "",
    "submission": "model",
    "runtime": "geo-py311",
    "notes": "",
    "tree_digest": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    "executable_format": False,
    "gated": False,
    "files_open": True,
    "created_at": "2026-11-20T02:00:00+00:00",
    "published_at": "2026-11-20T02:01:00+00:00",
}
SENT_FILE: dict[int | str, dict[str, Any]] = {
    **raw("application/octet-stream", description="The file"),
    **raw("application/octet-stream", description="The asked range of it", status=206),
    304: {"description": "The ETag in If-None-Match is still the file's"},
    307: {"description": "A large file, to be fetched from the store itself: at the address in Location"},
}
"""What ``serving.file_response`` answers."""


class VersionAnswer(BaseModel):
    """A version in a list."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    id: str
    asset: str
    number: str
    state: str
    state_reason: str
    submission: str
    runtime: str
    notes: str
    tree_digest: str
    executable_format: bool
    gated: bool
    """Files are given on request."""
    files_open: bool
    """You may have the files."""
    created_at: str
    published_at: str | None


class FileAnswer(BaseModel):
    """A file of a version."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE_FILE})

    path: str
    size: int
    sha256: str
    media_type: str
    hidden: bool


class ReceivedAnswer(BaseModel):
    """A file that has arrived."""

    model_config = ConfigDict(
        json_schema_extra={"example": {key: EXAMPLE_FILE[key] for key in ("path", "size", "sha256")}}
    )

    path: str
    size: int
    sha256: str


class ArchiveAnswer(BaseModel):
    """An archive that has arrived and waits to be unpacked."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "filename": "tree.zip",
                "size": 1840,
                "sha256": EXAMPLE_FILE["sha256"],
                "state": "pending",
            }
        }
    )

    filename: str
    size: int
    sha256: str
    state: str


class UploadAnswer(BaseModel):
    """An archive given for a draft."""

    filename: str
    size: int
    sha256: str
    state: str
    reason: str


class VersionDetail(VersionAnswer):
    """A version with the files you may see, and (for its publishers) its archives."""

    model_config = ConfigDict(
        json_schema_extra={"example": {**EXAMPLE, "files": [EXAMPLE_FILE], "uploads": []}}
    )

    files: list[FileAnswer]
    uploads: list[UploadAnswer]


class VersionItem(BaseModel):
    """A version among those of its asset."""

    number: str
    state: str
    submission: str
    created_at: str
    published_at: str | None


class KnownAnswer(BaseModel):
    """Which files were taken over by digest, and which must be uploaded."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"added": ["model.onnx"], "missing": ["main.py"]}}
    )

    added: list[str]
    missing: list[str]


def version_detail(req: Context, namespace: str, name: str, number: str) -> dict[str, Any]:
    """A version with the files and archives this actor may see."""
    req.db.flush()
    version = queries.detail(req.db, req.actor, namespace, name, number)
    assert version is not None  # noqa: S101 - the guard has found it, or we have just made it
    hidden = shows_hidden(req, version)
    files = queries.files_of(req.db, version.id, hidden=hidden)
    uploads = queries.uploads_of(req.db, version.id) if hidden else []
    return {
        "id": str(version.id),
        "asset": f"{version.namespace}/{version.name}",
        "number": version.number,
        "state": version.state.value,
        "state_reason": _(version.state_reason) if version.state_reason else "",
        "submission": version.submission.value,
        "runtime": version.runtime,
        "notes": version.notes,
        "tree_digest": version.tree_digest,
        "executable_format": version.executable_format,
        "gated": version.gated,
        "files_open": version.files_open,
        "created_at": version.created_at.isoformat(),
        "published_at": version.published_at.isoformat() if version.published_at else None,
        "url": address(version),
        "files": [
            {key: getattr(file, key) for key in ("path", "size", "sha256", "media_type", "hidden")}
            for file in files
        ],
        "uploads": [
            {
                "filename": row.filename,
                "size": row.size,
                "sha256": row.sha256,
                "state": row.state.value,
                "reason": _(row.reason) if row.reason else "",
            }
            for row in uploads
        ],
    }
