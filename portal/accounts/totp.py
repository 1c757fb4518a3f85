"""Time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 s), their QR code, and the form of recovery codes."""

import datetime as dt
import hmac
import re

import pyotp
import segno

from portal.kit.ids import new_base32

PERIOD_S = 30
DRIFT = 1
"""Steps a clock may be wrong by, either way (RFC 6238, 5.2)."""
SECRET_BYTES = 20
RECOVERY_BYTES = 10
_CODE = re.compile(r"[0-9]{6}")
_RECOVERY = re.compile(r"[A-Z2-7]{16}")


def new_secret() -> str:
    """160 random bits in base32, the length RFC 4226 recommends."""
    return new_base32(SECRET_BYTES)


def step_at(instant: dt.datetime) -> int:
    """The time step an instant lies in."""
    return int(instant.timestamp()) // PERIOD_S


def code_of(secret: str, step: int) -> str:
    """The six digits of a step."""
    return pyotp.HOTP(secret).at(step)


def matching_step(secret: str, code: str, *, last_step: int, at: dt.datetime) -> int | None:
    """The step whose code this is, of those within the drift and newer than ``last_step``; None where it is none."""
    if not _CODE.fullmatch(code):
        return None
    middle = step_at(at)
    found = None
    for step in range(middle - DRIFT, middle + DRIFT + 1):
        if hmac.compare_digest(code_of(secret, step), code) and step > last_step:
            found = step if found is None else found
    return found


def next_code(secret: str, *, last_step: int, at: dt.datetime) -> str | None:
    """A code that would be accepted now; None where all within the drift were used (the next comes within 30 s)."""
    step = max(step_at(at), last_step + 1)
    return code_of(secret, step) if step <= step_at(at) + DRIFT else None


def uri(secret: str, *, account: str, issuer: str) -> str:
    """The ``otpauth://`` address authenticator apps read."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def qr(text: str) -> str:
    """The text as a QR code, an SVG in a ``data:`` address; dark on white in dark pages too, as readers need it."""
    return str(segno.make(text, error="m").svg_data_uri(scale=5, dark="#000", light="#fff", border=4))


def grouped(secret: str) -> str:
    """A base32 secret in groups of four, to be typed."""
    return " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))


def new_recovery_code() -> str:
    """80 random bits as ``abcd-efgh-ijkl-mnop``."""
    code = new_base32(RECOVERY_BYTES).lower()
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def normal_recovery(text: str) -> str | None:
    """A typed recovery code without spaces and hyphens, in one case; None where it cannot be one."""
    plain = re.sub(r"[\s-]", "", text).upper()
    return plain if _RECOVERY.fullmatch(plain) else None
