"""Downloading the files of a version: resumed where a try stopped, checked while they arrive, moved in when whole."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from portal.client.errors import ClientError, DamagedError
from portal.client.folder import BLOCK
from portal.client.names import Name, parse
from portal.client.paths import safe_target
from portal.client.portal_api import PortalApi
from portal.client.screen import Bar, Screen
from portal.kit.i18n import _, ngettext

PARTIAL = ".cspon-partial"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class RemoteFile:
    """A file of a version as the portal lists it."""

    path: str
    sha256: str
    size: int


def listed(version: dict[str, Any]) -> list[RemoteFile]:
    """The files of a version's JSON. Refuses what is no digest: unfinished downloads are named by it."""
    files = [RemoteFile(str(f["path"]), str(f["sha256"]), int(f["size"])) for f in version["files"]]
    if not all(_SHA256.fullmatch(file.sha256) for file in files):
        raise ClientError(
            _("The portal names a SHA-256 that is none."),
            _("Check the address you gave to `cspon login`."),
        )
    return files


def pull(api: PortalApi, screen: Screen, name: Name, root: Path, *, force: bool = False) -> list[RemoteFile]:
    """Bring every visible file of the version to ``root``; answers them.

    A file that is there already is kept; one that differs is refused unless ``force``. Nothing is written before
    all names are known to be harmless.
    """
    version = api.version(name)
    if version is None:
        raise ClientError(
            _("There is no version %(name)s that you may see.", name=name), _("Check the name, or log in.")
        )
    if not version.get("files_open", True):
        raise ClientError(
            _("The files of %(name)s are given on request.", name=name.asset),
            _("Ask for access at %(url)s, then pull again.", url=f"{api.url}/assets/{name.asset}/access"),
        )
    name = _present(name, version)
    if version.get("state") == "yanked":
        reason = str(version.get("state_reason") or "") or _("no reason given")
        screen.say(
            _("Warning: %(name)s was withdrawn by its publisher: %(reason)s", name=name, reason=reason)
        )
    files = listed(version)
    places = {file.path: safe_target(root, file.path) for file in files}
    wanted = [file for file in files if not _is_there(places[file.path], file, force=force)]
    root.mkdir(parents=True, exist_ok=True)
    with screen.bars() as progress:
        for file in wanted:
            bar = screen.bar(progress, file.path, file.size)
            place = safe_target(root, file.path)  # again: what happened meanwhile may have put a link there
            _bring(api, name, file, root, place, bar)
    _sweep(root)
    kept = len(files) - len(wanted)
    screen.say(
        ngettext("%(n)s file downloaded and checked", "%(n)s files downloaded and checked", len(wanted))
        + (ngettext(", %(n)s was there already", ", %(n)s were there already", kept) if kept else "")
    )
    return files


def _present(name: Name, version: dict[str, Any]) -> Name:
    """The version under the name it has now: an asset that was handed over answers under its old name too."""
    try:
        return replace(parse(str(version["asset"]), version=False), number=name.number)
    except (KeyError, ClientError):
        return name


def _is_there(place: Path, file: RemoteFile, *, force: bool) -> bool:
    if not place.exists():
        return False
    if place.stat().st_size == file.size and _digest(place) == file.sha256:
        return True
    if force:
        return False
    raise ClientError(
        _("%(path)s is there already and differs.", path=place), _("Choose another folder, or add --force.")
    )


def _digest(place: Path) -> str:
    with place.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _bring(api: PortalApi, name: Name, file: RemoteFile, root: Path, place: Path, bar: Bar) -> None:
    """One file: as many tries as it takes, each going on where the last one stopped."""
    partial = root / PARTIAL / file.sha256
    partial.parent.mkdir(exist_ok=True)
    if partial.is_symlink():
        partial.unlink()
    api.connection.repeat(lambda: _receive(api, name, file, partial, bar))
    place.parent.mkdir(parents=True, exist_ok=True)
    partial.replace(place)


def _receive(api: PortalApi, name: Name, file: RemoteFile, partial: Path, bar: Bar) -> None:
    state = hashlib.sha256()
    have = _begun(partial, state) if partial.exists() else 0
    if have > file.size:
        partial.unlink()
        have, state = 0, hashlib.sha256()
    bar.to(have)
    if have < file.size:
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers |= {"Range": f"bytes={have}-", "If-Range": f'"{file.sha256}"'}
        with api.connection.stream(api.file(name, file.path), headers=headers) as response:
            goes_on = response.status_code == 206 and response.headers.get("content-range", "").startswith(
                f"bytes {have}-"
            )
            if not goes_on:
                have, state = 0, hashlib.sha256()
                bar.to(0)
            have = _write(partial, "ab" if goes_on else "wb", response.iter_raw(), state, have, file, bar)
    elif file.size == 0:
        partial.touch()
    if have != file.size or state.hexdigest() != file.sha256:
        partial.unlink(missing_ok=True)
        raise DamagedError(
            _("%(path)s arrived with other bytes than its SHA-256 says; it was thrown away.", path=file.path),
            _("Run the same command again. If it repeats, tell the portal's operator."),
        )


def _begun(partial: Path, state: "hashlib._Hash") -> int:
    """Bytes of an earlier try, hashed anew: what lay on the disk meanwhile is not trusted."""
    have = 0
    with partial.open("rb") as source:
        while block := source.read(BLOCK):
            state.update(block)
            have += len(block)
    return have


def _write(
    partial: Path,
    mode: str,
    chunks: Iterator[bytes],
    state: "hashlib._Hash",
    have: int,
    file: RemoteFile,
    bar: Bar,
) -> int:
    with partial.open(mode) as out:
        for chunk in chunks:
            have += len(chunk)
            if have > file.size:
                return have
            state.update(chunk)
            out.write(chunk)
            bar.to(have)
    return have


def _sweep(root: Path) -> None:
    """The folder of unfinished downloads goes when nothing is unfinished."""
    folder = root / PARTIAL
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
