"""The packages a version runs with: from the lock of its runtime, and from the requirements it names. Pure but for
reading the program's own files."""

import email
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import InvalidRequirement, Requirement

from registry.assets import licences
from registry.certification.advisories import normal
from registry.sandbox.errors import UnknownRuntime
from registry.sandbox.runtimes.definitions import parse_name

REQUIREMENTS = ("requirements.txt", "model/requirements.txt")
MAX_BYTES = 256 * 1024
MAX_PARTS = 2000
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_CLASSIFIERS = {
    "MIT License": "MIT", "BSD License": "BSD-3-Clause", "Apache Software License": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0", "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "The Unlicense (Unlicense)": "Unlicense",
}  # fmt: skip
_NAMES = {"MIT License": "MIT", "BSD": "BSD-3-Clause", "Apache 2.0": "Apache-2.0", "BSD 3-Clause": "BSD-3-Clause",
          "Apache License 2.0": "Apache-2.0", "Apache License, Version 2.0": "Apache-2.0",
          "BSD License": "BSD-3-Clause", "PSF": "PSF-2.0", "3-Clause BSD License": "BSD-3-Clause"}  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A package. ``version`` is empty where the version names none exactly; ``licence`` where nobody says."""

    name: str
    version: str = ""
    origin: str = "runtime"
    """``runtime``: mounted by the portal; ``requirements``: named by the version."""
    asked: str = ""
    """As the requirement was written, where it is not exact."""
    licence: str = ""
    hashes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parts:
    """All parts of a version, and what could not be read."""

    parts: tuple[Part, ...] = ()
    runtime: str = ""
    lock_digest: str = ""
    unread: int = 0
    """Lines of requirements that name no package of an index (files, addresses, options)."""


def of_runtime(name: str, folder: Path | None = None) -> Parts:
    """The packages of a runtime's lock, for its interpreter. Nothing where there is no such runtime.

    ``folder``: where runtimes are built; the licences are read there, where it is built on this machine.
    """
    try:
        family, python = parse_name(name)
    except UnknownRuntime:
        return Parts(runtime=name)
    site = folder / name / "site" if folder is not None else None
    return Parts(_locked(family.lock, python, site), name, family.lock_digest)


@lru_cache(maxsize=16)
def _locked(lock: Path, python: tuple[int, int], site: Path | None) -> tuple[Part, ...]:
    known = _licences(site) if site is not None and site.is_dir() else {}
    lines = lock.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    found = []
    environment = {
        **{key: str(value) for key, value in default_environment().items()},
        "python_version": f"{python[0]}.{python[1]}",
        "python_full_version": f"{python[0]}.{python[1]}.0",
    }
    for line in lines:
        text = line.partition("--hash")[0].strip()
        if not text or text.startswith(("#", "-")):
            continue
        asked = Requirement(text)
        if asked.marker is not None and not asked.marker.evaluate(environment):
            continue
        version = _exact(asked)
        part = Part(normal(asked.name), version, hashes=tuple(_HASH.findall(line)))
        found.append(replace(part, licence=known.get((part.name, version), "")))
    return tuple(found)


def _exact(asked: Requirement) -> str:
    pins = [
        each.version for each in asked.specifier if each.operator in {"==", "==="} and "*" not in each.version
    ]
    return pins[0] if len(pins) == 1 and len(list(asked.specifier)) == 1 else ""


def _licences(site: Path) -> dict[tuple[str, str], str]:
    """What the installed packages say of their licence, as SPDX where it can be told."""
    found = {}
    for file in site.glob("*.dist-info/METADATA"):
        head = email.message_from_string(file.read_text(encoding="utf-8", errors="replace"))
        name, version = normal(head.get("Name", "")), head.get("Version", "")
        found[name, version] = _licence(head.get("License-Expression", ""), head.get("License", ""),
                                        head.get_all("Classifier") or [])  # fmt: skip
    return found


def _licence(expression: str, written: str, classifiers: Iterable[str]) -> str:
    for text in (expression, _NAMES.get(written.strip(), written.strip() if len(written) < 60 else "")):
        try:
            if text:
                return licences.canonical(text)
        except ValueError:
            continue
    for each in classifiers:
        name = each.rpartition(" :: ")[2]
        if each.startswith("License ::") and name in _CLASSIFIERS:
            return _CLASSIFIERS[name]
    return ""


def of_requirements(data: bytes) -> tuple[list[Part], int]:
    """The packages a requirements file names, and how many lines name none that could be looked up.

    Reads lines, follows nothing: no file, no address, no option. Bytes that are no UTF-8 count as one unread line.
    """
    try:
        lines = data[:MAX_BYTES].decode("utf-8").replace("\\\n", " ").splitlines()
    except UnicodeDecodeError:
        return [], 1
    found: list[Part] = []
    unread = int(len(data) > MAX_BYTES)
    for line in lines[: MAX_PARTS * 2]:
        text = re.split(r"\s--|(?:^|\s)#", line, maxsplit=1)[0].strip()
        if not text:
            continue
        try:
            asked = Requirement(text[:500])
        except InvalidRequirement:
            unread += 1
            continue
        if asked.url or len(found) >= MAX_PARTS:
            unread += 1
            continue
        version = _exact(asked)
        found.append(
            Part(normal(asked.name)[:200], version[:60], "requirements", "" if version else str(asked)[:200])
        )
    return found, unread


def together(base: Parts, named: Iterable[Part], unread: int) -> Parts:
    """Both, each package once per version; a package asked for without a version that the runtime holds is that one."""
    found = {(each.name, each.version): each for each in base.parts}
    names = {each.name for each in base.parts}
    for each in named:
        if not each.version and each.name in names:
            continue
        found.setdefault((each.name, each.version), each)
    return replace(base, parts=tuple(found.values())[:MAX_PARTS], unread=base.unread + unread)
