"""What every part of the manifest is made of."""

from pathlib import PurePosixPath
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from portal.kit.i18n import _


def plain_path(value: str) -> str:
    """A relative path without tricks, as it may appear in a file tree."""
    parts = value.split("/")
    odd = any(part in {"", ".", ".."} for part in parts) or any(ord(c) < 32 or c in "\\:" for c in value)
    if odd or PurePosixPath(value).is_absolute():
        raise ValueError(_("“%(path)s” is not a plain relative path.", path=value))
    return value


PlainPath = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(plain_path)]


class Strict(BaseModel):
    """Unknown keys and values of a wrong type are refused: a typing error must not change a task silently."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Bilingual(Strict):
    """A text in both languages."""

    zh: str = Field(min_length=1, max_length=200)
    en: str = Field(min_length=1, max_length=200)

    def text(self, locale: str) -> str:
        """In the reader's language."""
        return self.en if locale == "en" else self.zh
