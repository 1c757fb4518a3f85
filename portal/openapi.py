"""What stands in the addresses of the API: one table for the document of all routers."""

from typing import Any

from portal.accounts.naming import MAX_SLUG, SLUG
from registry.assets.forms import NAME
from registry.community.actions.discussions import MARKS, MOVES
from registry.exchange.formats import FORMATS
from registry.versions import paths, semver

MOVABLE = "/{ns}/{name}"
"""Below such an address an asset may have moved to another namespace."""
_NAMESPACE: dict[str, Any] = {"type": "string", "pattern": f"^{SLUG.pattern}$", "maxLength": MAX_SLUG}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 999_999_999}
PARTS: dict[str, dict[str, Any]] = {
    "ns": {**_NAMESPACE, "description": "Short name of the namespace", "example": "planning-lab"},
    "slug": {**_NAMESPACE, "description": "Short name of the organisation", "example": "guihuayuan"},
    "name": {
        "type": "string", "pattern": f"^{NAME.pattern}$", "example": "landcover-onnx",
        "description": "Name of the asset in its namespace",
    },
    "versions/number": {
        "type": "string", "pattern": f"^{semver.NUMBER.pattern}$", "maxLength": semver.MAX_CHARS,
        "description": "Semantic version", "example": "1.0.0",
    },
    "discussions/number": {**_COUNT, "description": "Number of the topic", "example": 3},
    "submissions/number": {**_COUNT, "description": "Number of the submission in its round", "example": 2},
    "post": {**_COUNT, "description": "Number of the post in its topic", "example": 1},
    "part": {
        "type": "integer", "minimum": 0, "maximum": 999_999_999, "example": 0,
        "description": "Number of the part; the first is 0",
    },
    "n": {"type": "integer", "minimum": 0, "maximum": 99, "example": 0, "description": "Number of the output"},
    "id": {"type": "string", "format": "uuid", "description": "Identifier"},
    "report": {"type": "string", "format": "uuid", "description": "Identifier of the report"},
    "run": {"type": "string", "format": "uuid", "description": "Identifier of the run"},
    "site": {"type": "string", "format": "uuid", "description": "Identifier of the pilot site"},
    "session": {"type": "string", "format": "uuid", "description": "Identifier of the panel session"},
    "path": {
        "type": "string", "pattern": paths.PATTERN, "maxLength": paths.MAX_CHARS, "example": "data/table.csv",
        "description": "Path of the file in the version",
    },
    "filename": {
        "type": "string", "pattern": paths.PATTERN_OF_NAME, "example": "tree.zip",
        "description": "File name of the archive",
    },
    "exports/file": {
        "type": "string", "enum": list(FORMATS), "example": "citation.bib",
        "description": "The format, by its file name",
    },
    "verb": {"type": "string", "enum": [*MOVES, *MARKS], "example": "close", "description": "What to do"},
}  # fmt: skip
