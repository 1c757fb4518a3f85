"""What owners say about a gate, and what readers say at it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from portal.kit.typed import Flag, Text, reasoned, text
from registry.gates.models import GateField

MAX_TERMS = 20_000


class GateInput(BaseModel):
    """A gate as its owner sets it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "if": {"properties": {"gated": {"const": True}}, "required": ["gated"]},
            "then": {"properties": {"terms": text(1)}, "required": ["terms"]},
        },
    )

    gated: Flag = Field(default=False, description="Whether files need an approved request")
    terms: Annotated[Text, Field(max_length=MAX_TERMS)] = Field(
        default="", description="Terms of use in Chinese, Markdown; required where gated"
    )
    terms_en: Annotated[Text, Field(max_length=MAX_TERMS)] = Field(
        default="", description="Terms of use in English, Markdown"
    )
    fields: list[GateField] = Field(
        default_factory=lambda: [GateField.organisation, GateField.purpose],
        max_length=len(GateField),
        description="What a reader must answer",
    )

    @model_validator(mode="after")
    def _in_order(self) -> "GateInput":
        self.fields = [item for item in GateField if item in self.fields]
        return self


class GateForm(GateInput):
    """The same from a browser, where nothing ticked means nothing asked."""

    fields: list[GateField] = Field(default_factory=list, max_length=len(GateField))


class AccessInput(BaseModel):
    """A request as its reader writes it."""

    model_config = ConfigDict(extra="forbid")

    terms_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] = Field(
        description="Digest of the terms that were read; refused where they have changed since"
    )
    accept: Flag = Field(default=False, description="True: the terms are accepted")
    answers: dict[GateField, Annotated[Text, Field(max_length=1000)]] = Field(default_factory=dict)


class DecisionInput(BaseModel):
    """Approve, refuse or revoke; the last two with a reason."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=reasoned("refuse", "revoke"))

    decision: Annotated[str, Field(pattern=r"^(approve|refuse|revoke)$")]
    reason: Annotated[Text, Field(max_length=2000)] = ""
