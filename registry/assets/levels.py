"""The level of data (GB/T 43697-2024): set by who owns it, read from the card where nobody has set it."""

import re
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from portal.kit import frontmatter
from portal.kit.i18n import N_, _

KEY = "data_level"


class DataLevel(StrEnum):
    """Three levels, the lowest first. State secrets are no level of it: they have no place here at all."""

    general = "general"
    important = "important"
    core = "core"

    @property
    def label(self) -> str:
        """Message id of the level's name."""
        return {
            "general": N_("General data"),
            "important": N_("Important data"),
            "core": N_("Core data"),
        }[self.value]

    @property
    def tone(self) -> str:
        """Level of its tag."""
        return "neutral" if self is DataLevel.general else "warn"


_SECRET = re.compile(
    r"(top[ _-]*)?secret|state[ _-]*secrets?|confidential|绝密|机密|秘密|涉密|国家秘密", re.IGNORECASE
)


def checked(value: Any) -> Any:
    """One of the levels, or empty for not set. Secrets are refused with the reason, what is no text by its type."""
    if not isinstance(value, str):
        return value
    text = str(value).strip()
    if _SECRET.fullmatch(text):
        raise ValueError(
            _("State secrets must not be on this portal, nor be described here. Tell your security officer.")
        )
    if text and text.lower() not in set(DataLevel):
        raise ValueError(_("Please choose one of the offered values."))
    return text.lower()


def check_card(values: dict[str, Any]) -> None:
    """Refuse a card that calls its data secret; other words there are left to the reader."""
    text = values.get(KEY)
    if isinstance(text, str) and _SECRET.fullmatch(text.strip()):
        checked(text)


def stated(card: str) -> DataLevel | None:
    """What a card's front matter says."""
    text = str(frontmatter.lenient(card).values.get(KEY, "")).strip().lower()
    return DataLevel(text) if text in set(DataLevel) else None


def level_of(field: str, card: str) -> DataLevel | None:
    """The level that counts: the one that was set, else the card's, else none."""
    return DataLevel(field) if field else stated(card)


Level = Annotated[
    str,
    BeforeValidator(checked, json_schema_input_type=str),
    Field(
        max_length=20, json_schema_extra={"enum": ["", *DataLevel]}, description="GB/T 43697; empty: not set"
    ),
]
