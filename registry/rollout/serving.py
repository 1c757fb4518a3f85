"""A bundle on its way out."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from registry.versions.serving import file_response


@dataclass(frozen=True)
class _File:
    path: str
    sha256: str
    size: int


def bundle_response(request: Request, row: Any) -> Response:
    """The zip or the asked part of it."""
    name = f"{row.namespace}-{row.name}-{row.version}-{row.channel.value}-{row.sequence}.zip"
    return file_response(request, _File(name, row.sha256, row.size))
