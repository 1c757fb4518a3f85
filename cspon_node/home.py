"""A node's home: its key, what it trusts, what it has seen, what is installed, and its receipts. One tool at a time.

::

    node.json  lock          name, witnesses; the lock that one tool holds
    keys/node.pem            the node's private key (0600)
    trust/root.json          the root that was handed over; trust/metadata/: what TUF has seen since;
                             trust/withdrawn.json: the newest list of withdrawn versions
    log/key  log/checkpoint  log/seen-at    the portal's log, its largest checkpoint seen, and when
    installed/NAMESPACE/NAME/VERSION-MANIFEST/  manifest.json files/ evidence/ runtime/;  state.json: which is current
    receipts/00000001.json   signed receipts
    staging/  inbox/  runtimes/
"""

import datetime as dt
import fcntl
import json
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cspon_node.durable import sync_folder, write_bytes
from cspon_node.evidence import Seen
from cspon_node.formats import Withdrawal
from cspon_node.receipts import Chain
from cspon_node.refusals import Refusal, disk
from cspon_node.trust import WITHDRAWN_FILE, Trust, check_root
from cspon_node.verifying import Terms, Verified, parse_withdrawn
from portal.audit import checkpoints
from portal.kit.clock import now
from portal.kit.i18n import _
from portal.kit.ids import new_id
from portal.kit.signing import BadKey, Ed25519Signer, Signer, note
from portal.kit.signing.note import NoteKey

FORMAT = "cspon-node/1"
FOLDERS = ("trust", "log", "installed", "receipts", "staging", "inbox")


def default_home() -> Path:
    """``CSPON_NODE_HOME``, else the system's place for root and the user's own for others."""
    if named := os.environ.get("CSPON_NODE_HOME"):
        return Path(named)
    return Path("/var/lib/cspon-node") if os.geteuid() == 0 else Path.home() / ".local/share/cspon-node"


@dataclass(frozen=True)
class Config:
    """What the operator has decided."""

    name: str
    witnesses: Sequence[NoteKey]
    wanted: int
    """So many of the witnesses must have signed a checkpoint."""


