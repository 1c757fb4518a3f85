"""Reads what a jail has left: with limits, without following anything, by a strict schema."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from portal.kit.i18n import N_
from registry.previews import png
from registry.previews.models import PreviewKind, PreviewState
from registry.previews.schema import FACTS, PARTS, Index, PartRule
from registry.sandbox.collector import read_file
from registry.sandbox.errors import OutputRefused, ScoresRefused
from registry.sandbox.strict_json import loads

MAX_INDEX = 256 * 1024
MAX_TOTAL = 48 << 20
REASONS = {
    "damaged": N_("The file could not be read: it is damaged, or not what its name says."),
    "binary": N_("The file is not text."),
    "encoding": N_("The text is neither UTF-8 nor GB 18030."),
    "empty": N_("There is nothing in it."),
    "pixels": N_("The picture has more than %(limit)s million pixels."),
    "too_large": N_("The file is larger than the %(limit)s MiB from which a preview is made."),
    "deep": N_("The file is nested too deeply."),
    "encrypted": N_("The document is encrypted."),
    "no_layers": N_("There is no layer with features in it."),
}
NOT_ACCEPTED = N_("What the reader returned was not accepted.")


@dataclass(frozen=True)
class Result:
    """How reading ended. ``parts``: name -> bytes, valid; facts and parts only where it is ready."""

    state: PreviewState
    reason: str = ""
    params: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    parts: Mapping[str, bytes] = field(default_factory=dict)


def refused(code: str, **params: object) -> Result:
    """The file cannot be shown, for a reason of REASONS."""
    return Result(PreviewState.unsupported, REASONS[code], params)


def read(output: Path, kind: PreviewKind) -> Result:
    """The result in a jail's output folder; whatever is wrong with it makes it a failure, and nothing is kept."""
    try:
        index = Index.model_validate(loads(read_file(output, "preview.json", MAX_INDEX), max_bytes=MAX_INDEX))
        if index.status == "unsupported":
            return refused(index.reason, **index.params)
        facts = FACTS[kind].model_validate(index.facts)
        parts = _parts(output, index.parts, PARTS[kind])
    except (OutputRefused, ScoresRefused, ValidationError, KeyError, png.NotPlainPngError):
        return Result(PreviewState.failed, NOT_ACCEPTED)
    return Result(PreviewState.ready, facts=facts.model_dump(), parts=parts)


def _parts(output: Path, names: list[str], rules: Mapping[str, PartRule]) -> dict[str, bytes]:
    counts = Counter(_stem(name) for name in names)
    if len(set(names)) != len(names) or any(counts[stem] > rules[stem].count for stem in counts):
        raise OutputRefused(NOT_ACCEPTED)
    parts: dict[str, bytes] = {}
    left = MAX_TOTAL
    for name in names:
        data = _part(output, name, rules[_stem(name)], left)
        left -= len(data)
        parts[name] = data
    return parts


def _stem(name: str) -> str:
    return name.partition(".")[0].partition("-")[0]


def _part(output: Path, name: str, rule: PartRule, left: int) -> bytes:
    data = read_file(output, name, min(rule.size, max(left, 1)))
    if (rule.model is None) != name.endswith(".png"):
        raise OutputRefused(NOT_ACCEPTED)
    if rule.model is None:
        png.check(data)
        return data
    model = rule.model.model_validate(loads(data, max_bytes=rule.size))
    # Written anew from what was understood: whatever else the bytes could mean is gone.
    return model.model_dump_json().encode()
