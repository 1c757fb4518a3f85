"""Where a work was published, and the persistent identifiers by which it is known elsewhere."""

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic.config import JsonDict

from portal.kit.i18n import _
from portal.kit.typed import WHOLE, Line
from registry.assets.levels import Level

FIELDS = (
    "doi", "cstr", "year", "venue", "region_code", "region", "period_from", "period_to", "map_review_no",
    "data_level",
)  # fmt: skip
_DOI = re.compile(r"10\.[0-9]{4,9}/[!#-;=?-\[\]-~]{1,180}", re.ASCII)
"""ISO 26324: prefix 10.registrant, a slash, a suffix; printable ASCII but quotes and angle brackets."""
_CSTR = re.compile(r"[0-9]{5}\.[0-9]{2}\.[A-Za-z0-9._:/()-]{1,100}", re.ASCII)
"""GB/T 32843-2016: registrant (5 digits), kind of resource (2 digits), and the registrant's own identifier."""
_REVIEW = re.compile(r"(GS[\u4e00-\u9fff]?|[\u4e00-\u9fff]{1,2}S)[(（][0-9]{4}[)）][0-9]{1,5}号")
"""As printed on maps: GS(2024)0650号, GS京(2023)1234号, 京S(2024)001号."""
_DIVISION = re.compile(r"(1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12])[0-9]{4}|0{6}")
"""GB/T 2260: two digits of the province, four below it; 000000 stands for the whole country."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def doi(text: str) -> str:
    """The bare DOI in lower case (DOIs know no case); prefixes people paste are taken off. Refuses what is none."""
    bare = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", text.strip(), flags=re.IGNORECASE).lower()
    if bare and not _DOI.fullmatch(bare):
        raise ValueError(_("A DOI looks like 10.12345/abc.2026.1."))
    return bare


def cstr(text: str) -> str:
    """The identifier with its prefix, ``CSTR:14804.11.…``. Refuses what is none."""
    bare = re.sub(r"^(https?://(www\.)?cstr\.cn/)?(cstr:\s*)?", "", text.strip(), flags=re.IGNORECASE)
    if bare and not _CSTR.fullmatch(bare):
        raise ValueError(_("A CSTR looks like CSTR:14804.11.abc.2026.1."))
    return f"CSTR:{bare}" if bare else ""


def identifier(text: str) -> str:
    """A DOI or a CSTR in the form it is stored in; empty for anything else."""
    for read in (doi, cstr):
        try:
            return read(text)
        except ValueError:
            continue
    return ""


def resolvers(stored_doi: str, stored_cstr: str) -> list[tuple[str, str, str]]:
    """(name, identifier, address of its resolver): shown as text, because the site sends nobody elsewhere."""
    found = [("DOI", stored_doi, f"https://doi.org/{stored_doi}")] if stored_doi else []
    if stored_cstr:
        found.append(("CSTR", stored_cstr, f"https://cstr.cn/{stored_cstr}"))
    return found


def _none(value: Any) -> Any:
    return None if value == "" else value


def _day(value: Any) -> Any:
    # The library also takes numbers, for seconds since 1970.
    if isinstance(value, int | float) or (isinstance(value, str) and not _DAY.fullmatch(value)):
        raise ValueError(_("Write a day as 2026-01-31."))
    return value


def _division(value: str) -> str:
    code = value.strip()
    if code and not _DIVISION.fullmatch(code):
        raise ValueError(_("A division code has six digits (GB/T 2260), for example 330100."))
    return code


def _review(value: str) -> str:
    number = value.strip().removeprefix("审图号").lstrip(":： ")
    if number and not _REVIEW.fullmatch(number):
        raise ValueError(_("Write it as on the map, for example %(example)s.", example="GS(2024)0650号"))
    return number


def _shown(pattern: str) -> JsonDict:
    """For the document: empty, or so."""
    return {"pattern": f"^(?:{pattern})?$"}


Doi = Annotated[str, Field(max_length=220, json_schema_extra=_shown(_DOI.pattern)), AfterValidator(doi)]
Cstr = Annotated[
    str, Field(max_length=150, json_schema_extra=_shown(f"CSTR:{_CSTR.pattern}")), AfterValidator(cstr)
]
Year = Annotated[int, Field(ge=1900, le=2100), WHOLE]
Day = Annotated[dt.date, BeforeValidator(_day, json_schema_input_type=dt.date)]
Venue = Annotated[Line, Field(max_length=200)]
Region = Annotated[Line, Field(max_length=100)]
Division = Annotated[
    str, Field(max_length=6, json_schema_extra=_shown(_DIVISION.pattern)), AfterValidator(_division)
]
Review = Annotated[
    str, Field(max_length=40, json_schema_extra=_shown(_REVIEW.pattern)), AfterValidator(_review)
]


class Publication(BaseModel):
    """What is said of a work's publication; every field may be empty."""

    doi: Doi = ""
    cstr: Cstr = ""
    year: Annotated[Year | None, BeforeValidator(_none, json_schema_input_type=Year | Literal[""] | None)] = (
        None
    )
    venue: Venue = ""
    region_code: Division = ""
    region: Region = ""
    period_from: Annotated[
        Day | None, BeforeValidator(_none, json_schema_input_type=Day | Literal[""] | None)
    ] = None
    period_to: Annotated[
        Day | None, BeforeValidator(_none, json_schema_input_type=Day | Literal[""] | None)
    ] = None
    map_review_no: Review = ""
    data_level: Level = ""

    @field_validator("period_to")
    @classmethod
    def _in_order(cls, value: dt.date | None, info: ValidationInfo) -> dt.date | None:
        begun = info.data.get("period_from")
        if value and begun and value < begun:
            raise ValueError(_("The period ends before it begins."))
        return value
