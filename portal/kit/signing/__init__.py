"""Signatures: canonical JSON, keys, DSSE envelopes with in-toto statements, signed notes with cosignatures.

``from portal.kit.signing import dsse, note, canonical, own_signer``: domains build on these; none signs by itself.
"""

from portal.kit.signing import dsse, note
from portal.kit.signing.canonical import NotCanonical, canonical
from portal.kit.signing.keys import (
    BadKey,
    Ed25519Signer,
    Ed25519Verifier,
    Signer,
    Verifier,
    own_signer,
    public_pem,
    public_text,
    read_public,
)

__all__ = [
    "BadKey",
    "Ed25519Signer",
    "Ed25519Verifier",
    "NotCanonical",
    "Signer",
    "Verifier",
    "canonical",
    "dsse",
    "note",
    "own_signer",
    "public_pem",
    "public_text",
    "read_public",
]
