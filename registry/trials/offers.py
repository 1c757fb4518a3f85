"""Whether a version can be tried, by what form, and why not."""

import sys
from dataclasses import dataclass, field
from typing import Any

from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.settings import get_settings
from registry.previews import queries as previews
from registry.previews.models import PreviewKind, PreviewState
from registry.sandbox.errors import UnknownRuntime
from registry.sandbox.runtimes import parse_name
from registry.trials import queries
from registry.trials.interface import Interface, described, of_model
from registry.versions import queries as versions
from registry.versions.manifest import NAME as MANIFEST
from registry.versions.models import SubmissionKind, VersionState

TRIED = frozenset({SubmissionKind.program, SubmissionKind.model})
DEFAULT_RUNTIME = f"geo-py3{sys.version_info.minor}"
EXAMPLES = "examples/"
_MODELS = ("model.onnx", "model.skops", "MLmodel")


@dataclass(frozen=True)
class Offer:
    """The form to be drawn, or ``reason`` (in the reader's language) why there is none."""

    interface: Interface | None = None
    reason: str = ""
    samples: dict[str, str] = field(default_factory=dict)
    """SHA-256 of the version's own sample, by input."""
    files: dict[str, Any] = field(default_factory=dict)
    """The version's files by path, where they had to be looked at."""


def runtime_of(named: str) -> str:
    """The runtime of a trial: the one ``cspon.yaml`` names; models that name none run where the packages are."""
    return named or DEFAULT_RUNTIME


def offer_of(req: Context, version: Any) -> Offer:
    """What the reader may try of a version whose description may be read."""
    reason = _closed(version)
    if reason:
        return Offer(reason=reason)
    files = {row.path: row for row in versions.files_of(req.db, version.id, hidden=False)}
    found = _model(req, files) if version.submission is SubmissionKind.model else _program(files)
    if found.interface is None:
        return found
    return _with_samples(req, version, found.interface, files)


def _closed(version: Any) -> str:
    """Reasons that need no look at the files."""
    if not get_settings().trials_per_day:
        return _("Trials are switched off on this portal.")
    if version.state is VersionState.yanked:
        return _("This version was withdrawn.")
    if version.state is not VersionState.published:
        return _("Only published versions, whose scan found nothing, can be tried.")
    if not version.files_open:
        return _("The files of this asset are given on request; who has access can try it too.")
    if version.executable_format:
        return _("Models in an executable format (pickle) are not run for visitors.")
    return ""


def _program(files: dict[str, Any]) -> Offer:
    row = files.get(MANIFEST)
    told = described(row.sha256) if row is not None else None
    if told is not None and told.broken:
        return Offer(reason=_("The part “interface” of cspon.yaml does not hold."))
    if told is None or told.interface is None:
        return Offer(reason=_("Its cspon.yaml describes no interface for visitors."))
    command = told.interface.command or told.command
    if not command:
        return Offer(reason=_("Its cspon.yaml names no command."))
    return Offer(told.interface.model_copy(update={"command": command}))


def _model(req: Context, files: dict[str, Any]) -> Offer:
    present = [name for name in _MODELS if name in files]
    if len(present) != 1:
        return Offer(reason=_("There is not exactly one model in it."))
    row = files.get(MANIFEST)
    told = described(row.sha256) if row is not None else None
    if told is not None and (told.broken or (told.interface is not None and not told.interface.fits_model)):
        return Offer(reason=_("The part “interface” of cspon.yaml does not hold."))
    if told is not None and told.interface is not None:
        return Offer(told.interface)
    sample = next(
        (path for path in sorted(files) if path.startswith(EXAMPLES) and path.lower().endswith(".csv")), None
    )
    columns = _graph_inputs(req, files["model.onnx"].sha256) if present == ["model.onnx"] else []
    return Offer(of_model(columns, sample))


def _graph_inputs(req: Context, sha256: str) -> list[str]:
    """Names of an ONNX graph's inputs, where it has one per feature and its preview is ready."""
    preview = previews.of_content(req.db, sha256, PreviewKind.graph)
    if preview is None or preview.state is not PreviewState.ready:
        return []
    names = [str(each["name"]) for each in preview.facts.get("inputs", [])]
    return names if len(names) > 1 else []


def _with_samples(req: Context, version: Any, interface: Interface, files: dict[str, Any]) -> Offer:
    """Check what only the portal knows: the runtime, and that samples are there and small enough."""
    runtime = runtime_of(version.runtime)
    try:
        parse_name(runtime)
    except UnknownRuntime:
        return Offer(reason=_("The runtime “%(name)s” is unknown.", name=runtime))
    if queries.served(req.db, runtime) is False:
        return Offer(reason=_("No worker that runs now has the runtime “%(name)s”.", name=runtime))
    inputs, samples = [], {}
    for each in interface.inputs:
        row = files.get(each.sample) if each.sample else None
        good = row is not None and row.size <= each.max_kb * 1024
        if good and row is not None:
            samples[each.name] = str(row.sha256)
        inputs.append(each if good else each.model_copy(update={"sample": None}))
    return Offer(interface.model_copy(update={"inputs": inputs}), samples=samples, files=files)
