"""Addresses of versions' pages."""

from typing import Any
from urllib.parse import quote


def address(version: Any, namespace: str | None = None, name: str | None = None) -> str:
    """The path of a version's page; ``+`` of build metadata is quoted."""
    number = quote(version.number, safe="")
    return f"/assets/{namespace or version.namespace}/{name or version.name}/versions/{number}"
