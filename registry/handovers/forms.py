"""What people say about a handover."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from portal.kit.typed import Line, Text, line, reasoned


class OfferInput(BaseModel):
    """An offer."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[Line, Field(min_length=2, max_length=40, json_schema_extra=line(2))] = Field(
        description="Short name of the receiver"
    )
    message: Annotated[Text, Field(max_length=2000)] = Field(default="", description="For the receiver")


class AnswerInput(BaseModel):
    """Accept, decline (with a reason) or, for its publishers, withdraw an offer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=reasoned("decline"))

    decision: Annotated[str, Field(pattern=r"^(accept|decline|withdraw)$")]
    reason: Annotated[Text, Field(max_length=2000)] = ""
