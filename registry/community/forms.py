"""What people write."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.kit.i18n import _
from portal.kit.typed import WHOLE, Line, Text, line, text
from registry.community.models import ReportKind, WatchLevel


def _words(typed: str) -> str:
    typed = typed.strip()
    if not typed:
        raise ValueError(_("Please fill this in."))
    return typed


Words = Annotated[
    Text, Field(min_length=1, max_length=20_000, json_schema_extra=text(1)), AfterValidator(_words)
]


Number = Annotated[int, Field(ge=1, le=999_999_999), WHOLE]


class WatchInput(BaseModel):
    """What to be told of."""

    model_config = ConfigDict(extra="forbid")

    level: WatchLevel = WatchLevel.all


class TopicInput(BaseModel):
    """A new topic: its title and its first post."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[Line, Field(min_length=4, max_length=200, json_schema_extra=line(4))]
    text: Words = Field(description="Markdown; @name tells a member")


class PostInput(BaseModel):
    """A reply, or the new text of a post."""

    model_config = ConfigDict(extra="forbid")

    text: Words = Field(description="Markdown; @name tells a member")


class ReportInput(BaseModel):
    """A report of misuse."""

    model_config = ConfigDict(extra="forbid")

    kind: ReportKind
    text: Annotated[Text, Field(min_length=10, max_length=5000)] = Field(description="What is wrong")
    evidence: Annotated[Text, Field(max_length=2000)] = Field(
        default="", description="Where it can be seen: version, path, address"
    )
    post: Number | None = Field(default=None, description="Number of the post, with ``discussion``")
    discussion: Number | None = Field(default=None, description="Number of the topic")
