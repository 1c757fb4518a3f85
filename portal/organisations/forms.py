"""What people type about organisations."""

import datetime as dt
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, StringConstraints

from portal.accounts.forms import Email, Line, Prose, Slug
from portal.kit.i18n import _
from portal.organisations import credit_code
from portal.organisations.models import MemberRole, OrganisationKind

# GB/T 2260: two digits each for province, prefecture and county; provinces begin with 1-8 (9 abroad and military).
_DIVISION = re.compile(r"[1-8][0-9]{5}")
_UNSAFE = re.compile(r"[\s<>\"\x00-\x1f]")


def _code(value: str) -> str:
    code = credit_code.normal(value)
    if not credit_code.is_valid(code):
        raise ValueError(
            _("This is not a valid unified social credit code; please compare all 18 characters.")
        )
    return code


def _division(value: str) -> str:
    if value and not _DIVISION.fullmatch(value):
        raise ValueError(_("Six digits of the division code, such as 110000."))
    return value


def _website(value: str) -> str:
    if not value:
        return ""
    why = _("An address that begins with https:// or http://.")
    try:
        parts = urlsplit(value if "//" in value else f"https://{value}")
        host = parts.hostname or ""
    except ValueError:
        raise ValueError(why) from None
    if parts.scheme not in {"http", "https"} or "." not in host or parts.username or _UNSAFE.search(value):
        raise ValueError(why)
    return parts.geturl()


CreditCode = Annotated[str, AfterValidator(_code)]
Division = Annotated[str, AfterValidator(_division)]
Website = Annotated[str, StringConstraints(max_length=300), AfterValidator(_website)]


class OrganisationForm(BaseModel):
    """An organisation as its administrator describes it."""

    name: Annotated[Line, StringConstraints(min_length=2, max_length=200)]
    name_en: Annotated[Line, StringConstraints(max_length=200)] = ""
    kind: OrganisationKind
    credit_code: CreditCode
    division_code: Division = ""
    website: Website = ""
    summary: Prose = ""


class NewOrganisationForm(OrganisationForm):
    """The same with the short name, which cannot change later. Without one it is made from the name."""

    namespace: Slug = ""
    confirm_similar: bool = False
    """The short name is meant, although it is near to that of a verified organisation."""


class InvitationForm(BaseModel):
    """Whom to invite, as what."""

    email: Email
    role: MemberRole = MemberRole.member


class VerificationForm(BaseModel):
    """What the secretariat should know."""

    statement: Annotated[Prose, StringConstraints(min_length=10)]


class ReasonForm(BaseModel):
    """Why."""

    reason: Annotated[Prose, StringConstraints(min_length=1, max_length=1000)]


class ParentForm(BaseModel):
    """Under which organisation this one stands, since when, and how that can be checked."""

    parent: Annotated[Slug, StringConstraints(min_length=2)]
    since: dt.date
    statement: Annotated[Prose, StringConstraints(max_length=2000)] = ""


class EndForm(BaseModel):
    """Until which day (inclusive), and why."""

    until: dt.date
    reason: Annotated[Prose, StringConstraints(min_length=1, max_length=1000)]
