"""Runs the jailed scripts on files, and reads their JSON by the strict parser (test_jail.py does so in real jails)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import pytest

from registry.scanning.findings import Finding
from registry.scanning.jailed.budget import Limits
from registry.scanning.jailed.scan import read_config
from registry.scanning.jailed.scan import scan as jailed_scan
from registry.scanning.jailed.unpack import read_limits
from registry.scanning.jailed.unpack import unpack as jailed_unpack
from registry.scanning.report import ScanReport, UnpackReport, parse_scan, parse_unpack
from registry.scanning.run import TRUSTED_TYPES, ScanConfig

Scan = Callable[..., ScanReport]
Unpack = Callable[..., UnpackReport]


def hits(report: ScanReport, *rules: str) -> list[tuple[str, str, int | None]]:
    """(rule, path, line) of the findings; of the given rules only, where some are given."""
    return [(f.rule, f.path, f.line) for f in report.findings if not rules or f.rule in rules]


def only(report: ScanReport, rule: str) -> Finding:
    """The one finding of a rule."""
    (found,) = [each for each in report.findings if each.rule == rule]
    return found


@pytest.fixture
def scan(tmp_path: Path) -> Scan:
    """Scan a tree given as {path: content}; keywords go into ScanConfig."""

    def run(files: Mapping[str, bytes | str], **config: object) -> ScanReport:
        tree, settings = tmp_path / "tree", tmp_path / "config"
        tree.mkdir()
        settings.mkdir()
        for name, data in files.items():
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data.encode() if isinstance(data, str) else data)
        values = {"declared_licence": "Apache-2.0", **config}
        (settings / "scan.json").write_bytes(ScanConfig(**values).as_json())  # type: ignore[arg-type]
        (settings / "trusted_types.json").write_bytes(TRUSTED_TYPES.read_bytes())
        report = jailed_scan(tree, read_config(settings))
        sizes = {name: (tree / name).stat().st_size for name in files}
        return parse_scan(json.dumps(report).encode("ascii"), sizes)

    return run


@pytest.fixture
def unpack(tmp_path: Path) -> Unpack:
    """Unpack the bytes of an archive; the tree is at `tmp_path / "out" / "tree"`."""

    def run(archive: bytes, limits: Limits | None = None) -> UnpackReport:
        source, output, config = tmp_path / "archive", tmp_path / "out", tmp_path / "unpack.json"
        source.write_bytes(archive)
        config.write_text(json.dumps(asdict(limits or Limits())))
        output.mkdir()
        report = jailed_unpack(source, output / "tree", read_limits(config))
        return parse_unpack(json.dumps(report).encode("ascii"))

    return run
