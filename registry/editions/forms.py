"""What people type about every kind of edition."""

import datetime as dt
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.kit.typed import Text, text


class EditionInput(BaseModel):
    """The next edition of some rules, beside the rules themselves."""

    model_config = ConfigDict(extra="forbid")

    effective_from: dt.date
    reason: Annotated[
        Text, AfterValidator(str.strip), Field(min_length=4, max_length=2000, json_schema_extra=text(4))
    ]
    based_on: int
    """Number of the edition it was made from; if that is not the newest any more, somebody else was first."""
