"""What people type about advice."""

import uuid
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.experts.advice.models import AnswerSight
from portal.experts.forms import Codes, Keywords
from portal.kit.typed import Flag, Line, Text, line, text

Long = Annotated[Text, AfterValidator(str.strip), Field(min_length=20, json_schema_extra=text(20))]
MAX_ROUTED = 5


class AskForm(BaseModel):
    """A question to the experts."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[Line, Field(min_length=4, max_length=200, json_schema_extra=line(4))]
    text: Annotated[Long, Field(max_length=10_000)] = Field(
        description="Markdown; no personal data and nothing that is not public"
    )
    disciplines: Codes = Field(default_factory=list, description="Codes of the taxonomy")
    keywords: Keywords = ""
    public: Flag = Field(default=False, description="Question and public answers may be published")


class RouteForm(BaseModel):
    """Which experts are asked."""

    experts: list[uuid.UUID] = Field(min_length=1, max_length=MAX_ROUTED)


class AnswerForm(BaseModel):
    """An expert's answer."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Long, Field(max_length=20_000)] = Field(description="Markdown")
    sight: AnswerSight = AnswerSight.private
