"""What the API answers about uploads in parts."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from portal.kit.i18n import _
from registry.storage.actions import missing, parts_in
from registry.storage.models import UploadPart, UploadSession

EXAMPLE: dict[str, Any] = {
    "id": "01938f6e-7a10-7c3e-9d2b-3f6f0c2a9b11",
    "path": "weights/model.onnx",
    "archive": False,
    "size": 20971520,
    "part_size": 8388608,
    "parts": 3,
    "state": "open",
    "reason": "",
    "sha256": "",
    "direct": False,
    "deadline_at": "2026-11-28T02:00:00+00:00",
    "missing": [1, 2],
    "present": {"0": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
}


class UploadSessionAnswer(BaseModel):
    """An upload in parts: ``missing`` are the numbers still to send, ``present`` maps the others to their SHA-256."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    id: str
    path: str
    archive: bool
    size: int
    part_size: int
    parts: int
    state: str
    reason: str
    sha256: str
    direct: bool
    deadline_at: str
    missing: list[int]
    present: dict[str, str]


class PartAnswer(BaseModel):
    """A part that has arrived."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"number": 0, "size": 8388608, "sha256": EXAMPLE["present"]["0"]}}
    )

    number: int
    size: int
    sha256: str


class PartAddress(BaseModel):
    """Where to PUT a part itself, and for how many seconds."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"url": "https://s3.example.org/cspon/incoming/upload-…", "seconds": 3600}
        }
    )

    url: str
    seconds: int


def session_answer(session: UploadSession, parts: dict[int, UploadPart], *, direct: bool) -> dict[str, Any]:
    """A session as JSON; an ended one has no parts to speak of."""
    live = session.state in {"open", "assembling"}
    return {
        "id": str(session.id),
        "path": session.path,
        "archive": session.target == "archive",
        "size": session.size,
        "part_size": session.part_size,
        "parts": parts_in(session),
        "state": session.state.value,
        "reason": _(session.reason) if session.reason else "",
        "sha256": session.content_sha256,
        "direct": direct,
        "deadline_at": session.deadline_at.isoformat(),
        "missing": missing(session, parts) if live else [],
        "present": {str(number): part.sha256 for number, part in sorted(parts.items())},
    }
