"""A certificate as an in-toto Statement in a DSSE envelope: what programs without this portal verify. Pure but for the
key."""

import json
from collections.abc import Iterable
from typing import Any

from portal.kit.signing import dsse, own_signer
from portal.kit.signing.keys import Verifier
from registry.certification.models import Certificate, CertificateCriterion, CertificationProfile

PREDICATE = "https://cspon.example/attestation/certificate/v1"
KEY = "statements"


def predicate(
    certificate: Certificate, profile: CertificationProfile, found: Iterable[CertificateCriterion]
) -> dict[str, Any]:
    """What is stated: number, level, validity, profile, and every criterion with its verdict and digests.

    No person is named. What a certificate is worth later (suspended, revoked) is asked at the portal by its number.
    """
    granted, expires = certificate.granted_at, certificate.expires_at
    return {
        "number": certificate.number,
        "level": certificate.granted_level,
        "scope": certificate.scope,
        "grantedAt": granted.isoformat(timespec="seconds") if granted else "",
        "expiresAt": expires.isoformat(timespec="seconds") if expires else "",
        "profile": {"code": profile.code, "number": profile.number},
        "sbom": {"sha256": certificate.sbom_sha256 or ""},
        "criteria": [
            {
                "code": each.code,
                "kind": each.kind.value,
                "verdict": each.verdict.value,
                "accepted": each.accepted,
                "evidence": sorted({one["digest"] for one in each.evidence if one.get("digest")}),
            }
            for each in found
        ],
    }


def signed(subject: str, digest: str, stated: dict[str, Any]) -> bytes:
    """The envelope, signed with this portal's key for certificates. ``subject``: ``namespace/name@1.0.0``."""
    made = dsse.statement({subject: digest}, PREDICATE, stated)
    envelope = dsse.sign_statement(made, own_signer(KEY))
    return json.dumps(envelope, sort_keys=True).encode()


def verifier() -> Verifier:
    """The key that checks it."""
    return own_signer(KEY).verifier
