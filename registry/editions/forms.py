"""What people type about every kind of edition."""

import datetime as dt
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.kit.typed import Line, Text, text


class Titled(BaseModel):
    """A part of rules that has a title in both languages."""

    model_config = ConfigDict(extra="forbid")

    title_zh: Annotated[Line, Field(min_length=2, max_length=200)]
    title_en: Annotated[Line, Field(min_length=2, max_length=200)]

    def title(self, locale: str) -> str:
        """The title in a language."""
        return self.title_en if locale == "en" else self.title_zh


class EditionInput(BaseModel):
    """The next edition of some rules, beside the rules themselves."""

    model_config = ConfigDict(extra="forbid")

    effective_from: dt.date
    reason: Annotated[
        Text, AfterValidator(str.strip), Field(min_length=4, max_length=2000, json_schema_extra=text(4))
    ]
    based_on: int
    """Number of the edition it was made from; if that is not the newest any more, somebody else was first."""
