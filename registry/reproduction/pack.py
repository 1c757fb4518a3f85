"""``pack.json``: what was run on what, what came out, and the digest of every file that is needed to run it again."""

import math
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from registry.benchmarks.fields import Bilingual
from registry.benchmarks.forms import Tolerance

FORMAT = "cspon-reproduction/1"
PACK = "pack.json"
SUMS = "SHA256SUMS"
README = "README.md"
FILES = "files"
SUBMISSION = "submission/"
BENCHMARK = "benchmark/"
PER_ITEM = "recorded/per_item.jsonl"
DIGEST = r"^[0-9a-f]{64}$"


class Extent(StrEnum):
    """How far a result can be made again from a pack."""

    full = "full"
    """Predict and score: every metric is compared."""
    predictions = "predictions"
    """Predict only, where labels are hidden: the digest of the predictions is compared."""


class Part(BaseModel):
    """A part of ``pack.json``; what later portals add is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Entry(Part):
    """A file below ``files/``."""

    path: str = Field(min_length=1, max_length=600)
    size: int = Field(ge=0)
    sha256: str = Field(pattern=DIGEST)


class Step(Part):
    """One of the two jails: what runs in it, in which runtime, within which limits."""

    runtime: str = Field(max_length=60)
    runtime_digest: str = Field(max_length=64)
    """SHA-256 of the lock the runtime is built from."""
    command: list[str]
    limits: dict[str, int | float]


class Submission(Part):
    """The version that was evaluated."""

    asset: str
    version: str
    url: str
    licence: str
    kind: Literal["predictions", "program", "model"]
    digest: str = Field(pattern=DIGEST)
    """Over all its files: SHA-256 of the sorted lines ``sha256  path``."""
    withdrawn: str | None = None
    """Why its publisher withdrew it; None where that has not happened."""


class Benchmark(Part):
    """The version of the benchmark it was evaluated on."""

    asset: str
    version: str
    url: str
    licence: str
    digest: str = Field(pattern=DIGEST)
    manifest_digest: str = Field(pattern=DIGEST)
    scorer_digest: str = Field(pattern=DIGEST)
    data_digest: str = Field(pattern=DIGEST)


class Recorded(Part):
    """A metric as the portal recorded it, with its 95 % interval, and how far another run may lie from it."""

    name: str
    title: Bilingual
    unit: str
    primary: bool
    higher_is_better: bool
    value: float = Field(allow_inf_nan=False)
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    tolerance: Tolerance

    @property
    def allowed(self) -> float:
        """The largest difference that still counts as the same, in the metric's unit."""
        return max(self.tolerance.absolute, self.tolerance.relative * abs(self.value))

    def agrees(self, value: float) -> bool:
        """Whether ``value`` is the recorded one within the tolerance; what is no finite number never is."""
        return math.isfinite(value) and abs(value - self.value) <= self.allowed


class Pack(Part):
    """The whole description. ``files`` are sorted by path; their contents lie below ``files/`` in the zip."""

    format: Literal["cspon-reproduction/1"]
    result: str
    """Lasting address of the result."""
    evaluation: str
    scored_at: str
    extent: Extent
    confidential: bool = False
    """Whether it holds hidden labels: such a pack is for the benchmark's owner alone."""
    submission: Submission
    benchmark: Benchmark
    predict: Step | None
    """None where the predictions themselves were submitted."""
    score: Step
    seed: int
    resamples: int
    items: int
    sandbox_grade: str
    profile_digest: str
    predictions_digest: str = Field(pattern=DIGEST)
    per_item_digest: str = Field(pattern=DIGEST)
    metrics: list[Recorded]
    files: list[Entry]

    def below(self, folder: str) -> list[tuple[str, str]]:
        """(path without the folder, SHA-256) of the files in one of the folders."""
        return [
            (file.path.removeprefix(folder), file.sha256)
            for file in self.files
            if file.path.startswith(folder)
        ]
