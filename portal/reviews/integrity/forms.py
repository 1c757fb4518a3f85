"""What experts type when they were approached."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from portal.experts.forms import Past
from portal.kit.typed import Flag, Line, Text, a_day, text
from portal.reviews.integrity.models import Channel

What = Annotated[
    Text, AfterValidator(str.strip), Field(min_length=10, max_length=5000, json_schema_extra=text(10))
]


class ApproachForm(BaseModel):
    """A short report."""

    model_config = ConfigDict(extra="forbid")

    text: What
    who: Annotated[Line, Field(max_length=200)] = ""
    channel: Channel
    happened: Annotated[Past, BeforeValidator(a_day)]
    submission: Annotated[int, Field(ge=1, le=999_999)] | None = None
    """Number of the submission it was about, where that was said."""
    about_secretariat: Flag = False
