"""WebAuthn (W3C Level 2) on the server: the options of a ceremony and the check of its answer."""

import ipaddress
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, generate_challenge
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.accounts.models import Account, WebauthnKey
from portal.settings import get_settings

TIMEOUT_MS = 120_000
_TRANSPORTS = {item.value: item for item in AuthenticatorTransport}


@dataclass(frozen=True)
class Party:
    """The site as browsers know it: what keys are bound to (a host name) and where ceremonies may happen."""

    rp_id: str
    origin: str


@dataclass(frozen=True)
class NewKey:
    """A registered credential, bytes as base64url."""

    credential_id: str
    public_key: str
    sign_count: int
    transports: list[str]


def party_of(request: Request) -> Party | None:
    """From the configured public address, else from the request's host. None where browsers offer no keys.

    Keys are bound to a host name over HTTPS (or ``localhost``): a bare IP address has none.
    """
    parts = urlsplit(get_settings().public_url or str(request.base_url))
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        secure = parts.scheme == "https" or host == "localhost" or host.endswith(".localhost")
        return Party(host, f"{parts.scheme}://{parts.netloc}") if host and secure else None
    return None


def new_challenge() -> str:
    """64 random bytes as base64url."""
    return bytes_to_base64url(generate_challenge())


def registration_options(
    party: Party, account: Account, present: Sequence[WebauthnKey], challenge: str, *, site: str
) -> str:
    """What the browser needs to make a credential; keys that are there already are excluded."""
    options = generate_registration_options(
        rp_id=party.rp_id,
        rp_name=site,
        user_id=account.id.bytes,
        user_name=account.email,
        user_display_name=account.name,
        challenge=base64url_to_bytes(challenge),
        timeout=TIMEOUT_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=[_descriptor(key) for key in present],
    )
    return options_to_json(options)


def verify_registration(party: Party, answer: str, challenge: str) -> NewKey | None:
    """The new key if the answer is genuine for this site and challenge, else None."""
    try:
        verified = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
        )
        transports = json.loads(answer)["response"].get("transports", [])
    except Exception:  # JSON, CBOR and certificates of anybody: whatever breaks on them is a no
        return None
    return NewKey(
        credential_id=bytes_to_base64url(verified.credential_id),
        public_key=bytes_to_base64url(verified.credential_public_key),
        sign_count=verified.sign_count,
        transports=[item for item in transports if isinstance(item, str) and item in _TRANSPORTS][:8],
    )


def authentication_options(
    party: Party, present: Sequence[WebauthnKey], challenge: str, *, alone: bool = False
) -> str:
    """What the browser needs to ask one of these keys; of none given, any passkey it has for this site.

    ``alone``: the key is all the proof there is, so that its owner must be verified (by PIN, face or finger).
    """
    options = generate_authentication_options(
        rp_id=party.rp_id,
        challenge=base64url_to_bytes(challenge),
        timeout=TIMEOUT_MS,
        allow_credentials=[_descriptor(key) for key in present],
        user_verification=UserVerificationRequirement.REQUIRED
        if alone
        else UserVerificationRequirement.PREFERRED,
    )
    return options_to_json(options)


def credential_of(answer: str) -> str:
    """Which credential an answer claims to come from; empty where it is no answer."""
    try:
        found = json.loads(answer)["id"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return found if isinstance(found, str) and len(found) <= 1400 else ""


def verify_authentication(
    party: Party, answer: str, challenge: str, key: WebauthnKey, *, alone: bool = False
) -> int | None:
    """The key's new counter if the answer is genuine; None if not, or if the counter did not grow (a copied key).

    ``alone``: also None where the owner was not verified, or the key belongs to another account than it says.
    """
    try:
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=alone,
        )
        handle = json.loads(answer)["response"].get("userHandle")
        if alone and base64url_to_bytes(handle) != key.account_id.bytes:
            return None
    except Exception:  # JSON, CBOR and certificates of anybody: whatever breaks on them is a no
        return None
    return verified.new_sign_count


def _descriptor(key: WebauthnKey) -> PublicKeyCredentialDescriptor:
    return PublicKeyCredentialDescriptor(
        id=base64url_to_bytes(key.credential_id),
        transports=[_TRANSPORTS[item] for item in key.transports if item in _TRANSPORTS] or None,
    )
