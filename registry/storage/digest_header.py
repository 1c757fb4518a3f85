"""The header ``Content-Digest`` (RFC 9530): the digest of exactly the bytes of this request's body."""

import base64
import binascii
import re

from portal.kit.errors import Invalid
from portal.kit.i18n import _

NAME = "Content-Digest"
_ITEM = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):\s*(?=,|$)")


def parse(value: str) -> str:
    """The SHA-256 (hex) in the header's value; other digests beside it are passed over. Refuses a header without."""
    found = _ITEM.search(value)
    try:
        return base64.b64decode(found.group(1), validate=True).hex() if found else _refuse()
    except binascii.Error:
        return _refuse()


def _refuse() -> str:
    raise Invalid(
        _("A part needs the header Content-Digest with its SHA-256."),
        hint=_("For example: Content-Digest: sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"),
    )


def value(sha256: str) -> str:
    """The header's value for a digest in hex."""
    return f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
