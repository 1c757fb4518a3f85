"""A TUF repository on a folder: who may sign what, what is published, what waits for signatures. Pure: files only.

Root and targets, and channels where the ceremony says so, are signed by people on other machines. Whatever lacks
signatures waits beside the repository and is published only when the whole chain verifies: root by the old and the new
threshold, targets by root, every channel by targets. So no half of a rotation is ever served.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from portal.kit.signing import Signer
from registry.rollout.metadata import (
    LIFE,
    Adapter,
    add_signature,
    assign,
    delegate,
    end,
    enough,
    keys_of,
    parse,
    signers_of,
    write,
)
from registry.rollout.plan import DELEGATED, ONLINE, ROLES, Plan, Refused, RoleKeys, check_threshold
from registry.rollout.reading import ABOVE, DEMO, ROLE, Reading, Standing

__all__ = ["Plan", "Refused", "Repository", "RoleKeys", "Standing", "add_signature"]
Chain = dict[str, tuple[Metadata[Any], bool]]
"""Role -> its metadata, and whether it is one that waited."""


class Repository(Reading):
    """The same with everything that changes it. Each change is made under a lock, and the timestamp is written last."""

    def begin(self, plan: Plan, signers: Sequence[Signer], at: dt.datetime) -> bool:
        """Hold the first ceremony: everything is made and signed by the keys at hand; whether that was enough."""
        with self._lock():
            if self.begun:
                raise Refused(
                    "There is a repository already. Keys are changed by rotation: cspon keys rotate"
                )
            self.metadata.mkdir(parents=True, exist_ok=True)
            self.pending.mkdir(exist_ok=True)
            root = Root(expires=end("root", at), consistent_snapshot=False)
            if plan.demo:
                root.unrecognized_fields[DEMO] = True
            assign(root, {role: plan.roles[role] for role in ("root", "targets", *ONLINE)})
            targets = Targets(expires=end("targets", at))
            delegate(targets, {role: plan.roles[role] for role in DELEGATED})
            self._put("root", root, signers)
            self._put("targets", targets, signers)
            for role in DELEGATED:
                empty = Targets(expires=end(role, at))
                # Without it, empty channels would be the same bytes, and a signer could not tell what is signed.
                empty.unrecognized_fields[ROLE] = role
                self._put(role, empty, signers)
            return self._settle(signers, at)

    def publish(
        self,
        role: str,
        add: Mapping[str, tuple[int, str]],
        signers: Sequence[Signer],
        at: dt.datetime,
        *,
        remove: Iterable[str] = (),
    ) -> bool:
        """Serve targets (path -> length and SHA-256) under a delegated role, and others no more.

        True when they are served now, False when signatures are waited for. Publishing what is there changes nothing.
        """
        if role not in DELEGATED:
            raise Refused(f"{role!r} is no channel.")
        with self._lock():
            base = self._base(role)
            gone = set(remove)
            wanted = {path: each for path, each in base.targets.items() if path not in gone}
            wanted |= {
                path: TargetFile(size, {"sha256": digest}, path) for path, (size, digest) in add.items()
            }
            if wanted != base.targets:
                base.targets = wanted
                self._next(role, base, signers, at)
            self._settle(signers, at)
            return self._waiting(role) is None

    def refresh(self, signers: Sequence[Signer], at: dt.datetime) -> None:
        """Sign snapshot and timestamp anew, and those channels the keys at hand can sign that lived half their life."""
        with self._lock():
            if not self.complete:
                return
            for role in DELEGATED:
                here = self._published(role)
                half = at + dt.timedelta(days=LIFE[role] / 2)
                if here is None or here.signed.expires >= half or self._waiting(role) is not None:
                    continue
                if self._can_sign(role, signers):
                    self._next(role, here.signed, signers, at)
            self._settle(signers, at, always=True)

    def renew(self, role: str, signers: Sequence[Signer], at: dt.datetime) -> bool:
        """The same contents for another term, as root and targets need it once a year; whether it is served."""
        with self._lock():
            self._next(role, self._base(role), signers, at)
            self._settle(signers, at)
            return self._waiting(role) is None

    def rotate(self, role: str, keys: RoleKeys, signers: Sequence[Signer], at: dt.datetime) -> bool:
        """Give a role other keys: the one above it signs that, and the role itself signs anew by the new ones.

        Whether it is served; otherwise ``unsigned`` says which files wait for whom.
        """
        if role not in ROLES:
            raise Refused(f"{role!r} is no role. The roles: {', '.join(ROLES)}.")
        check_threshold(role, keys, demo=self.demo)
        with self._lock():
            above = ABOVE[role]
            base = self._base(above)
            if above == "root":
                assign(base, {role: keys})
            else:
                delegate(base, {role: keys})
            self._next(above, base, signers, at)
            if role not in ("root", *ONLINE):
                self._next(role, self._base(role), signers, at)
            return self._settle(signers, at)

    def take_back(self, data: bytes, signers: Sequence[Signer], at: dt.datetime) -> tuple[str, bool]:
        """Take a file that was signed elsewhere: which role it is, and whether it is served now.

        Refused unless its contents are exactly what waits, with at least one signature more by a key that counts.
        """
        given = parse(data)
        with self._lock():
            for role in ("root", "targets", *DELEGATED):
                waits = self._waiting(role)
                if waits is None or waits.signed_bytes != given.signed_bytes:
                    continue
                new = self._counting(role, given) - waits.signatures.keys()
                if not new:
                    raise Refused(f"No new signature by a key of {role} is in this file.")
                waits.signatures |= {keyid: given.signatures[keyid] for keyid in sorted(new)}
                write(self.pending / f"{role}.json", waits.to_bytes())
                self._settle(signers, at)
                return role, self._waiting(role) is None
        raise Refused(
            "This portal waits for no such file; take the newest ones: cspon rollout unsigned FOLDER"
        )

    # --- what waits ---------------------------------------------------------------------------------------------

    def _base(self, role: str) -> Any:
        found = self._waiting(role) or self._published(role)
        if found is None:
            raise Refused("There is no repository yet. Begin with: cspon keys init", code="no-repository")
        return found.signed

    def _counting(self, role: str, given: Metadata[Any]) -> set[str]:
        """Keys, of the present and of the coming ones of a role, whose signature on this is right."""
        above = (self._published(ABOVE[role]), self._waiting(ABOVE[role]))
        return {keyid for each in above if each for keyid in signers_of(each.signed, role, given)}

    def _wanted(self, role: str) -> set[str]:
        both = (self._keys(role, waiting=waiting) for waiting in (False, True))
        return {keyid for each in both if each for keyid in each.keyids}

    def _can_sign(self, role: str, signers: Sequence[Signer]) -> bool:
        keys = self._keys(role, waiting=False)
        mine = {signer.verifier.key_id for signer in signers}
        return keys is not None and len(mine & set(keys.keyids)) >= keys.threshold

    def _next(self, role: str, signed: Any, signers: Sequence[Signer], at: dt.datetime) -> None:
        """The next version waits. Two files that were ever signed never have one number, except that root's numbers
        have no gap: TUF walks them one by one."""
        versions = [each.signed.version for each in (self._published(role), self._waiting(role)) if each]
        signed.version = (self._last_root() if role == "root" else max(versions, default=0)) + 1
        signed.expires = end(role, at)
        self._put(role, signed, signers)

    def _put(self, role: str, signed: Any, signers: Sequence[Signer]) -> None:
        """Let it wait, signed by those keys at hand that count for the role."""
        made: Metadata[Any] = Metadata(signed)
        if role == "root":
            # Who signs the coming root is said by itself too.
            write(self.pending / "root.json", made.to_bytes())
        _sign(made, signers, self._wanted(role))
        write(self.pending / f"{role}.json", made.to_bytes())

    # --- publishing ---------------------------------------------------------------------------------------------

    def _settle(self, signers: Sequence[Signer], at: dt.datetime, *, always: bool = False) -> bool:
        """Serve the most of what waits that makes a whole chain; whether nothing is left waiting."""
        self._tidy()
        chain = self._chain()
        if chain is None:
            return False
        fresh = [role for role, (_made, waited) in chain.items() if waited]
        if fresh or always or not self._whole():
            online = self._online(chain, signers, at)
            for role in fresh:
                made = chain[role][0]
                name = f"{made.signed.version}.root.json" if role == "root" else f"{role}.json"
                write(self.metadata / name, made.to_bytes())
            for name, data in online:
                write(self.metadata / name, data)
            for role in fresh:
                (self.pending / f"{role}.json").unlink()
        return not any(self.pending.glob("*.json"))

    def _tidy(self) -> None:
        """Drop what waits although it is served: a crash came between the two."""
        for role in ("root", "targets", *DELEGATED):
            here, waits = self._published(role), self._waiting(role)
            if here is not None and waits is not None and waits.signed.version <= here.signed.version:
                (self.pending / f"{role}.json").unlink()

    def _chain(self) -> Chain | None:
        """The newest root, targets and channels that verify as a whole; None before there are any."""
        for root, new_root in ((self._waiting("root"), True), (self._published("root"), False)):
            if root is None or (new_root and not self._root_follows(root)):
                continue
            for top, new_top in ((self._waiting("targets"), True), (self._published("targets"), False)):
                if top is None or not enough(root.signed, "targets", top):
                    continue
                found: Chain = {"root": (root, new_root), "targets": (top, new_top)}
                for role in DELEGATED:
                    for made, waited in ((self._waiting(role), True), (self._published(role), False)):
                        if made is not None and role not in found and enough(top.signed, role, made):
                            found[role] = (made, waited)
                if len(found) == 2 + len(DELEGATED):
                    return found
        return None

    def _root_follows(self, root: Metadata[Any]) -> bool:
        old = self._published("root")
        if not enough(root.signed, "root", root):
            return False
        if old is None:
            return bool(root.signed.version == 1)
        return bool(root.signed.version == old.signed.version + 1 and enough(old.signed, "root", root))

    def _whole(self) -> bool:
        """Whether what is served is what the snapshot speaks of: false after a crash between two files."""
        found, stamp = self._published("snapshot"), self._published("timestamp")
        if found is None or stamp is None or stamp.signed.snapshot_meta.version != found.signed.version:
            return False
        here = {role: self._published(role) for role in ("targets", *DELEGATED)}
        return all(
            made is not None and found.signed.meta[f"{role}.json"].version == made.signed.version
            for role, made in here.items()
        )

    def _online(self, chain: Chain, signers: Sequence[Signer], at: dt.datetime) -> list[tuple[str, bytes]]:
        root = chain["root"][0].signed
        meta = {
            f"{role}.json": _meta_file(chain[role][0].signed.version, chain[role][0].to_bytes())
            for role in ("targets", *DELEGATED)
        }
        number = self._number("snapshot")
        snapshot = self._made(
            "snapshot", Snapshot(number, expires=end("snapshot", at), meta=meta), root, signers
        )
        stamp = Timestamp(
            self._number("timestamp"),
            expires=end("timestamp", at),
            snapshot_meta=_meta_file(number, snapshot),
        )
        return [
            ("snapshot.json", snapshot),
            ("timestamp.json", self._made("timestamp", stamp, root, signers)),
        ]

    def _number(self, role: str) -> int:
        old = self._published(role)
        return old.signed.version + 1 if old else 1

    def _made(self, role: str, signed: Any, root: Root, signers: Sequence[Signer]) -> bytes:
        made: Metadata[Any] = Metadata(signed)
        keys = keys_of(root, role)
        _sign(made, signers, set(keys.keyids) if keys else set())
        if not enough(root, role, made):
            raise Refused(
                f"This machine does not have the key of {role}. Do it where the key is, or give the role another key: "
                "cspon keys rotate",
                code="key-missing",
            )
        return made.to_bytes()


def _sign(made: Metadata[Any], signers: Sequence[Signer], wanted: set[str]) -> None:
    for signer in signers:
        if signer.verifier.key_id in wanted:
            made.sign(Adapter(signer), append=True)


def _meta_file(version: int, data: bytes) -> MetaFile:
    return MetaFile.from_data(version, data, ["sha256"])
