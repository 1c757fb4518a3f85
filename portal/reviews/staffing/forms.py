"""What people type about conflicts and runs."""

from typing import Annotated

from pydantic import BaseModel, Field

from portal.kit.typed import Flag, Line, Text
from portal.reviews.staffing.models import RunKind

Key = Annotated[Line, Field(max_length=40)]


class StartForm(BaseModel):
    """What is computed, and among whom."""

    kind: RunKind
    invited_only: Flag = False


class ChangeForm(BaseModel):
    """A change by hand: who leaves a seat, who takes it, why."""

    submission: Key
    before: Key = ""
    after: Key = ""
    reason: Annotated[Text, Field(max_length=1000)] = ""
