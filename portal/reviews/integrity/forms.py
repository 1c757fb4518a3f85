"""What experts type when they were approached."""

import datetime as dt
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from portal.experts.forms import Past
from portal.kit.i18n import _
from portal.kit.typed import Flag, Line, Text, text
from portal.reviews.integrity.models import Channel

What = Annotated[
    Text, AfterValidator(str.strip), Field(min_length=10, max_length=5000, json_schema_extra=text(10))
]
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _a_day(value: Any) -> Any:
    """A number is no day, though it could be read as seconds."""
    if isinstance(value, dt.date) or (isinstance(value, str) and _DAY.fullmatch(value.strip())):
        return value
    raise ValueError(_("Write the day as 2026-11-26."))


class ApproachForm(BaseModel):
    """A short report."""

    model_config = ConfigDict(extra="forbid")

    text: What
    who: Annotated[Line, Field(max_length=200)] = ""
    channel: Channel
    happened: Annotated[Past, BeforeValidator(_a_day)]
    submission: Annotated[int, Field(ge=1, le=999_999)] | None = None
    """Number of the submission it was about, where that was said."""
    about_secretariat: Flag = False
