"""What people type about public notices."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.kit.i18n import _
from portal.kit.typed import Line, Text, line, text
from portal.reviews.publicity.models import Ground

MAX_LINES = 500
MAX_LINE = 300


def _lines(value: Any) -> list[str]:
    found = [" ".join(row.split()) for row in str(value).splitlines() if row.strip()]
    if len(found) > MAX_LINES:
        raise ValueError(_("At most %(n)s lines.", n=MAX_LINES))
    if any(len(row) > MAX_LINE for row in found):
        raise ValueError(_("A line has at most %(n)s characters.", n=MAX_LINE))
    return found


Story = Annotated[Text, AfterValidator(str.strip)]
Grounds = Annotated[Story, Field(min_length=20, max_length=10_000, json_schema_extra=text(20))]


class NoticeForm(BaseModel):
    """A notice as it is prepared."""

    model_config = ConfigDict(extra="forbid")

    title_zh: Annotated[Line, Field(min_length=4, max_length=200)]
    title_en: Annotated[Line, Field(max_length=200)] = ""
    body_zh: Annotated[Story, Field(min_length=10, max_length=20_000)]
    body_en: Annotated[Story, Field(max_length=20_000)] = ""
    # The default becomes a list, too: a notice without lines is read by the API as well.
    lines: Annotated[Text, AfterValidator(_lines)] = Field(default="", validate_default=True)
    working_days: int = Field(default=5, ge=1, le=60)


class ObjectionForm(BaseModel):
    """An objection. Name and address come from the account."""

    model_config = ConfigDict(extra="forbid")

    ground: Ground = Field(description="What the objection is about")
    text: Grounds = Field(description="What is wrong and what shows it; Markdown")
    contact: Annotated[Line, Field(max_length=200, json_schema_extra=line())] = Field(
        default="", description="How to reach you, read by the handlers only"
    )
