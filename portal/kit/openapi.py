"""The OpenAPI document: what FastAPI reads off the routes, completed by what holds for all of them.

A route declares what is its own. What any operation may answer (an unknown token, too many requests, a body that is no
JSON), the parts of its address and who may call it are added here, in one place, so that no route forgets them.
"""

import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from portal.kit.answers import MEDIA_TYPE, WORDS, Problem

Parts = Mapping[str, Mapping[str, Any]]
METHODS = ("get", "put", "post", "delete", "head", "patch")
READING = {"get", "head"}
_PART = re.compile(r"([^/{}]*)/\{(\w+)\}")
_REFERENCE = {"$ref": "#/components/schemas/Problem"}
_SECONDS = {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}}
_HEADERS: dict[str, dict[str, Any]] = {
    "308": {"Location": {"required": True, "schema": {"type": "string"}}},
    "401": {"WWW-Authenticate": {"required": True, "schema": {"type": "string", "const": "Bearer"}}},
    "416": {"Content-Range": {"required": True, "schema": {"type": "string", "pattern": r"^bytes \*/[0-9]+$"}}},
    "429": {"Retry-After": _SECONDS},
    "503": {"Retry-After": {"required": True, **_SECONDS}},
}  # fmt: skip
_SCHEMES = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token, made under Settings, Access tokens. Begins with cspon_.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "cspon_session",
        "description": "The session of a signed-in browser (on HTTPS sites the cookie is called __Host-cspon).",
    },
}


def install(app: FastAPI, parts: Parts, movable: str) -> None:
    """Let ``app`` answer the completed document.

    ``parts``: the JSON schema of a part of an address, under ``before/name`` (``before`` is the fixed word in front of
    it) or ``name``, with a description. ``movable``: operations below this address may answer 308.
    """

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            found = get_openapi(
                title=app.title, version=app.version, description=app.description, routes=app.routes
            )
            app.openapi_schema = complete(found, parts, movable)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def complete(document: dict[str, Any], parts: Parts, movable: str) -> dict[str, Any]:
    """Add to every operation what it may answer, the parts of its address and who may call it."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = Problem.model_json_schema()
    components["securitySchemes"] = _SCHEMES
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                _complete(path, method, operations[method], parts, moves=movable in path)
    return document


def _complete(path: str, method: str, operation: dict[str, Any], parts: Parts, *, moves: bool) -> None:
    responses = operation["responses"]
    somebody = "401" in responses
    operation["security"] = [*([] if somebody else [{}]), {"token": []}, {"session": []}]
    given = [item for item in operation.get("parameters", []) if item["in"] != "path"]
    operation["parameters"] = [*_in_address(path, parts), *given]
    for status in (*_general(method, operation), *([308] if moves else [])):
        responses.setdefault(str(status), {"description": WORDS[status]})
    for status, response in responses.items():
        if status in _HEADERS:
            response["headers"] = {**response.get("headers", {}), **_HEADERS[status]}
        if method == "head":
            response.pop("content", None)
        elif int(status) >= 400 or status == "308":
            response["description"] = WORDS.get(int(status), response["description"])
            response["content"] = {MEDIA_TYPE: {"schema": _REFERENCE}}
    operation["responses"] = dict(sorted(responses.items()))


def _general(method: str, operation: dict[str, Any]) -> set[int]:
    """What the layers around every view answer."""
    found = {401, 429, 503}
    if method not in READING:
        found.add(403)  # another site's page, a token that may only read
    if any(parameter["in"] == "query" for parameter in operation["parameters"]):
        found.add(422)
    if any(parameter["name"] in {"after", "before"} for parameter in operation["parameters"]):
        found.add(404)  # a damaged cursor
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        found |= {400, 413, 415, 422}
    return found


def _in_address(path: str, parts: Parts) -> list[dict[str, Any]]:
    found = []
    for before, name in _PART.findall(path):
        schema = dict(parts.get(f"{before}/{name}") or parts[name])
        description = schema.pop("description")
        found.append(
            {"name": name, "in": "path", "required": True, "description": description, "schema": schema}
        )
    return found
