"""Scan /input/tree and write /output/scan.json. Nothing of the tree is imported, loaded or executed."""

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from .files import Config, scan_file
from .hits import Hits
from .isolated import TooManyFailuresError, run
from .levels import LEVELS, ORDER
from .pickles import versions
from .wholetree import scan_tree

FORMAT_VERSION = 1
WHOLE_TREE = ""


def main() -> int:
    """Exit code 0 whenever the report was written."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tree", type=Path, default=Path("/input/tree"))
    parser.add_argument("--output", type=Path, default=Path("/output"))
    parser.add_argument("--config", type=Path, default=Path("/config"))
    arguments = parser.parse_args()
    report = scan(arguments.tree, read_config(arguments.config))
    (arguments.output / "scan.json").write_text(json.dumps(report, ensure_ascii=True), encoding="ascii")
    return 0


def read_config(folder: Path) -> Config:
    """The host's own scan.json and trusted_types.json; what they leave out keeps its default."""
    values = json.loads((folder / "scan.json").read_text(encoding="utf-8"))
    trusted = folder / "trusted_types.json"
    types = json.loads(trusted.read_text(encoding="utf-8"))["trusted"] if trusted.exists() else []
    runtimes = values.pop("runtimes", None)
    return Config(
        runtimes=None if runtimes is None else frozenset(runtimes), trusted_types=frozenset(types), **values
    )


def scan(root: Path, config: Config) -> dict[str, Any]:
    """The whole report. `ok` is False when part of the tree was not looked at."""
    files = list_files(root)
    report = Report(root, config.max_findings)
    if len(files) > config.max_files:
        report.stop(f"{len(files)} files")
        return report.as_json()

    def work(path: str) -> Any:
        if path == WHOLE_TREE:
            found, manifests = scan_tree(root, files, config)
            return {"hits": [_plain(hits) for hits in found], "manifests": manifests}
        kind, hits = scan_file(root, path, config)
        return {"hits": [_plain(hits)], "kind": kind}

    try:
        for outcome in run([*files, WHOLE_TREE], work, config.file_seconds):
            report.take(outcome.item, outcome.value, outcome.problem)
    except TooManyFailuresError:
        report.stop("too many files could not be scanned")
    return report.as_json()


def _plain(hits: Hits) -> dict[str, Any]:
    return {"found": hits.found, "left_out": hits.left_out}


def list_files(root: Path) -> list[str]:
    """Every file below root (links and special files too), relative, sorted."""
    found = []
    for folder, names, files in os.walk(root):
        links = [name for name in names if (Path(folder) / name).is_symlink()]
        found += [os.path.relpath(Path(folder) / name, root) for name in [*files, *links]]
    return sorted(found)


def _place(hit: dict[str, Any]) -> tuple[int, str, int, str]:
    return ORDER[hit["severity"]], hit["path"], hit["line"] or 0, hit["rule"]


def _most_telling(findings: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Dangers before the rest, and of each rule the first places before the many: no flood hides another rule."""
    ranks: Counter[str] = Counter()
    ranked = []
    for hit in sorted(findings, key=_place):
        ranks[hit["rule"]] += 1
        ranked.append((ORDER[hit["severity"]], ranks[hit["rule"]], hit))
    return [hit for _, _, hit in sorted(ranked, key=lambda entry: entry[:2])[:most]]


class Report:
    """Collects outcomes into the report, dangers first when there are too many findings."""

    def __init__(self, root: Path, max_findings: int) -> None:
        self._root = root
        self._max = max_findings
        self._files: list[dict[str, Any]] = []
        self._findings: list[dict[str, Any]] = []
        self._manifests: dict[str, Any] = {}
        self._left_out = 0
        self._ok = True

    def take(self, path: str, value: Any, problem: str) -> None:
        """One file's outcome, or the whole tree's."""
        if path == WHOLE_TREE and value is None:
            self.stop(f"the tree as a whole: {problem}")
            return
        if path != WHOLE_TREE:
            size = os.lstat(self._root / path).st_size
            kind = "failed" if value is None else value["kind"]
            self._files.append({"path": path, "size": size, "kind": kind})
        if value is None:
            self._add({"rule": "scan.file_failed", "path": path, "params": {"problem": problem}})
            return
        for hits in value["hits"]:
            self._left_out += hits["left_out"]
            for hit in hits["found"]:
                self._add(hit)
        self._manifests |= value.get("manifests", {})

    def stop(self, problem: str) -> None:
        """The scan ends early; said as a finding."""
        self._ok = False
        self._add({"rule": "scan.stopped", "path": "", "params": {"problem": problem}})

    def _add(self, hit: dict[str, Any]) -> None:
        self._findings.append({"line": None, "excerpt": "", **hit, "severity": LEVELS[hit["rule"]]})

    def as_json(self) -> dict[str, Any]:
        """Findings by severity, then file and line; those beyond the cap are only counted."""
        kept = _most_telling(self._findings, self._max)
        return {
            "format_version": FORMAT_VERSION,
            "ok": self._ok,
            "files": self._files,
            "findings": sorted(kept, key=_place),
            "left_out": self._left_out + len(self._findings) - len(kept),
            "manifests": self._manifests,
            "tools": {"python": sys.version.split()[0], **versions()},
        }


if __name__ == "__main__":
    sys.exit(main())
