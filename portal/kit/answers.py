"""What every operation of the API may answer when it refuses, for its documentation."""

from typing import Any

from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Please correct the marked fields.",
                "status": 422,
                "code": "invalid",
                "fields": {"licence": "This is not an SPDX licence expression."},
                "request_id": "0f3c9a7b1d2e4f50",
            }
        }
    )

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    fields: dict[str, str] | None = None
    request_id: str


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of an operation, for its documentation."""
    words = {
        401: "Nobody is signed in",
        403: "Not allowed",
        404: "Absent, or not visible to you",
        409: "Not in this state",
        413: "Too large, or above the quota",
        429: "Too often; Retry-After says when to try again",
        416: "No such range",
        422: "The input does not hold",
    }
    return {
        status: {"model": Problem, "description": words[status], "content": {"application/problem+json": {}}}
        for status in statuses
    }
