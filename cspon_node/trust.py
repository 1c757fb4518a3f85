"""Who has signed the bundle: TUF's client workflow over the metadata inside it, by the library's own rules.

The trusted state (root walked so far, versions seen) is a folder; the walk works on a copy of it, and ``keep`` brings
it home once all metadata has held. So a bundle that fails changes nothing, and one that holds is remembered even where
its contents are refused afterwards.
"""

import logging
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from securesystemslib.exceptions import UnverifiedSignatureError
from tuf.api import exceptions as tuf
from tuf.api.metadata import Metadata, Root, Targets
from tuf.ngclient import Updater, UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface

from cspon_node.archive import Member
from cspon_node.durable import write_bytes
from cspon_node.formats import (
    CHANNELS,
    MAX_MANIFEST,
    MAX_METADATA,
    MAX_ROOTS,
    METADATA_DIR,
    NOTICES,
    TARGETS_DIR,
    WITHDRAWN_TARGET,
    shown,
    target_path,
)
from cspon_node.refusals import Refusal, disk

# Signatures that do not hold are told by this program; the library's own lines would only alarm twice.
logging.getLogger("tuf").setLevel(logging.CRITICAL)
logging.getLogger("securesystemslib").setLevel(logging.CRITICAL)

_ROOT = re.compile(r"[1-9][0-9]{0,3}\.root\.json")
_NAMES = frozenset(f"{name}.json" for name in ("timestamp", "snapshot", "targets", NOTICES, *CHANNELS))
_HEX = re.compile(r"[0-9a-f]+")
_URL = "bundle:///"
WITHDRAWN_FILE = "withdrawn.json"
"""Beside the state: the newest list of withdrawn versions that was signed for."""
LIMITS = UpdaterConfig(
    max_root_rotations=MAX_ROOTS, root_max_length=512_000, timestamp_max_length=64_000,
    snapshot_max_length=MAX_METADATA, targets_max_length=MAX_METADATA,
)  # fmt: skip


@dataclass(frozen=True)
class Signed:
    """What the signatures vouch for."""

    channel: str
    target: str
    manifest: bytes
    withdrawn: bytes
    root: int
    """Version of the newest root."""


class Entries(Protocol):
    """What metadata is read from: a bundle, or files fetched from a portal."""

    @property
    def members(self) -> Mapping[str, Member]:
        """The entries by name."""

    def read(self, name: str, limit: int) -> bytes:
        """An entry; refused above ``limit`` bytes."""


class _Inside(FetcherInterface):
    """Serves the library from the bundle, and remembers what was asked for last."""

    def __init__(self, archive: Entries) -> None:
        self._archive = archive
        self.last = ""

    def _fetch(self, url: str) -> Iterator[bytes]:
        raise tuf.DownloadHTTPError(f"not in the bundle: {url}", 404)

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """An entry, refused by its size before it is read."""
        name = url.removeprefix(_URL)
        self.last = name.removeprefix(METADATA_DIR).removesuffix(".json")
        member = self._archive.members.get(name)
        if member is None:
            raise tuf.DownloadHTTPError("not in the bundle", 404)
        if member.size > max_length:
            raise Refusal("too-large", name=name, size=member.size)
        return self._archive.read(name, max_length)


class Trust:
    """The trusted state of one portal. ``root``: the bytes given as the root of trust; ``state``: a folder, or None."""

    def __init__(self, root: bytes, state: Path | None) -> None:
        self._root, self._state = root, state

    @contextmanager
    def opened(self, archive: Entries) -> Iterator["Walk"]:
        """A walk over the archive's metadata, in a folder of its own."""
        with tempfile.TemporaryDirectory(prefix="cspon-node-") as name:
            work = Path(name, "metadata")
            if self._state is not None and self._state.is_dir():
                shutil.copytree(self._state, work, symlinks=True)
            work.mkdir(exist_ok=True)
            yield Walk(self._root, work, archive)

    def keep(self, walk: "Walk", withdrawn: bytes) -> None:
        """Remember what the walk has seen. Every step of it is a valid state, so a crash between two does no harm."""
        if self._state is None:
            return
        (self._state / "root_history").mkdir(parents=True, exist_ok=True, mode=0o700)
        for path in sorted((walk.folder / "root_history").iterdir()):
            write_bytes(self._state / "root_history" / path.name, path.read_bytes())
        # The timestamp last: what it speaks of is there then.
        names = sorted(
            (each.name for each in walk.folder.glob("*.json")), key=lambda each: each == "timestamp.json"
        )
        for name in names:
            if not (walk.folder / name).is_symlink():
                write_bytes(self._state / name, (walk.folder / name).read_bytes())
        write_bytes(self._state.parent / WITHDRAWN_FILE, withdrawn)


