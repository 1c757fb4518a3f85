"""Runs schemathesis against the application, and keeps what its checks refused and which answers were met."""

import copy
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

import tests.contract.hooks  # noqa: F401 - registers what schemas cannot say
from tests.contract.world import World

OFTEN = 0.9
PHASES = ("examples", "coverage", "fuzzing", "stateful")
NAMED = ("ns", "slug", "name", "number", "path", "part", "post", "run", "session", "site")
"""Parts of addresses that mostly stand for something; the rest of the time they are drawn like anything else."""
REFUSED = [
    *(
        "400",
        "401",
        "403",
        "404",
        "405",
        "406",
        "409",
        "415",
        "422",
        "428",
        "429",
        "5xx",
    ),  # its own list, and:
    "308",  # the asset has moved: nothing was accepted here, and the new address looks at the request again
    "413",  # the proper refusal of a number of bytes above the portal's limit
]
"""What counts as a refusal of invalid data."""


@dataclass
class Run:
    """``failures``: by check and operation, what happened and how to do it again; ``met``: statuses by operation."""

    failures: dict[tuple[str, str], str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    met: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))

    @property
    def fine(self) -> set[str]:
        """Operations that have done what they are for."""
        return {label for label, statuses in self.met.items() if any(status < 300 for status in statuses)}

    @property
    def report(self) -> str:
        """All that was wrong."""
        found = [f"{check}, {label}\n{text}" for (check, label), text in self.failures.items()]
        return "\n\n".join([*self.errors, *found])

    def take(self, event: events.EngineEvent) -> None:
        """Note what the event says."""
        if isinstance(event, events.NonFatalError):
            self.errors.append(f"{event.label}: {event.info.message}")
        elif isinstance(event, events.FatalError):
            self.errors.append(repr(event.exception))
        elif isinstance(event, events.ScenarioFinished):
            self._scenario(event.recorder)

    def _scenario(self, recorder: Any) -> None:
        for key, node in recorder.cases.items():
            label, interaction = node.value.operation.label, recorder.interactions.get(key)
            answer = interaction.response if interaction is not None else None
            if answer is not None:
                self.met[label][answer.status_code] += 1
            for check in recorder.checks.get(key, []):
                if check.failure_info is not None:
                    wrong = check.failure_info.failure
                    told = (
                        f"-> {answer.status_code} {answer.content[:400].decode(errors='replace')}"
                        if answer
                        else ""
                    )
                    text = f"{wrong.title}: {wrong.message}\n{check.failure_info.code_sample}\n{told}"
                    self.failures.setdefault((check.name, label), text)


def config(world: World, actor: str, *, phases: Iterable[str], examples: int) -> SchemathesisConfig:
    """All checks on; the same cases in every run."""

    def known(name: str) -> dict[str, Any]:
        return {"dictionary": name, "probability": OFTEN}

    ids = {path: f"id{number}" for number, path in enumerate(world.ids)}
    by_operation = [
        *(
            {"include-path-regex": _literally(path), "parameters": {"path.id": known(ids[path])}}
            for path in ids
        ),
        {
            "include-path-regex": _literally("/discussions/{number}"),
            "parameters": {"path.number": known("topic")},
        },
    ]
    return SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "suppress-health-check": ["all"],  # of its own speed; patterns of paths are slow to draw from
            "headers": world.headers[actor],
            "continue-on-failure": True,
            "checks": {"negative_data_rejection": {"expected-statuses": REFUSED}},
            "dictionaries": {
                name: {"values": values}
                for name, values in [*world.known.items(), *((ids[path], values) for path, values in world.ids.items())]
            },
            "parameters": {f"path.{name}": known(name) for name in NAMED},
            "operations": by_operation,
            "generation": {
                "deterministic": True, "max-examples": examples, "no-shrink": True, "database": "none",
            },
            "phases": {name: {"enabled": name in phases} for name in PHASES},
            # Words out of our own source stand for any text, formats or not, and change with every line written.
            "analysis": {"constants": {"enabled": False}},
        }
    )  # fmt: skip


def _literally(path: str) -> str:
    return path.replace("{", r"\{").replace("}", r"\}")


def told(document: dict[str, Any], world: World) -> dict[str, Any]:
    """The document with the world's values for examples, which the phases that draw nothing at random take."""
    document = copy.deepcopy(document)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            label = f"{method.upper()} {path}"
            values: dict[str, Any] = {}
            for beginning, more in world.places.items():
                if label.startswith(beginning) or path.startswith(beginning):
                    values |= more
            for parameter in operation["parameters"]:
                if parameter["in"] == "path" and parameter["name"] in values:
                    parameter["schema"]["example"] = values[parameter["name"]]
            if label in world.bodies:
                operation["requestBody"]["content"]["application/json"]["example"] = world.bodies[label]
    return document


def run(
    application: Any, world: World, settings: SchemathesisConfig, only: Callable[[str], bool] | None = None
) -> Run:
    """Everything the phases find, in the operations whose label ``only`` takes."""
    found = Run()
    schema = schemathesis.openapi.from_dict(told(application.openapi(), world), config=settings)
    schema.app = application
    schema.location = "/api/v1/openapi.json"
    if only is not None:
        # Not `include`: where the settings name operations, schemathesis takes all of them beside the included.
        schema = schema.exclude(lambda context: not only(context.operation.label))
    for event in from_schema(schema).execute():
        found.take(event)
    return found
