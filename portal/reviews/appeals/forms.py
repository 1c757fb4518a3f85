"""What applicants type when they appeal."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from portal.kit.i18n import _
from portal.kit.typed import Text
from portal.reviews.appeals.models import JUDGEMENT, Ground
from portal.reviews.publicity.forms import Grounds as Story

MAX_LINKS = 10


def _procedural(value: Any) -> Any:
    if isinstance(value, list) and JUDGEMENT in value:
        raise ValueError(
            _(
                "The academic judgement of the experts is not reviewed. Appeals are about the procedure, recusals, "
                "form and facts that can be proved."
            )
        )
    return value


def _links(value: str) -> list[str]:
    found = list(dict.fromkeys(row.strip() for row in value.splitlines() if row.strip()))
    if len(found) > MAX_LINKS:
        raise ValueError(_("At most %(n)s links.", n=MAX_LINKS))
    for row in found:
        parts = urlsplit(row)
        if parts.scheme not in {"http", "https"} or not parts.hostname or len(row) > 500:
            raise ValueError(_("Each line is a whole address that begins with https:// or http://."))
    return found


class AppealForm(BaseModel):
    """An appeal."""

    model_config = ConfigDict(extra="forbid")

    grounds: Annotated[list[Ground], BeforeValidator(_procedural), Field(min_length=1, max_length=4)]
    text: Story
    links: Annotated[Text, AfterValidator(_links)] = ""
