"""Texts as people and programs type them. What is refused is said in JSON schema too, for the API's document."""

import datetime as dt
import re
import unicodedata
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic.config import JsonDict

from portal.kit.i18n import _

_NOT_STORABLE = re.compile(r"[\x00\ud800-\udfff]")
_SPACES = r"\s\u001c-\u001f\u0085\ufeff"
_NOT_IN_A_LINE = r"\u0000-\u001f\u007f-\u009f\u2028\u2029"
_NOT_IN_A_TEXT = r"\u0000"


def _pattern(refused: str, least: int) -> str:
    """Any characters but the refused ones; ``least`` from the first that is no space to the last."""
    any_one, seen = f"[^{refused}]", f"[^{refused}{_SPACES}]"
    if least < 2:
        return f"^{any_one}*{seen * least}{f'{any_one}*' * least}$"
    return f"^{any_one}*{seen}{any_one}{{{least - 2},}}{seen}{any_one}*$"


def line(least: int = 0) -> JsonDict:
    """For ``json_schema_extra``: a ``Line`` whose visible part has at least so many characters."""
    return {"pattern": _pattern(_NOT_IN_A_LINE, least)}


def text(least: int = 0) -> JsonDict:
    """The same for a ``Text``."""
    return {"pattern": _pattern(_NOT_IN_A_TEXT, least)}


def reasoned(*decisions: str) -> JsonDict:
    """For the ``json_schema_extra`` of a model: these values of ``decision`` need a ``reason`` people understand."""
    return {
        "if": {"properties": {"decision": {"enum": list(decisions)}}},
        "then": {"properties": {"reason": text(4)}, "required": ["reason"]},
    }


def plain(value: str) -> str:
    """One line in NFC without the spaces around it; control characters have no place in it."""
    if any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in value):
        raise ValueError(_("Control characters are not allowed here."))
    return unicodedata.normalize("NFC", value).strip()


def _storable(value: str) -> str:
    if _NOT_STORABLE.search(value):
        raise ValueError(_("Control characters are not allowed here."))
    return value.replace("\r\n", "\n")


def _no_number(value: Any) -> Any:
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise ValueError(_("Please write true or false."))  # noqa: TRY004 - pydantic wants this one
    return value


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def a_day(value: Any) -> Any:
    """A number is no day, though it could be read as seconds."""
    if isinstance(value, dt.date) or (isinstance(value, str) and _DAY.fullmatch(value.strip())):
        return value
    raise ValueError(_("Write the day as 2026-11-26."))


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(_("Please enter a number."))  # noqa: TRY004 - the same
    return value


Flag = Annotated[bool, BeforeValidator(_no_number)]
"""Yes or no. A browser's form says it in words, a program as JSON does; 0 and 1 are numbers."""
WHOLE = BeforeValidator(_no_flag)
"""Behind a number and its bounds: true and false are none."""
Day = Annotated[dt.date, BeforeValidator(a_day)]
"""A day of the calendar, written as 2026-11-26."""
Line = Annotated[str, AfterValidator(plain), Field(json_schema_extra=line())]
"""One line of text."""
Text = Annotated[str, AfterValidator(_storable), Field(json_schema_extra=text())]
"""Several lines of text, with one kind of line end; NUL and halves of a character (as JSON can spell them) cannot be
stored."""
