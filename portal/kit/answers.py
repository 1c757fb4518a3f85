"""What an API operation answers when it refuses: RFC 9457 problem details, and their place in its documentation."""

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
MEDIA_TYPE = "application/problem+json"
WORDS = {
    308: "The asset has another address now; the same request there goes on",
    400: "The body is no JSON text",
    401: "Nobody is signed in, or the access token is unknown, expired or revoked",
    403: "Not allowed, or the access token lacks the scope",
    404: "Absent, or not visible to you",
    409: "Not in this state",
    413: "Too large, or above the quota",
    415: "The body is not sent as application/json",
    416: "No such range",
    422: "The input does not hold",
    429: "Too often; Retry-After says when to try again",
    503: "Database or store do not answer for now",
}


BINARY = {"type": "string", "format": "binary"}


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
    title: str = Field(description="What happened, in the language of the request")
    status: int
    code: str = Field(description="The same for programs")
    detail: str = Field(default="", description="What to do about it; left out where there is nothing to say")
    way_out: str = Field(default="", description="A page of this site where what is missing can be done")
    fields: dict[str, str] = Field(default={}, description="By input: what is wrong with it")
    request_id: str = Field(description="Tell it to the operator")


class Paged(BaseModel, Generic[T]):
    """A page of a list; ``after`` of one page is the parameter ``after`` of the next."""

    items: list[T]
    before: str | None = None
    after: str | None = None


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of an operation, for its documentation. Naming 401 says that somebody must be signed in.

    What every operation may answer (see ``portal.kit.openapi``) need not be named.
    """
    return {status: {"model": Problem, "description": WORDS[status]} for status in statuses}


def raw(*media_types: str, description: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """An answer that is no JSON of ours: bytes of one of these media types."""
    parsed = ("json", "yaml")  # what clients take apart; the rest stays bytes
    content = {kind: {} if kind.endswith(parsed) else {"schema": BINARY} for kind in media_types}
    return {status: {"description": description, "content": content}}


BYTES: dict[str, Any] = {
    "requestBody": {
        "description": "The raw bytes",
        "required": False,
        "content": {"application/octet-stream": {"schema": BINARY}},
    }
}
"""For ``openapi_extra`` of an operation that takes the body as it comes; no bytes at all are an empty file."""
