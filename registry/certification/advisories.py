"""Known vulnerabilities as osv.dev exports them (OSV schema 1.x): read within bounds, and matched by PEP 440. Pure."""

import datetime as dt
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from portal.kit.i18n import N_

MAX_ENTRY = 2 * 2**20
MAX_ENTRIES = 500_000
MAX_TOTAL = 2 * 2**30
MAX_FILE = 2 * 2**30
MAX_RANGES = 200
MAX_VERSIONS = 5000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{2,99}")
_EVENTS = ("introduced", "fixed", "last_affected")
SEVERITIES = ("LOW", "MODERATE", "MEDIUM", "HIGH", "CRITICAL")


class NotADatabaseError(ValueError):
    """The file is no export of OSV; ``args[0]`` is a message id."""


@dataclass(frozen=True)
class Entry:
    """What one advisory says of one package."""

    osv_id: str
    package: str
    aliases: tuple[str, ...]
    summary: str
    severity: str
    versions: tuple[str, ...]
    ranges: tuple[tuple[tuple[str, str], ...], ...]
    modified_at: dt.datetime


def normal(name: str) -> str:
    """A package's name as PEP 503 writes it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(path: Path) -> Iterator[Entry | None]:
    """The entries of a zip of JSON files, or of one JSON file (an entry or a list); None for each that does not hold.

    Nothing is unpacked to disk; an entry has at most 2 MiB, all together 2 GiB.
    """
    if path.stat().st_size > MAX_FILE:
        raise NotADatabaseError(N_("The file is larger than a database of advisories can be."))
    if zipfile.is_zipfile(path):
        yield from _zipped(path)
        return
    if path.stat().st_size > MAX_ENTRY * 64:
        raise NotADatabaseError(N_("A single JSON file may have 128 MiB; give the zip instead."))
    try:
        found = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise NotADatabaseError(N_("This is neither a zip nor JSON.")) from error
    items = found if isinstance(found, list) else [found]
    if not items or not all(isinstance(each, dict) for each in items):
        raise NotADatabaseError(N_("This is JSON, but no OSV entry and no list of them."))
    for each in items[:MAX_ENTRIES]:
        yield from _entries(each)


def _zipped(path: Path) -> Iterator[Entry | None]:
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            names = [each for each in archive.infolist() if each.filename.endswith(".json")]
            if not names or len(names) > MAX_ENTRIES:
                raise NotADatabaseError(N_("The zip holds no JSON files, or more than 500,000."))
            for info in names:
                if info.file_size > MAX_ENTRY:
                    yield None
                    continue
                with archive.open(info) as file:
                    data = file.read(MAX_ENTRY + 1)
                total += len(data)
                if total > MAX_TOTAL:
                    raise NotADatabaseError(N_("The zip unpacks to more than 2 GiB."))
                try:
                    item = json.loads(data)
                except (ValueError, RecursionError):
                    yield None
                    continue
                yield from _entries(item)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise NotADatabaseError(N_("The zip is damaged.")) from error


def _entries(item: Any) -> Iterator[Entry | None]:
    """One per package of PyPI the advisory is about; withdrawn ones and other ecosystems give nothing."""
    if not isinstance(item, dict):
        yield None
        return
    if item.get("withdrawn"):
        return
    osv_id, modified = str(item.get("id", "")), _instant(item.get("modified"))
    if not _ID.fullmatch(osv_id) or modified is None:
        yield None
        return
    affected = item.get("affected")
    by_package: dict[str, tuple[list[str], list[tuple[tuple[str, str], ...]]]] = {}
    for each in affected[:500] if isinstance(affected, list) else []:
        package = each.get("package") if isinstance(each, dict) else None
        if not isinstance(package, dict) or package.get("ecosystem") != "PyPI":
            continue
        name = normal(str(package.get("name", "")))[:200]
        if not name:
            continue
        versions, ranges = by_package.setdefault(name, ([], []))
        versions += [str(one)[:60] for one in _list(each.get("versions"))[:MAX_VERSIONS]]
        ranges += _ranges(each.get("ranges"))
    for name, (versions, ranges) in by_package.items():
        yield Entry(
            osv_id, name, tuple(str(one)[:100] for one in _list(item.get("aliases"))[:20]),
            " ".join(str(item.get("summary") or item.get("details") or "").replace("\x00", "").split())[:500],
            _severity(item), tuple(dict.fromkeys(versions))[:MAX_VERSIONS], tuple(ranges[:MAX_RANGES]), modified,
        )  # fmt: skip


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _ranges(value: Any) -> list[tuple[tuple[str, str], ...]]:
    found = []
    for each in _list(value)[:MAX_RANGES]:
        if not isinstance(each, dict) or each.get("type") not in {"ECOSYSTEM", "SEMVER"}:
            continue
        events = [
            (kind, str(event[kind])[:60])
            for event in _list(each.get("events"))[:MAX_RANGES]
            if isinstance(event, dict)
            for kind in _EVENTS
            if kind in event
        ]
        if events:
            found.append(tuple(events))
    return found


def _severity(item: Mapping[str, Any]) -> str:
    specific = item.get("database_specific")
    word = str(specific.get("severity", "")).upper() if isinstance(specific, dict) else ""
    return word if word in SEVERITIES else ""


def _instant(value: Any) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


def affects(version: str, versions: list[str], ranges: list[list[list[str]]]) -> bool:
    """Whether a version of the package is affected: named, or within a range from ``introduced`` to before ``fixed``
    (to ``last_affected``, that one included).

    A version that is none after PEP 440 counts as affected only by name.
    """
    if version in versions:
        return True
    mine = _version(version)
    if mine is None:
        return False
    if any(_version(each) == mine for each in versions):
        return True
    return any(_inside(mine, events) for events in ranges)


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _inside(mine: Version, events: list[list[str]]) -> bool:
    """Events in the order of their versions, after the OSV rule; ``introduced: 0`` is before every version."""
    known = []
    for kind, text in events:
        at = Version("0.dev0") if text == "0" else _version(text)
        if at is not None:
            known.append((at, _EVENTS.index(kind), kind))
    affected = False
    for at, _order, kind in sorted(known):
        if kind == "introduced" and mine >= at:
            affected = True
        elif (kind == "fixed" and mine >= at) or (kind == "last_affected" and mine > at):
            affected = False
    return affected
