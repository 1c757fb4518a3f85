"""What people type about nodes, and what nodes send."""

import uuid
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.kit.i18n import _
from portal.kit.signing import BadKey, public_text, read_public
from portal.kit.typed import Line


def _key(value: str) -> str:
    try:
        return public_text(read_public(value))
    except BadKey as error:
        raise ValueError(
            _("This is no public key. Copy the line that “cspon-node key” prints (ed25519:…).")
        ) from error


class NodeInput(BaseModel):
    """A node that is registered."""

    model_config = ConfigDict(extra="forbid")

    organisation: uuid.UUID
    name: Annotated[Line, Field(min_length=2, max_length=120)]
    division: Annotated[str, Field(pattern=r"^[1-8][0-9]{5}$")]
    public_key: Annotated[str, Field(max_length=500), AfterValidator(_key)]


class ReceiptsInput(BaseModel):
    """Receipts as ``cspon-node receipt`` exports them."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"format": "cspon-receipts/1", "key": "ed25519:AAAA", "receipts": []}},
    )

    format: Annotated[str, Field(pattern=r"^cspon-receipts/1$")]
    key: Annotated[str, Field(max_length=200)]
    receipts: Annotated[list[dict[str, Any]], Field(max_length=1000)]
