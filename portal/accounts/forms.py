"""What people type about themselves."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from portal.accounts import naming, orcid
from portal.accounts.models import Scope
from portal.kit.db import Session
from portal.kit.errors import Invalid
from portal.kit.forms import Parsed
from portal.kit.i18n import _

# Deliverability decides; this only catches slips. Quoted local parts and address literals are refused.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
LIFETIMES = (7, 30, 90, 365)


def _email(value: str) -> str:
    if len(value) > 320 or not _EMAIL.fullmatch(value):
        raise ValueError(_("This does not look like an e-mail address."))
    return value.casefold()


def _line(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError(_("Invisible and control characters are not allowed here."))
    return value


def _text(value: str) -> str:
    return value.replace("\x00", "")  # PostgreSQL has no text with NUL


def _slug(value: str) -> str:
    value = value.casefold()
    if value and not naming.is_slug(value):
        raise ValueError(_("2 to 40 small letters, digits and single hyphens; no hyphen at either end."))
    return value


def _orcid(value: str) -> str:
    if not value:
        return ""
    found = orcid.normal(value)
    if found is None:
        raise ValueError(_("This is not a valid ORCID; please compare the digits."))
    return found


def _lifetime(value: int) -> int:
    if value not in LIFETIMES:
        raise ValueError(_("Please choose one of the offered values."))
    return value


Email = Annotated[str, AfterValidator(_email)]
Slug = Annotated[str, AfterValidator(_slug)]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_text)]
Line = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_line)]


class SignInForm(BaseModel):
    """Address and password; the shape of neither is judged here, so that both failures look the same."""

    email: Annotated[str, StringConstraints(max_length=400), AfterValidator(_text)]
    password: str = Field(max_length=2000)


class SignUpForm(BaseModel):
    """A new account. Without ``namespace`` one is made from the name."""

    email: Email
    name: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    namespace: Slug = ""
    password: str = Field(max_length=2000)


class ProfileForm(BaseModel):
    """The public profile."""

    name: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    affiliation: Annotated[Line, StringConstraints(max_length=200)] = ""
    orcid: Annotated[str, AfterValidator(_orcid)] = ""
    bio: Prose = ""


class PasswordForm(BaseModel):
    """A change of one's own password."""

    old_password: str = Field(max_length=2000)
    new_password: str = Field(max_length=2000)


class ForgotForm(BaseModel):
    """The address to mail a reset link to."""

    email: Email


class ResetForm(BaseModel):
    """The new password behind a mailed link."""

    new_password: str = Field(max_length=2000)


class TokenForm(BaseModel):
    """A new access token."""

    name: Annotated[Line, StringConstraints(min_length=1, max_length=80)]
    scopes: list[Scope] = Field(default_factory=list, max_length=10)
    days: Annotated[int, AfterValidator(_lifetime)]


class CodeForm(BaseModel):
    """A code of an authenticator app, or a recovery code."""

    code: Annotated[Line, StringConstraints(max_length=40)]


class KeyForm(BaseModel):
    """A new security key: its name, and the browser's answer to the challenge (JSON, judged where it is verified)."""

    name: Annotated[Line, StringConstraints(min_length=1, max_length=80)]
    credential: str = Field(max_length=40_000)


class AnswerForm(BaseModel):
    """The browser's answer when it asked a security key."""

    credential: str = Field(max_length=40_000)


class ConfirmForm(BaseModel):
    """Whatever proves the owner: a code, or the password."""

    code: Annotated[Line, StringConstraints(max_length=40)] = ""
    password: str = Field(default="", max_length=2000)


class PasswordOnlyForm(BaseModel):
    """A password, typed once more."""

    password: str = Field(max_length=2000)


class EmailForm(BaseModel):
    """A new mail address."""

    email: Email


class CloseForm(BaseModel):
    """Closing one's account asks for the password."""

    password: str = Field(max_length=2000)


@contextmanager
def filling(db: Session, parsed: Parsed[Any]) -> Iterator[None]:
    """Do the block in a savepoint; what an action refuses about a field becomes that field's error.

    The savepoint matters: the page with the errors is an ordinary answer, so the transaction commits.
    """
    try:
        with db.begin_nested():
            yield
    except Invalid as refusal:
        if not refusal.fields:
            raise
        parsed.errors.update(refusal.fields)


def safe_next(value: str | None) -> str:
    """Where to go after signing in: a path of this site, else the home page (no open redirect)."""
    path = value or ""
    # Browsers drop tabs and newlines and read a backslash as a slash, which would turn a path into a host.
    if not path.startswith("/") or "\\" in path or _CONTROL.search(path) or " " in path:
        return "/"
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    if path.startswith("//") or parts.scheme or parts.netloc:
        return "/"
    return "/" if parts.path.rstrip("/") in {"/sign-in", "/sign-up", "/sign-out"} else path
