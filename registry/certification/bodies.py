"""What programs send about certificates beside what people type: files in JSON, findings, decisions."""

import base64
import binascii
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from portal.kit.errors import Invalid
from portal.kit.i18n import _
from portal.kit.typed import WHOLE, Flag, Text, reasoned
from registry.certification.forms import MAX_CRITERIA, Code
from registry.certification.models import Verdict
from registry.versions import paths

BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$"
"""At least one byte."""
ONLY_CODES: JsonDict = {"additionalProperties": False}
"""A pattern for keys alone would let every other key have any value."""


def _one_name(value: str) -> str:
    if "/" in value:
        raise ValueError(_("This is not in the expected form."))
    try:
        return paths.clean(value)
    except Invalid as refusal:
        raise ValueError(refusal.message) from None


def _base64(value: str) -> str:
    try:
        if base64.b64decode(value, validate=True):
            return value
    except (binascii.Error, ValueError):
        pass
    raise ValueError(_("This is not base64."))


class FileIn(BaseModel):
    """A file within JSON: at most 3 MiB, and with everything else at most 4 MiB as it is sent."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "report.txt", "data": "RmluZS4="}}
    )

    name: Annotated[
        str, Field(min_length=1, max_length=120, json_schema_extra={"pattern": paths.PATTERN_OF_NAME}),
        AfterValidator(_one_name),
    ]  # fmt: skip
    data: Annotated[str, Field(json_schema_extra={"pattern": BASE64}), AfterValidator(_base64)] = Field(
        description="base64"
    )

    def content(self) -> bytes:
        """The bytes."""
        return base64.b64decode(self.data)


class EvidenceIn(BaseModel):
    """A file of evidence for a criterion."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"code": "site_test_report", "file": {"name": "report.txt", "data": "RmluZS4="}}
        },
    )

    code: Code = Field(description="The criterion, by its code in the profile")
    file: FileIn


class FindingIn(BaseModel):
    """What a certifier says of one criterion."""

    model_config = ConfigDict(extra="forbid")

    verdict: Verdict | None = Field(default=None, description="Of criteria that a certifier assesses")
    measured: Annotated[float, Field(ge=0, le=1e12), WHOLE] | None = Field(
        default=None, description="Of criteria with a file of evidence: the number it shows"
    )
    note: Annotated[Text, Field(max_length=2000)] = ""
    accepted: Flag = Field(
        default=False, description="Taken as it is although it is not known; the note says why"
    )


class FindingsIn(BaseModel):
    """Findings by the codes of their criteria; criteria that are not named stay as they are."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"findings": {"purpose_fits": {"verdict": "met"}}}}
    )

    findings: dict[Code, FindingIn] = Field(
        min_length=1, max_length=MAX_CRITERIA, json_schema_extra=ONLY_CODES
    )


class CertificateDecisionIn(BaseModel):
    """What is decided about a certificate or an assessment. All but taking it in hand need a reason."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=reasoned("refuse", "suspend", "revoke") | {"example": {"decision": "take"}},
    )

    decision: Literal["take", "refuse", "suspend", "revoke"] = Field(
        description="Granting and lifting a suspension take a certifier at the page"
    )
    reason: Annotated[Text, Field(max_length=2000)] = Field(
        default="", description="Read by the owner and, of an issued certificate, by everybody"
    )
