"""What people say about a version."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from portal.kit.i18n import _
from portal.kit.typed import Text, text
from registry.versions.models import SubmissionKind
from registry.versions.paths import MAX_CHARS as MAX_PATH
from registry.versions.paths import PATTERN
from registry.versions.semver import MAX_CHARS, NUMBER, is_number


class VersionInput(BaseModel):
    """A draft as typed."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[str, Field(min_length=1, max_length=MAX_CHARS)] = Field(
        description="Semantic version 2.0.0, such as 1.2.0 or 2.0.0-rc.1",
        json_schema_extra={"pattern": f"^{NUMBER.pattern}$", "example": "1.2.0"},
    )
    submission: SubmissionKind = SubmissionKind.files
    notes: Annotated[Text, Field(max_length=5000)] = Field(default="", description="Markdown")

    @field_validator("number")
    @classmethod
    def _semver(cls, value: str) -> str:
        if not is_number(value):
            raise ValueError(_("Use a semantic version such as 1.0.0 or 2.1.0-rc.1."))
        return value


def _reason(typed: str) -> str:
    typed = typed.strip()
    if len(typed) < 4:
        raise ValueError(_("Please give a reason that others can understand."))
    return typed


class ReasonInput(BaseModel):
    """Why something is decided; it is recorded and shown."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[
        Text, Field(min_length=4, max_length=2000, json_schema_extra=text(4)), AfterValidator(_reason)
    ]


class KnownFile(BaseModel):
    """A file that the namespace may already have stored."""

    model_config = ConfigDict(extra="forbid")

    path: Annotated[str, Field(min_length=1, max_length=MAX_PATH, json_schema_extra={"pattern": PATTERN})]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class KnownFiles(BaseModel):
    """Files to take over by digest."""

    model_config = ConfigDict(extra="forbid")

    files: Annotated[list[KnownFile], Field(min_length=1, max_length=5000)]
