"""The manifest of a benchmark, ``benchmark.yaml``: everything bounded, everything consistent."""

import shlex
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, JsonValue, ValidationError, model_validator

from portal.kit.i18n import _
from registry.benchmarks.fields import Bilingual, PlainPath, Strict
from registry.benchmarks.itemtable import ItemTable
from registry.benchmarks.reading import NotReadableError, read_yaml
from registry.sandbox.errors import UnknownRuntime
from registry.sandbox.runtimes import parse_name

Accepted = Literal["predictions", "program", "model"]
AggregateName = Literal["mean", "sqrt_mean", "median", "balanced_mean", "one_minus_ratio"]
RESERVED_COLUMNS = frozenset({"id", "block"})


def known_runtime(value: str) -> str:
    """A runtime of which this portal knows the lock; whether it is built is the worker's matter."""
    try:
        parse_name(value)
    except UnknownRuntime as error:
        raise ValueError(_("The runtime “%(name)s” is unknown.", name=value)) from error
    return value


def command_line(value: str) -> str:
    """A command that `shlex` can split; there is no shell in a jail."""
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise ValueError(_("The command cannot be split into words: check its quotes.")) from error
    if not words or "\0" in value:
        raise ValueError(_("The command is empty."))
    return value


def column_name(value: str) -> str:
    """A per-item column that does not hide the item's own ``id`` and ``block``."""
    if value in RESERVED_COLUMNS:
        raise ValueError(_("“%(name)s” is reserved and cannot be a column of values.", name=value))
    return value


RuntimeName = Annotated[str, Field(max_length=60), AfterValidator(known_runtime)]
Command = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(command_line)]
Column = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,59}$"), AfterValidator(column_name)]


class TaskPaths(Strict):
    """Where the task texts (Markdown) lie."""

    zh: PlainPath
    en: PlainPath


class Scorer(Strict):
    """The scoring program, run in ``/scorer``."""

    runtime: RuntimeName
    command: Command = "python score.py $input $output"


class Predictions(Strict):
    """The files a submission must leave, and nothing else is handed to the scorer."""

    files: list[PlainPath] = Field(min_length=1, max_length=20)


class ModelIO(Strict):
    """How a model file is fed: a table of ``inputs/`` in, a table of predictions out."""

    file: PlainPath
    id: str = Field(min_length=1, max_length=100)
    features: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(min_length=1, max_length=5000)
    output: PlainPath
    column: str = Field(min_length=1, max_length=100)


class Tolerance(Strict):
    """How far a value that was made again may lie from the recorded one; the larger of the two holds.

    The defaults allow for another processor's rounding, and for nothing that a reader would see.
    """

    absolute: float = Field(default=1e-9, ge=0, allow_inf_nan=False)
    """In the metric's unit."""
    relative: float = Field(default=1e-6, ge=0, le=1)
    """Of the recorded value."""


