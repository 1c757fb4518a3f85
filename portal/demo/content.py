"""What the demo people publish: built once by the demo builders, in their runtime, and read from the manifest."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from portal.kit.clock import now, shanghai
from portal.settings import ROOT, Settings
from registry.sandbox import runtimes
from registry.sandbox.runtimes import Runtime

BUILDERS = ROOT / "registry" / "demo"
Report = Callable[[str], None]


@dataclass(frozen=True)
class Entry:
    """A version of an asset, as the manifest lists it; older ones come first."""

    slug: str
    namespace: str
    number: str
    facts: dict[str, Any]
    files: Path

    @property
    def full_name(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.slug}"

    @property
    def benchmark(self) -> str:
        """The benchmark this was made for; empty for everything else."""
        return str(self.facts.get("benchmark") or "")

    @property
    def submission(self) -> str:
        """What it is to the evaluator."""
        return str(self.facts.get("submission") or "files")


@dataclass(frozen=True)
class Content:
    """Everything: names of the organisations, and the entries, benchmarks first."""

    organisations: dict[str, tuple[str, str]]
    entries: list[Entry]

    def by_slug(self, slug: str) -> Entry:
        """The newest version of that name; the demo's names are unique over all namespaces."""
        return [entry for entry in self.entries if entry.slug == slug][-1]


def runtime_root(settings: Settings) -> Path:
    """Where this portal's runtimes are."""
    return settings.runtime_dir or runtimes.default_root(settings.home)


def ensure_runtimes(settings: Settings, report: Report) -> Runtime:
    """Build what a new installation needs where it is missing; answers the one the builders run in."""
    minor, stamp = sys.version_info.minor, f"{shanghai(now()):%Y-%m-%d %H:%M %Z}"
    found = {
        name: runtimes.build(name, runtime_root(settings), report, built_at=stamp)
        for name in runtimes.default_names(minor)
    }
    return found[f"geo-py3{minor}"]


def ensure_content(settings: Settings, runtime: Runtime, report: Report) -> Content:
    """Build the content unless the same inputs were built before; a half build is never seen."""
    from registry.demo.making import build_demo

    cache = settings.home / "cache"
    target = cache / "demo-content" / _inputs_digest(runtime)
    if not (target / "manifest.json").is_file():
        partial = target.with_name(target.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.parent.mkdir(parents=True, exist_ok=True)
        build_demo(partial, runtime, cache / "demo-layer", report)
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    return read(target)


def _inputs_digest(runtime: Runtime) -> str:
    """Names the builders, their content, their packages and their runtime."""
    total = sha256(runtime.lock_digest.encode())
    for path in sorted(BUILDERS.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            total.update(f"{path.relative_to(BUILDERS).as_posix()}\0".encode())
            total.update(sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def read(folder: Path) -> Content:
    """The content of a built folder."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    names = {
        item["namespace"]: (item["name"]["zh"], item["name"]["en"]) for item in manifest["organisations"]
    }
    entries = [
        Entry(item["slug"], item["namespace"], item["version"], item, folder / item["path"])
        for item in [*manifest["benchmarks"], *manifest["assets"]]
    ]
    return Content(names, entries)
