"""What people type about panels."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.kit.typed import Flag, Line, Text

MOST_MEMBERS = 40


def _short_names(text: str) -> str:
    return " ".join(dict.fromkeys(text.replace(",", " ").replace("，", " ").replace("、", " ").split()))


Names = Annotated[Text, AfterValidator(_short_names), Field(max_length=3000)]


class PeopleForm(BaseModel):
    """Who belongs to a session, by their short names."""

    model_config = ConfigDict(extra="forbid")

    chair: Annotated[Line, Field(min_length=1, max_length=60)]
    secretary: Annotated[Line, Field(min_length=1, max_length=60)]
    members: Names


class PlanForm(PeopleForm):
    """A session to be planned."""

    title: Annotated[Line, Field(min_length=2, max_length=200)]
    place: Annotated[Line, Field(max_length=300)] = ""
    starts_at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d$")]
    scope: Literal["undecided", "all"] = "undecided"


class MotionForm(BaseModel):
    """A motion about the item under discussion."""

    model_config = ConfigDict(extra="forbid")

    outcome: Annotated[str, Field(min_length=1, max_length=40)]
    open_ballot: Flag = False
    reason: Annotated[Text, Field(max_length=2000)] = ""


class MinutesForm(BaseModel):
    """What the secretary writes: about the session, or about one item."""

    text: Annotated[Text, Field(max_length=10_000)] = ""
