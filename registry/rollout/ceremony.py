"""This portal's repository and keys: the online ones in its keys folder, key files of people, a demonstration's own."""

import datetime as dt
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from cspon_node.formats import NOTICES
from portal.kit.signing import Ed25519Signer, Signer, Verifier, own_signer, public_text, read_public
from portal.kit.signing.keys import BadKey, keys_folder
from portal.settings import get_settings
from registry.rollout.plan import AT_LEAST, ONLINE, ROLES, Plan, Refused, RoleKeys
from registry.rollout.repository import Repository

PREFIX = "rollout_"
OFFLINE = ("root", "targets", "national")
"""Roles whose keys are kept by people unless the ceremony says otherwise."""
BY_DEFAULT = ("pilot", "regional", NOTICES, *ONLINE)
"""Roles this portal signs by itself unless the ceremony says otherwise."""
_NAME = re.compile(r"rollout_[a-z]+(_[0-9]+)?\Z")


def repository() -> Repository:
    """The repository of this portal: ``rollout`` under its home."""
    return Repository(get_settings().home / "rollout")


def signers() -> list[Signer]:
    """Every key this machine signs with by itself: the online ones, and in a demonstration also the people's."""
    here = keys_folder()
    names = sorted(path.stem for path in here.glob(f"{PREFIX}*.pem") if _NAME.match(path.stem))
    found: list[Signer] = [own_signer(name) for name in names]
    if demo_folder().is_dir() and repository().demo:
        found += [read_key(path) for path in sorted(demo_folder().glob("*.pem"))]
    return found


def demo_folder() -> Path:
    """Where a demonstration keeps the keys that people would keep elsewhere."""
    return get_settings().home / "rollout" / "demo-keys"


def fresh_online(role: str) -> Signer:
    """A new online key of a role in the keys folder; older ones stay until nothing is signed by them any more."""
    here, name, n = keys_folder(), f"{PREFIX}{role}", 1
    while (here / f"{name}.pem").exists():
        n += 1
        name = f"{PREFIX}{role}_{n}"
    return own_signer(name)


def make_key(path: Path, passphrase: str | None = None) -> Signer:
    """A new key in a new file of mode 0600, encrypted where a passphrase is given. Refuses a file that is there."""
    key = Ed25519PrivateKey.generate()
    locked = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadKey(f"{path} is there already; name a new file") from None
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return Ed25519Signer(key)


def is_locked(path: Path) -> bool:
    """Whether a key file wants a passphrase."""
    return b"ENCRYPTED" in path.read_bytes()[:200]


def read_key(path: Path, passphrase: str | None = None) -> Signer:
    """The key of a file. Refuses an unencrypted one that others than its owner may read."""
    mode = path.stat().st_mode & 0o777
    if mode & 0o077 and not is_locked(path):
        raise BadKey(f"{path} may be read by others (mode {mode:o}); run: chmod 600 {path}")
    try:
        key = load_pem_private_key(path.read_bytes(), passphrase.encode() if passphrase else None)
    except (ValueError, TypeError):
        raise BadKey(f"{path} is no private key, or the passphrase is another one") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadKey("the private key is not of the kind Ed25519")
    return Ed25519Signer(key)


def public_of(text: str) -> Verifier:
    """A public key from its text, or from a file that holds it."""
    if not text.startswith("ed25519:") and Path(text).is_file():
        text = Path(text).read_text(encoding="utf-8")
    return read_public(text)


def hold(
    given: Mapping[str, Sequence[Verifier]],
    thresholds: Mapping[str, int],
    at: dt.datetime,
    *,
    present: Sequence[Signer] = (),
    demo: bool = False,
) -> bool:
    """The first ceremony with these public keys; roles without any are signed by this portal online.

    Refused without keys for root, targets and national. Whether everything could be signed at once.
    """
    lacking = [role for role in OFFLINE if not given.get(role)]
    if lacking:
        raise Refused(f"Name keys of people for: {', '.join(lacking)}.")
    there = repository()
    if there.begun:
        raise Refused("There is a repository already. Keys are changed by rotation: cspon keys rotate")
    checked = {
        role: RoleKeys(tuple(given[role]), thresholds.get(role, AT_LEAST.get(role, 1)))
        for role in ROLES
        if given.get(role)
    }
    online = [(role, fresh_online(role)) for role in ROLES if role not in checked]
    checked |= {role: RoleKeys((signer.verifier,)) for role, signer in online}
    return there.begin(Plan(checked, demo=demo), [*present, *signers()], at)


def make_offline(folder: Path, passphrase: str | None, counts: Mapping[str, int]) -> dict[str, list[Signer]]:
    """Key files ``root-1.pem`` … in a folder of mode 0700, each with its public half beside it."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made: dict[str, list[Signer]] = {}
    for role, count in counts.items():
        for n in range(1, count + 1):
            signer = make_key(folder / f"{role}-{n}.pem", passphrase)
            public = folder / f"{role}-{n}.pub"
            public.write_text(public_text(signer.verifier) + "\n", encoding="utf-8")
            made.setdefault(role, []).append(signer)
    return made


def hold_demo(at: dt.datetime) -> bool:
    """A ceremony for a demonstration, once: all keys below the site's home, root marked so. Whether it was held now."""
    if repository().begun:
        return False
    made = make_offline(demo_folder(), None, {"root": 3, "targets": 2, "national": 3})
    given = {role: [signer.verifier for signer in keys] for role, keys in made.items()}
    everyone = [signer for keys in made.values() for signer in keys]
    return hold(given, {"root": 2, "targets": 2, "national": 2}, at, present=everyone, demo=True)
