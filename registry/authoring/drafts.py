"""A draft as the flow sees it: its manifest, its files, and which steps are complete."""

import sys
from dataclasses import dataclass, field
from typing import Any

from portal.kit.errors import Conflict
from portal.kit.i18n import N_, _
from portal.kit.pages import Context
from registry.authoring import manifests
from registry.authoring.manifests import Values, get
from registry.authoring.steps import STEPS, Step
from registry.benchmarks.digests import MANIFEST
from registry.benchmarks.reading import MAX_YAML, NotReadableError, read_yaml, stored_bytes, stored_text
from registry.dryruns.standing import own_benchmark
from registry.sandbox.runtimes import default_names
from registry.versions import queries as versions
from registry.versions.models import VersionState

MISSING = N_("%(folder)s holds no file yet.")
TASKS = {"zh": "task.zh.md", "en": "task.en.md"}


def own_draft(req: Context) -> Any:
    """A draft of a benchmark in whose namespace the actor may publish."""
    version = own_benchmark(req)
    if version.state is not VersionState.draft:
        raise Conflict(
            _("The files of a submitted version do not change."), hint=_("Make a new version instead.")
        )
    return version


@dataclass
class Draft:
    """What the pages work with. ``problem``: why ``benchmark.yaml`` cannot be read at all."""

    version: Any
    files: dict[str, Any]
    values: Values
    text: str
    problem: str = ""
    faults: dict[str, str] = field(default_factory=dict)

    def below(self, folder: str) -> list[Any]:
        """The files of a folder."""
        return [row for path, row in self.files.items() if path.startswith(folder)]

    def task_path(self, language: str) -> str:
        """Where a task text lies."""
        path = get(self.values, f"task.{language}")
        return path if isinstance(path, str) and path else TASKS[language]

    def task_text(self, language: str) -> str:
        """The task text of a language; empty where there is none yet."""
        row = self.files.get(self.task_path(language))
        return stored_text(row.sha256) if row is not None else ""

    def lacking(self, step: Step) -> list[str]:
        """What a step still lacks, in words; empty: it is complete."""
        found = list(manifests.of_step(step, self.faults).values())
        found += [_(MISSING, folder=folder) for folder in step.folders if not self.below(folder)]
        if step.key == "texts":
            paths = [self.task_path(language) for language in TASKS]
            found += [_("%(path)s is missing.", path=path) for path in paths if path not in self.files]
        if step.key == "reference" and get(self.values, "dry_run") is None:
            found.append(_("A reference submission is needed"))
        return list(dict.fromkeys(found))


def load(req: Context, version: Any) -> Draft:
    """The draft in one reading of its files; a draft without ``benchmark.yaml`` begins with sensible values."""
    files = {row.path: row for row in versions.files_of(req.db, version.id, hidden=True)}
    row = files.get(MANIFEST)
    if row is None:
        values = beginning(version)
        return Draft(version, files, values, manifests.written(values), faults=manifests.faults(values))
    data = stored_bytes(row.sha256, MAX_YAML)
    text = data.decode("utf-8", "replace")
    try:
        values = read_yaml(data)
    except NotReadableError as error:
        return Draft(version, files, {}, text, problem=str(error))
    return Draft(version, files, values, text, faults=manifests.faults(values))


def beginning(version: Any) -> Values:
    """What a new benchmark starts from."""
    runtime = next(name for name in default_names(sys.version_info.minor) if name.startswith("geo"))
    return {
        "title": {"zh": version.title, **({"en": version.title_en} if version.title_en else {})},
        "task": dict(TASKS),
        "accepts": ["predictions"],
        "runtime": runtime,
        "scorer": {"runtime": runtime, "command": "python score.py $input $output"},
        "predictions": {"files": ["predictions.csv"]},
        "limits": {
            "time_s": 300,
            "memory_mb": 2048,
            "threads": 1,
            "output_mb": 64,
            "output_files": 200,
            "log_kb": 256,
        },
        "quota": {"per_day": 5, "total": 100},
        "logs_visible": False,
    }


def task_list(draft: Draft, here: str) -> list[dict[str, str]]:
    """The steps for ``ui.task_list``: what is complete, what is missing."""
    items = []
    for step in STEPS:
        lacking = draft.lacking(step)
        items.append(
            {
                "href": f"{here}/author/{step.key}",
                "title": _(step.title),
                "hint": " ".join(lacking[:3]),
                "status_level": "neutral" if lacking else "good",
                "status_text": _("Incomplete") if lacking else _("Complete"),
            }
        )
    return items
