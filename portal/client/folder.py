"""A folder on the way to a portal: which files go, their digests, and what kind of submission they are."""

import fnmatch
import hashlib
import os
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.client.errors import ClientError
from portal.kit.i18n import _

BLOCK = 1024 * 1024
IGNORED = (
    ".git", ".hg", ".svn", "__pycache__", ".venv", "node_modules", ".ipynb_checkpoints", ".mypy_cache",
    ".pytest_cache", ".ruff_cache", ".DS_Store", ".cspon-partial", "*.pyc", "*.swp", "*~",
)  # fmt: skip
MODELS = ("model.onnx", "model.skops", "MLmodel")
SUBMISSIONS = ("files", "predictions", "program", "model")
EVALUATED = {"model", "algorithm", "tool"}
KINDS = {"program": "algorithm", "model": "model", "predictions": "algorithm"}


@dataclass(frozen=True)
class LocalFile:
    """A file and the path it has in the version."""

    path: str
    place: Path
    size: int
    sha256: str = ""


@dataclass(frozen=True)
class Found:
    """What a folder holds, and what was left out of it (links, special files) with why."""

    files: list[LocalFile]
    left_out: list[tuple[str, str]]


def is_ignored(name: str) -> bool:
    """Whether a file or folder of this name never goes."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in IGNORED)


def walk(root: Path) -> Found:
    """All files below ``root`` by path, without what never goes. Links are not followed: what lies behind them
    may be anything.
    """
    if not root.is_dir():
        raise ClientError(
            _("%(path)s is not a folder.", path=root), _("Give the folder whose files you want to push.")
        )
    files: list[LocalFile] = []
    left_out: list[tuple[str, str]] = []
    for here, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not is_ignored(name))
        linked = [name for name in folders if Path(here, name).is_symlink()]
        for name in [*linked, *sorted(names)]:
            place = Path(here, name)
            path = unicodedata.normalize("NFC", place.relative_to(root).as_posix())
            if is_ignored(name):
                continue
            if place.is_symlink() or not place.is_file():
                left_out.append((path, _("a link") if place.is_symlink() else _("no regular file")))
                continue
            files.append(LocalFile(path, place, place.stat().st_size))
    return Found(sorted(files, key=lambda file: file.path), left_out)


def digest(file: LocalFile, advance: Callable[[int], None] = lambda _n: None) -> LocalFile:
    """The same file with its SHA-256; ``advance`` is told every block."""
    state = hashlib.sha256()
    with file.place.open("rb") as source:
        while block := source.read(BLOCK):
            state.update(block)
            advance(len(block))
    return LocalFile(file.path, file.place, file.size, state.hexdigest())


def blocks(file: LocalFile) -> Iterable[bytes]:
    """The file's bytes for sending; refuses a file that changed its size since it was hashed."""
    sent = 0
    with file.place.open("rb") as source:
        while block := source.read(BLOCK):
            sent += len(block)
            if sent > file.size:
                break
            yield block
    if sent != file.size:
        raise ClientError(
            _("%(path)s changed while it was sent.", path=file.path), _("Run the same command again.")
        )


def submission_of(paths: set[str], manifest: dict[str, Any]) -> str:
    """What the evaluator would take these files for: a program, a model, predictions, or files only."""
    if "benchmark.yaml" in paths:
        return "files"
    models = [name for name in MODELS if name in paths]
    if manifest.get("kind") == "model" or (len(models) == 1 and not manifest.get("command")):
        return "model"
    if manifest.get("command"):
        return "program"
    if any(path.startswith("predictions.") for path in paths):
        return "predictions"
    return "files"


def read_yaml(path: Path) -> dict[str, Any]:
    """A small YAML mapping; empty where there is no such file. Refuses what is no mapping."""
    import yaml

    if not path.is_file() or path.is_symlink():
        return {}
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ClientError(
            _("%(path)s is not YAML: %(why)s", path=path.name, why=" ".join(str(error).split()))
        ) from error
    if not isinstance(values, dict):
        raise ClientError(_("%(path)s must hold names and values.", path=path.name))
    return values


def read_card(root: Path) -> tuple[dict[str, Any], str]:
    """Front matter and whole text of README.md; both empty without one."""
    import yaml

    path = root / "README.md"
    if not path.is_file() or path.is_symlink():
        return {}, ""
    text = path.read_text(encoding="utf-8", errors="replace")
    if not text.startswith("---\n"):
        return {}, text
    head, _sep, _rest = text[4:].partition("\n---")
    try:
        values = yaml.safe_load(head)
    except yaml.YAMLError as error:
        raise ClientError(
            _("The front matter of README.md is not YAML: %(why)s", why=" ".join(str(error).split()))
        ) from error
    return (values if isinstance(values, dict) else {}), text
