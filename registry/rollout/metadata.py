"""Small pure steps over TUF metadata: keys in TUF's form, loading, writing whole, counting signatures."""

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from securesystemslib.signer import Key, Signature, SSlibKey
from securesystemslib.signer import Signer as TufSigner
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import DelegatedRole, Delegations, Metadata, Role, Root, Targets

from cspon_node.formats import CHANNELS, NOTICES
from portal.kit.signing import Signer, Verifier
from registry.rollout.plan import DELEGATED, ONLINE, Refused, RoleKeys

LIFE = dict.fromkeys(("root", "targets", *CHANNELS), 365) | dict.fromkeys((*ONLINE, NOTICES), 90)
"""Days until metadata of a role expires: the online ones long enough for a stick that is carried once a quarter."""
PATHS = {name: [f"{name}/*/*/*"] for name in CHANNELS} | {NOTICES: [f"{NOTICES}/*"]}
"""Patterns of target paths; in TUF a star ends at a slash."""


class Adapter(TufSigner):
    """A key of ours, whatever keeps it, as TUF's tools want it."""

    def __init__(self, signer: Signer) -> None:
        self._signer, self._key = signer, tuf_key(signer.verifier)

    @property
    def public_key(self) -> Key:
        """The public half."""
        return self._key

    @classmethod
    def from_priv_key_uri(
        cls,
        priv_key_uri: str,  # noqa: ARG003 - the signature is that of TUF's tools
        public_key: Key,  # noqa: ARG003
        secrets_handler: Any = None,  # noqa: ARG003
    ) -> TufSigner:
        """Keys are opened by this program, never by an address."""
        raise Refused("Keys are opened by this program, never by an address.")

    def sign(self, payload: bytes) -> Signature:
        """A signature over the payload."""
        return Signature(self._key.keyid, self._signer.sign(payload).hex())


def tuf_key(verifier: Verifier) -> SSlibKey:
    """A public key in TUF's form; its id is ours (SHA-256 of the SubjectPublicKeyInfo)."""
    return SSlibKey(verifier.key_id, verifier.algorithm, verifier.algorithm, {"public": verifier.raw.hex()})


def parse(data: bytes) -> Metadata[Any]:
    """Metadata of any role; refuses what is none."""
    try:
        return Metadata.from_bytes(data)
    except (RepositoryError, ValueError) as error:
        raise Refused(f"This file is no TUF metadata: {error}", code="metadata") from None


def load(path: Path) -> Metadata[Any] | None:
    """The metadata of a file; None where there is no file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    return parse(data)


def write(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one whole."""
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def add_signature(data: bytes, signer: Signer) -> bytes:
    """The metadata with one more signature: what a key holder does on a machine of their own. Changes nothing else."""
    found = parse(data)
    found.sign(Adapter(signer), append=True)
    return found.to_bytes()


def end(role: str, at: dt.datetime) -> dt.datetime:
    """When metadata of a role made now expires."""
    return (at + dt.timedelta(days=LIFE[role])).astimezone(dt.UTC).replace(microsecond=0)


def keys_of(above: Any, role: str) -> Role | None:
    """Key ids and threshold of a role, as root or targets say."""
    if isinstance(above, Root):
        return above.roles.get(role)
    delegations = above.delegations if isinstance(above, Targets) else None
    return delegations.roles.get(role) if delegations is not None and delegations.roles else None


def signers_of(above: Any, role: str, made: Metadata[Any]) -> set[str]:
    """Ids of the role's keys whose signature on this is right."""
    if keys_of(above, role) is None:
        return set()
    found = above.get_verification_result(role, made.signed_bytes, made.signatures)
    return set(found.signed)


def enough(above: Any, role: str, made: Metadata[Any]) -> bool:
    """Whether as many of the role's keys signed this as the one above says."""
    wanted = keys_of(above, role)
    return wanted is not None and len(signers_of(above, role, made)) >= wanted.threshold


def assign(root: Root, given: Mapping[str, RoleKeys]) -> None:
    """Give top roles these keys; keys no role uses any more are dropped."""
    for role, keys in given.items():
        root.roles[role] = Role([key.key_id for key in keys.keys], keys.threshold)
        root.keys |= {key.key_id: tuf_key(key) for key in keys.keys}
    used = {keyid for role in root.roles.values() for keyid in role.keyids}
    root.keys = {keyid: key for keyid, key in root.keys.items() if keyid in used}


def delegate(targets: Targets, given: Mapping[str, RoleKeys]) -> None:
    """Give channels these keys; the others keep theirs."""
    old = targets.delegations
    roles = dict(old.roles or {}) if old is not None else {}
    keys = dict(old.keys) if old is not None else {}
    for name, each in given.items():
        ids = [key.key_id for key in each.keys]
        roles[name] = DelegatedRole(name, ids, each.threshold, terminating=True, paths=PATHS[name])
        keys |= {key.key_id: tuf_key(key) for key in each.keys}
    used = {keyid for role in roles.values() for keyid in role.keyids}
    targets.delegations = Delegations(
        {keyid: key for keyid, key in keys.items() if keyid in used},
        {name: roles[name] for name in DELEGATED if name in roles},
    )
