"""What people type about advice."""

import uuid
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from portal.accounts.forms import Line
from portal.experts.advice.models import AnswerSight
from portal.experts.forms import Codes, Keywords

Long = Annotated[str, StringConstraints(strip_whitespace=True)]
MAX_ROUTED = 5


class AskForm(BaseModel):
    """A question to the experts."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[Line, StringConstraints(min_length=4, max_length=200)]
    text: Annotated[Long, StringConstraints(min_length=20, max_length=10_000)] = Field(
        description="Markdown; no personal data and nothing that is not public"
    )
    disciplines: Codes = Field(default_factory=list, description="Codes of the taxonomy")
    keywords: Keywords = ""
    public: bool = Field(default=False, description="Question and public answers may be published")


class RouteForm(BaseModel):
    """Which experts are asked."""

    experts: list[uuid.UUID] = Field(min_length=1, max_length=MAX_ROUTED)


class AnswerForm(BaseModel):
    """An expert's answer."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[Long, StringConstraints(min_length=20, max_length=20_000)] = Field(description="Markdown")
    sight: AnswerSight = AnswerSight.private