class Walk:
    """TUF's workflow over one bundle."""

    def __init__(self, root: bytes, folder: Path, archive: Entries) -> None:
        self._archive, self.folder = archive, folder
        self._fetcher = _Inside(archive)
        try:
            self._updater = Updater(
                str(folder), f"{_URL}{METADATA_DIR}", None, f"{_URL}{TARGETS_DIR}", self._fetcher, LIMITS,
                bootstrap=root,
            )  # fmt: skip
        except (tuf.RepositoryError, ValueError) as error:
            raise Refusal("trust-unreadable", why=_short(error)) from error

    def signed(self) -> Signed:
        """Every step of the workflow, then the manifest and what was withdrawn; refused at the first flaw."""
        target = self._target()
        self._strict()
        self._guarded(self._updater.refresh)
        withdrawn = self._bytes(WITHDRAWN_TARGET, NOTICES, MAX_METADATA)
        channel = target.partition("/")[0]
        manifest = self._bytes(target, channel, MAX_MANIFEST)
        return Signed(channel, target, manifest, withdrawn, self._version())

    def notices(self) -> bytes:
        """Every step of the workflow, then what was withdrawn: without a bundle, for a node that asks its portal."""
        self._strict()
        self._guarded(self._updater.refresh)
        withdrawn = self._bytes(WITHDRAWN_TARGET, NOTICES, MAX_METADATA)
        for channel in CHANNELS:
            # Asked for a target that is not there: the channel's metadata is checked and remembered on the way.
            self._guarded(lambda name=channel: self._updater.get_targetinfo(target_path(name, "-", "-", "-")))
        return withdrawn

    def _target(self) -> str:
        """The one target besides the notices; every entry below metadata/ and targets/ must be a known one."""
        names = self._archive.members
        odd = [n for n in names if n.startswith(METADATA_DIR) and not _known(n.removeprefix(METADATA_DIR))]
        if odd:
            raise Refusal("unexpected", name=shown(odd[0]))
        found = [n.removeprefix(TARGETS_DIR) for n in names if n.startswith(TARGETS_DIR)]
        others = [each for each in found if each != WITHDRAWN_TARGET]
        if WITHDRAWN_TARGET not in found or not others:
            raise Refusal("missing", name=TARGETS_DIR + (WITHDRAWN_TARGET if others else ""))
        if len(others) > 1:
            raise Refusal("unexpected", name=shown(TARGETS_DIR + others[1]))
        return others[0]

    def _strict(self) -> None:
        """What TUF passes over: superfluous signatures that do not hold, and roots up to the one trusted already.

        Nothing hangs on them, but a bundle with such a flaw was damaged or touched, and is not to be carried on.
        """
        names = sorted((n for n in self._archive.members if n.startswith(METADATA_DIR)), key=_number)
        before: Metadata[Any] | None = None
        for name in names:
            role = name.removeprefix(METADATA_DIR).removesuffix(".json")
            data = self._archive.read(
                name, LIMITS.root_max_length if role.endswith(".root") else MAX_METADATA
            )
            made = self._guarded(lambda data=data: Metadata[Any].from_bytes(data), role)
            if any(not _HEX.fullmatch(each.signature) for each in made.signatures.values()):
                raise Refusal("metadata-changed", role=role)
            if role.endswith(".root"):
                mine = self._own_root(role)
                if mine is not None and mine != data:
                    raise Refusal("metadata-changed", role=role)
                if mine is None and not all(_holds(made, before, keyid) for keyid in made.signatures):
                    raise Refusal("root-rotation", role=role)
                before = made

    def _own_root(self, role: str) -> bytes | None:
        path = self.folder / "root_history" / f"{role}.json"
        return path.read_bytes() if path.exists() else None

    def _bytes(self, target: str, role: str, limit: int) -> bytes:
        found = self._guarded(lambda: self._updater.get_targetinfo(target))
        if found is None:
            code = "not-offered" if role in self._delegated() else "channel-not-delegated"
            raise Refusal(code, channel=shown(role), target=shown(target))
        data = self._archive.read(TARGETS_DIR + target, limit)
        try:
            found.verify_length_and_hashes(data)
        except tuf.LengthOrHashMismatchError as error:
            raise Refusal("manifest-changed", target=shown(target)) from error
        return data

    def _delegated(self) -> set[str]:
        made = Metadata[Targets].from_file(str(self.folder / "targets.json")).signed.delegations
        return set(made.roles or ()) if made is not None else set()

    def _version(self) -> int:
        return int(Metadata[Any].from_file(str(self.folder / "root.json")).signed.version)

    def _guarded(self, call: Any, role: str = "") -> Any:
        try:
            return call()
        except (tuf.RepositoryError, tuf.DownloadError) as error:
            raise _refusal(error, role or self._fetcher.last) from error
        except RecursionError as error:
            raise Refusal(
                "metadata-unreadable", role=role or self._fetcher.last, why="nested too deep"
            ) from error
        except OSError as error:
            raise disk(self.folder, error) from error


