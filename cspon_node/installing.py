"""Versions on this node: put there whole or not at all, gone back from, removed.

A bundle is unpacked into ``staging/`` while it is verified, flushed to the disk, and gets its place by one rename once
everything has held. Stopped at any moment it can be run again: a half staging folder is cleared, a finished one kept.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from cspon_node.archive import Archive
from cspon_node.durable import move_folder, sync_folder, write_bytes
from cspon_node.evidence import withdrawal
from cspon_node.formats import Manifest, Withdrawal, shown
from cspon_node.home import Home, read_json
from cspon_node.refusals import Refusal, disk
from cspon_node.staging import MANIFEST_FILE, Staging
from cspon_node.trust import offered
from cspon_node.verifying import Show, Verified, parse_manifest, verify
from portal.kit.ids import new_id


@dataclass(frozen=True)
class Installed:
    """A version that is installed here."""

    folder: Path
    manifest: Manifest
    manifest_sha256: str
    current: bool

    @property
    def about(self) -> tuple[Manifest, str]:
        """What a receipt speaks of."""
        return self.manifest, self.manifest_sha256


@dataclass(frozen=True)
class Standing:
    """An installed version, what is newer on the channels, and whether it was withdrawn."""

    installed: Installed
    newer: tuple[str, ...]
    withdrawal: Withdrawal | None


class Shelf:
    """All that is installed in a home. What changes it is called while the home is locked."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._top = home.path / "installed"

    # --- looking -----------------------------------------------------------------------------------------------------

    def assets(self) -> list[str]:
        """``namespace/name`` of everything installed."""
        return sorted(f"{p.parent.parent.name}/{p.parent.name}" for p in self._top.glob("*/*/state.json"))

    def versions(self, asset: str) -> list[Installed]:
        """The installed versions of an asset, the one that was installed last at the end."""
        current, order = self._state(asset)
        found = (self._load(self._top / asset / name, current=name == current) for name in order)
        return [each for each in found if each is not None]

    def find(self, name: str) -> Installed:
        """``namespace/name`` (the current version) or ``namespace/name@version``; refused when it is not here."""
        asset, _at, version = name.partition("@")
        for each in self.versions(asset) if asset in self.assets() else ():
            if each.manifest.subject.version == version or (not version and each.current):
                return each
        raise Refusal("not-installed", name=shown(name))

    def standing(self) -> list[Standing]:
        """Everything installed, with what this node knows of newer and withdrawn versions. Asks nobody."""
        rows = self._home.withdrawn()
        targets = offered(self._home.path / "trust/metadata")
        found = [each for asset in self.assets() for each in self.versions(asset)]
        return [
            Standing(each, _newer(each.manifest, targets), withdrawal(each.manifest, rows)) for each in found
        ]

    def _state(self, asset: str) -> tuple[str, list[str]]:
        given = read_json(self._top / asset / "state.json") or {}
        return str(given.get("current", "")), [str(each) for each in given.get("order", ())]

    @staticmethod
    def _load(folder: Path, *, current: bool) -> Installed | None:
        try:
            data = (folder / MANIFEST_FILE).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk(folder, error) from error
        return Installed(folder, parse_manifest(data, folder.name), hashlib.sha256(data).hexdigest(), current)

    # --- changing ----------------------------------------------------------------------------------------------------

    def install(self, archive: Archive, trust: bytes | None, show: Show) -> tuple[Installed, Verified, bool]:
        """Verify and install a bundle; whether anything was new. A refusal leaves a receipt where the manifest held."""
        staging = Staging(self._home.path, self._home.path / "staging" / new_id().hex)
        try:
            found = verify(archive, self._home.trust(trust), self._home.terms(), sink=staging, show=show)
            self._home.remember(found)
            self._not_older(found)
            return self._place(found, staging)
        except Refusal as refusal:
            if refusal.about is not None:
                self._home.receipts().add("refused", refusal.about, code=refusal.code)
            raise
        finally:
            staging.close()
            shutil.rmtree(staging.folder, ignore_errors=True)

    def _not_older(self, found: Verified) -> None:
        asset = found.manifest.subject.asset
        for each in self.versions(asset):
            if each.current and each.manifest.sequence > found.manifest.sequence:
                refusal = Refusal("older", asset=asset, version=each.manifest.subject.version)
                refusal.about = found.about
                raise refusal

    def _place(self, found: Verified, staging: Staging) -> tuple[Installed, Verified, bool]:
        subject = found.manifest.subject
        name = f"{subject.version}-{found.manifest_sha256[:16]}"
        place = self._top / subject.asset / name
        current, order = self._state(subject.asset)
        made = Installed(place, found.manifest, found.manifest_sha256, current=True)
        if place.exists() and not intact(made):
            place.rename(self._home.path / "staging" / new_id().hex)
        if not place.exists():
            staging.finish(found.signed.manifest)
            for folder in (self._top / subject.namespace, place.parent):
                if not folder.exists():
                    folder.mkdir(mode=0o700)
                    sync_folder(folder.parent)
            move_folder(staging.folder, place)
        elif current == name:
            return made, found, False
        same = [each for each in order if each != name and each.startswith(f"{subject.version}-")]
        self._write(
            subject.asset, name, [*(each for each in order if each != name and each not in same), name]
        )
        self._home.receipts().add("installed", found.about)
        for each in same:  # the same version under an older manifest
            shutil.rmtree(place.parent / each, ignore_errors=True)
        return made, found, True

    def rollback(self, asset: str) -> tuple[Installed, Installed]:
        """Make the version before the current one current; (from, to). Withdrawn ones are passed over."""
        here = self.find(asset)
        rows = self._home.withdrawn()
        earlier = []
        for each in self.versions(asset):
            if each.current:
                break
            earlier.append(each)
        usable = [each for each in earlier if withdrawal(each.manifest, rows) is None]
        if not usable:
            raise Refusal("nothing-before", asset=asset)
        _current, order = self._state(asset)
        self._write(asset, usable[-1].folder.name, order)
        self._home.receipts().add("installed", usable[-1].about)
        return here, usable[-1]

    def remove(self, name: str) -> tuple[Installed, Installed | None]:
        """Take a version off this machine; what is current now (None: nothing of the asset is left)."""
        gone = self.find(name)
        asset = gone.manifest.subject.asset
        current, order = self._state(asset)
        left = [each for each in order if each != gone.folder.name]
        if left:
            self._write(asset, left[-1] if current == gone.folder.name else current, left)
        else:
            (self._top / asset / "state.json").unlink()
            sync_folder(self._top / asset)
        self._home.receipts().add("removed", gone.about)
        shutil.rmtree(gone.folder, ignore_errors=True)
        return gone, next((each for each in self.versions(asset) if each.current), None)

    def _write(self, asset: str, current: str, order: list[str]) -> None:
        write_bytes(
            self._top / asset / "state.json", json.dumps({"current": current, "order": order}).encode()
        )


def intact(installed: Installed) -> bool:
    """Whether every file is still the one that was installed."""
    try:
        for entry in installed.manifest.files:
            with (installed.folder / entry.path).open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256:
                    return False
    except OSError:
        return False
    return True


def _newer(manifest: Manifest, targets: dict[str, str]) -> tuple[str, ...]:
    """Versions of the same asset on any channel that come after this one."""
    mine = _order(manifest.subject.version)
    found = set()
    for path in targets:
        _channel, *asset, name = path.split("/")
        version = name.removesuffix(".json")
        if "/".join(asset) == manifest.subject.asset and _order(version) > mine:
            found.add(version)
    return tuple(sorted(found, key=_order))


def _order(version: str) -> tuple[tuple[int, ...], int, tuple[tuple[int, int, str], ...]]:
    """Precedence of semantic versions (SemVer 2.0.0, 11)."""
    core, _dash, before = version.partition("+")[0].partition("-")
    numbers = tuple(int(part) if part.isdigit() else 0 for part in core.split("."))
    parts = tuple((0, int(p), "") if p.isdigit() else (1, 0, p) for p in before.split(".")) if before else ()
    return numbers, int(not before), parts
