"""What a client says about an upload in parts."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class UploadInput(BaseModel):
    """A file that shall come in parts."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"path": "weights/model.onnx", "size": 734003200}}
    )

    path: Annotated[str, Field(min_length=1, max_length=500)] = Field(
        description="Path in the version; of an archive its file name"
    )
    size: Annotated[int, Field(ge=1, le=2**50)] = Field(description="Bytes of the whole file")
    sha256: Digest | None = Field(
        default=None, description="Of the whole file, where known; what arrives must then have it"
    )
    archive: bool = Field(default=False, description="Unpack it (.zip, .tar) instead of keeping it as a file")


class PartInput(BaseModel):
    """A part that was sent to the store itself."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
        },
    )

    sha256: Digest
