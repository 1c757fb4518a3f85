"""Checks of the tree as a whole: licence, manifests, the one model."""

import re
from pathlib import Path
from typing import Any

from .files import Config
from .hits import Hits
from .kinds import decode_text
from .manifests import Context, check_manifest
from .strictyaml import MAX_CHARACTERS, YamlError, front_matter, load

LICENCE_FILE = re.compile(r"(?i)(?:licen[cs]e|copying|许可证|许可协议)(?:[-_.].*)?")
MODEL_FILES = ("model.onnx", "model.skops", "MLmodel")
MANIFESTS = ("cspon.yaml", "benchmark.yaml")
NEEDED = {"program": "cspon.yaml", "benchmark": "benchmark.yaml"}


def scan_tree(root: Path, files: list[str], config: Config) -> tuple[list[Hits], dict[str, Any]]:
    """(findings, accepted manifests by file name) of the tree."""
    found: list[Hits] = []
    manifests: dict[str, Any] = {}
    context = Context(frozenset(files), config.runtimes)
    for name in MANIFESTS:
        hits = Hits(name)
        value = _manifest(root, name, context, config, hits)
        found.append(hits)
        if value is not None:
            manifests[name] = value
    found.append(_models(context, config))
    found.append(_licence(root, context, config, manifests))
    return found, manifests


def _manifest(root: Path, name: str, context: Context, config: Config, hits: Hits) -> dict[str, Any] | None:
    if name not in context.files:
        if NEEDED.get(config.expects or "") == name:
            hits.add("manifest.missing_file", file=name)
        return None
    content = _text(root / name)
    if content is None:
        hits.add("manifest.unreadable", problem="not text, or too long")
        return None
    expected = config.expects if config.expects in {"program", "model"} else "plain"
    shape = "benchmark" if name == "benchmark.yaml" else expected
    return check_manifest(content, hits, context, shape)


def _text(target: Path) -> str | None:
    with target.open("rb") as source:
        data = source.read(MAX_CHARACTERS + 1)
    decoded = decode_text(data) if len(data) <= MAX_CHARACTERS else None
    return decoded[0] if decoded else None


def _models(context: Context, config: Config) -> Hits:
    hits = Hits("")
    present = [name for name in MODEL_FILES if name in context.files]
    if config.expects == "model" and len(present) != 1:
        hits.add("model.not_exactly_one", count=len(present), found=", ".join(present))
    return hits


def _licence(root: Path, context: Context, config: Config, manifests: dict[str, Any]) -> Hits:
    hits = Hits("")
    declared = [config.declared_licence, *(value.get("license") for value in manifests.values())]
    if any(isinstance(value, str) and value.strip() for value in declared):
        return hits
    if any(LICENCE_FILE.fullmatch(name) for name in context.files if "/" not in name):
        return hits
    if not any(_card_licence(root / name) for name in ("README.md", "cspon.yaml") if name in context.files):
        hits.add("licence.missing")
    return hits


def _card_licence(target: Path) -> bool:
    content = _text(target)
    try:
        document = (load if target.suffix == ".yaml" else front_matter)(content or "")
    except YamlError:
        return False
    value = document.value if document else None
    return isinstance(value, dict) and bool(str(value.get("license") or "").strip())