class Home:
    """An existing home. ``Home.make`` makes one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            facts = path.lstat()
            given = json.loads((path / "node.json").read_bytes())
        except (OSError, ValueError):
            raise Refusal("no-home", home=path) from None
        self._safe(path, facts)
        if not isinstance(given, dict) or given.get("format") != FORMAT:
            raise Refusal("unsafe-home", path=path / "node.json", why=FORMAT)
        self.config = Config(
            str(given.get("name", "")),
            tuple(note_key(text) for text in given.get("witnesses", ())),
            int(given.get("witnesses_needed", 0)),
        )

    @staticmethod
    def _safe(path: Path, facts: os.stat_result) -> None:
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
            raise Refusal("unsafe-home", path=path, why=f"uid {facts.st_uid}")
        if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise Refusal("unsafe-home", path=path, why=f"mode {facts.st_mode & 0o777:o}")

    @classmethod
    def make(
        cls, path: Path, root: bytes, *, name: str, witnesses: Sequence[str] = (), wanted: int = 0
    ) -> "Home":
        """A new home that trusts ``root``. It appears whole or not at all."""
        check_root(root)
        keys = [note_key(text).text() for text in witnesses]
        if wanted > len(keys):
            raise Refusal(
                "input",
                why=_(
                    "more witnesses are asked for (%(wanted)s) than keys are given by --witness",
                    wanted=wanted,
                ),
            )
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise Refusal("home-there", home=path)
        fresh = path.with_name(f".{path.name}.{new_id().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh.mkdir(mode=0o700)
            for folder in (*FOLDERS, "keys"):
                (fresh / folder).mkdir(mode=0o700)
            write_bytes(fresh / "keys/node.pem", Ed25519Signer.generate().pem())
            write_bytes(fresh / "trust/root.json", root)
            about = {"format": FORMAT, "name": name, "made_at": now().isoformat(timespec="seconds"),
                     "witnesses": keys, "witnesses_needed": wanted}  # fmt: skip
            write_bytes(fresh / "node.json", json.dumps(about, ensure_ascii=False, indent=1).encode())
            # Runtimes lie below, and the jail's own user must get through to them; nothing here can be listed.
            fresh.chmod(0o711)
            fresh.rename(path)
            sync_folder(path.parent)
        except OSError as error:
            raise disk(path, error) from error
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        return cls(path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other tool out, and clear what a tool that was stopped has left in the staging folder."""
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refusal("busy", home=self.path) from None
            for left in (self.path / "staging").iterdir():
                shutil.rmtree(left, ignore_errors=True)
            yield
        finally:
            os.close(descriptor)

    # --- the key and its receipts ------------------------------------------------------------------------------------

    def signer(self) -> Signer:
        """The node's key; refused when others may read it."""
        path = self.path / "keys/node.pem"
        try:
            mode = path.stat().st_mode & 0o777
            if mode & 0o077:
                raise Refusal("unsafe-home", path=path, why=f"mode {mode:o}")
            return Ed25519Signer.from_pem(path.read_bytes())
        except (OSError, BadKey) as error:
            raise Refusal("unsafe-home", path=path, why=error) from error

    def receipts(self) -> Chain:
        """The chain of receipts."""
        return Chain(self.path / "receipts", self.signer())

    # --- what is trusted and what was seen ---------------------------------------------------------------------------

    def root(self) -> bytes:
        """The root that was handed over."""
        return self._bytes("trust/root.json") or b""

    def trust(self, given: bytes | None = None) -> Trust:
        """The trusted state; a root that is given besides must be the same."""
        if given is not None and given != self.root():
            raise Refusal("other-trust")
        return Trust(self.root(), self.path / "trust/metadata")

    def terms(self) -> Terms:
        """What a bundle is held against."""
        key, seen = self._bytes("log/key"), self._bytes("log/checkpoint")
        return Terms(
            now(),
            Seen(key.decode() if key else None, seen.decode() if seen else None, self._seen_at()),
            self.config.witnesses,
            self.config.wanted,
        )

    def see(self, key: str, text: str) -> None:
        """Remember a checkpoint of the log, if it is larger than the one remembered."""
        old = self._bytes("log/checkpoint")
        if old is None or _size(text) > _size(old.decode()):
            write_bytes(self.path / "log/checkpoint", text.encode())
            write_bytes(self.path / "log/seen-at", now().isoformat(timespec="seconds").encode())
        if self._bytes("log/key") is None:
            write_bytes(self.path / "log/key", key.encode())

    def _seen_at(self) -> dt.datetime | None:
        data = self._bytes("log/seen-at")
        try:
            return dt.datetime.fromisoformat(data.decode()) if data else None
        except ValueError as error:
            raise Refusal("unsafe-home", path=self.path / "log/seen-at", why=error) from error

    def remember(self, found: Verified) -> None:
        """Remember the log's checkpoint. What the signatures vouch for is remembered as soon as they have held."""
        self.see(found.manifest.log.key, found.proven.note)

    def withdrawn(self) -> list[Withdrawal]:
        """The newest list this node has verified."""
        data = self._bytes(f"trust/{WITHDRAWN_FILE}")
        return parse_withdrawn(data) if data is not None else []

    def _bytes(self, name: str) -> bytes | None:
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk(self.path / name, error) from error


def _size(text: str) -> int:
    return checkpoints.read(note.parse(text).body).size


def note_key(text: str) -> NoteKey:
    """A witness's key as ``name+hash+base64``."""
    try:
        return note.read_key(text)
    except BadKey as error:
        raise Refusal(
            "input", why=_("%(option)s is no key of a log", option="--witness"), detail=error
        ) from error


def read_json(path: Path) -> Any:
    """A small JSON file of this tool's own; None where there is none."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise disk(path, error) from error