class Metric(Strict):
    """A metric and how the portal makes it again from the per-item results."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    title: Bilingual
    unit: str = Field(default="", max_length=40)
    direction: Literal["higher", "lower"]
    primary: bool = False
    aggregate: AggregateName
    value: Column
    stratum: Column | None = None
    denominator: Column | None = None
    formula: str = Field(default="", max_length=500)
    tolerance: Tolerance = Tolerance()

    @model_validator(mode="after")
    def _columns(self) -> Self:
        if (self.aggregate == "balanced_mean") != (self.stratum is not None):
            raise ValueError(_("“stratum” belongs to balanced_mean, and only to it."))
        if (self.aggregate == "one_minus_ratio") != (self.denominator is not None):
            raise ValueError(_("“denominator” belongs to one_minus_ratio, and only to it."))
        return self


class RunLimits(Strict):
    """What one jail may use; the same limits hold for both jails."""

    time_s: int = Field(ge=1, le=86_400)
    memory_mb: int = Field(ge=64, le=262_144)
    threads: int = Field(default=1, ge=1, le=64)
    output_mb: int = Field(default=64, ge=1, le=4096)
    output_files: int = Field(default=200, ge=1, le=10_000)
    log_kb: int = Field(default=256, ge=1, le=4096)
    queue: Literal["cpu", "gpu", "himem"] = "cpu"
    """Capability a worker must have."""


class Quota(Strict):
    """How often one person may be scored."""

    per_day: int = Field(default=5, ge=1, le=1000)
    total: int = Field(default=100, ge=1, le=100_000)
    at_once: int | None = Field(default=None, ge=1, le=100_000)
    """Unfinished evaluations of one person at a time."""
    capacity_per_day: int | None = Field(default=None, ge=1, le=1_000_000)
    """Evaluations of all people together per day."""


class Reference(Strict):
    """The reference submission of the dry run: how it is handed in, where it lies, and what it must score."""

    kind: Accepted = "predictions"
    path: PlainPath
    """A folder of the version, or, for predictions, one file that is taken as the first prediction file."""
    expected: float = Field(allow_inf_nan=False)
    """Value of the primary metric."""
    tolerance: float = Field(default=1e-6, ge=0, le=1e300)
    """How far the value may lie from what is expected, in the unit of the metric."""


class Manifest(Strict):
    """``benchmark.yaml``. What it promises can be kept: one primary metric, known runtimes, bounded limits."""

    title: Bilingual
    task: TaskPaths
    accepts: list[Accepted] = Field(min_length=1, max_length=3)
    inputs_public: bool = False
    runtime: RuntimeName
    scorer: Scorer
    predictions: Predictions
    model_io: ModelIO | None = None
    metrics: list[Metric] = Field(min_length=1, max_length=20)
    limits: RunLimits
    quota: Quota = Quota()
    logs_visible: bool = False
    dry_run: Reference | None = None
    item_table: ItemTable | None = None
    baselines: list[JsonValue] = Field(default_factory=list, max_length=50)
    source: dict[str, JsonValue] = Field(default_factory=dict, max_length=50)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(set(self.accepts)) != len(self.accepts):
            raise ValueError(_("“accepts” names a kind twice."))
        if sum(metric.primary for metric in self.metrics) != 1:
            raise ValueError(_("Exactly one metric must be marked “primary: true”."))
        names = [metric.name for metric in self.metrics]
        if len(set(names)) != len(names):
            raise ValueError(_("Two metrics have the same name."))
        if "model" in self.accepts and self.model_io is None:
            raise ValueError(_("A benchmark that accepts models must say “model_io”."))
        if self.model_io is not None and self.model_io.output not in self.predictions.files:
            raise ValueError(_("The output of “model_io” must be one of the prediction files."))
        strata = {metric.stratum for metric in self.metrics if metric.stratum}
        if strata & set(self.number_columns):
            raise ValueError(_("A column cannot be both a stratum and a value."))
        return self

    @property
    def primary(self) -> Metric:
        """The metric that ranks."""
        return next(metric for metric in self.metrics if metric.primary)

    @property
    def number_columns(self) -> list[str]:
        """Per-item columns that hold numbers, each once, in the order of the metrics."""
        found: dict[str, None] = {}
        for metric in self.metrics:
            found[metric.value] = None
            if metric.denominator:
                found[metric.denominator] = None
        return list(found)

    @property
    def stratum_columns(self) -> list[str]:
        """Per-item columns that hold strata."""
        return list({metric.stratum: None for metric in self.metrics if metric.stratum})


def read_manifest(data: bytes) -> Manifest:
    """The manifest in the bytes of ``benchmark.yaml``; `NotReadableError` names the place and what is wrong."""
    values: dict[str, Any] = read_yaml(data)
    try:
        return Manifest.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "benchmark.yaml"
        reason = str((first.get("ctx") or {}).get("error") or first["msg"])
        raise NotReadableError(f"{place}: {reason}"[:500]) from error
