"""What a client says about an upload in parts."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from portal.kit.typed import WHOLE, Flag
from portal.settings import get_settings
from registry.versions.paths import MAX_CHARS, PATTERN

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


_MIB = 2**20


def _at_most(schema: JsonDict) -> None:
    schema["maximum"] = get_settings().max_upload_mb * _MIB


class UploadInput(BaseModel):
    """A file that shall come in parts."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"path": "weights/model.onnx", "size": 734003200},
            "if": {"properties": {"archive": {"const": True}}, "required": ["archive"]},
            "then": {
                "properties": {"path": {"pattern": r"^[^/]+\.(zip|tar|tgz|tbz2|txz|tar\.(gz|bz2|xz))$"}}
            },
        },
    )

    path: Annotated[str, Field(min_length=1, max_length=MAX_CHARS)] = Field(
        description="Path in the version; of an archive its file name", json_schema_extra={"pattern": PATTERN}
    )
    size: Annotated[int, Field(ge=1, le=2**50), WHOLE] = Field(
        description="Bytes of the whole file", json_schema_extra=_at_most
    )
    sha256: Digest | None = Field(
        default=None, description="Of the whole file, where known; what arrives must then have it"
    )
    archive: Flag = Field(default=False, description="Unpack it (.zip, .tar) instead of keeping it as a file")


class PartInput(BaseModel):
    """A part that was sent to the store itself."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
        },
    )

    sha256: Digest