def _holds(made: Metadata[Any], before: Metadata[Any] | None, keyid: str) -> bool:
    """Whether a root's signature is right, by a key of its own or of the root before it."""
    keys = {
        **(before.signed.keys if before is not None and isinstance(before.signed, Root) else {}),
        **made.signed.keys,
    }
    try:
        keys[keyid].verify_signature(made.signatures[keyid], made.signed_bytes)
    except (KeyError, UnverifiedSignatureError):
        return False
    return True


def _number(name: str) -> tuple[int, str]:
    """Roots by their number, then the others."""
    head = name.removeprefix(METADATA_DIR).partition(".")[0]
    return (int(head), "") if head.isdigit() else (MAX_ROOTS * 10_000, name)


def _known(name: str) -> bool:
    return name in _NAMES or _ROOT.fullmatch(name) is not None


def _refusal(error: Exception, role: str) -> Refusal:
    """The library's exception by its kind, in our words. ``role``: the metadata it asked for last."""
    kinds: list[tuple[type[Exception], str]] = [
        (tuf.ExpiredMetadataError, "expired"),
        (tuf.UnsignedMetadataError, "root-rotation" if role.endswith(".root") else "signatures"),
        (tuf.BadVersionNumberError, "root-rotation" if role.endswith(".root") else "rollback"),
        (tuf.LengthOrHashMismatchError, "metadata-changed"),
        (tuf.DownloadHTTPError, "metadata-missing"),
    ]
    code = next((code for kind, code in kinds if isinstance(error, kind)), "metadata-unreadable")
    if code == "expired" and "root" in str(error):
        role = "root"
    return Refusal(code, role=role, why=_short(error))


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def own_root(path: Path) -> bytes:
    """A root of trust as it was handed over, bounded and readable."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMITS.root_max_length + 1)
    except OSError as error:
        raise Refusal("trust-unreadable", why=error.strerror or error) from error
    check_root(data)
    return data


def check_root(data: bytes) -> int:
    """The version of a root that is signed by itself; `Refusal` otherwise."""
    try:
        if len(data) > LIMITS.root_max_length:
            raise tuf.RepositoryError("too large")
        made = Metadata[Any].from_bytes(data)
        made.signed.verify_delegate("root", made.signed_bytes, made.signatures)
        return int(made.signed.version)
    except (tuf.RepositoryError, ValueError, AttributeError, RecursionError) as error:
        raise Refusal("trust-unreadable", why=_short(error)) from error


def offered(state: Path) -> dict[str, str]:
    """Target path -> SHA-256 of the manifests that the channels this node has seen offer."""
    found: dict[str, str] = {}
    for channel in CHANNELS:
        path = state / f"{channel}.json"
        if os.path.lexists(path):
            made = Metadata[Targets].from_file(str(path)).signed
            found |= {name: target.hashes.get("sha256", "") for name, target in made.targets.items()}
    return found
