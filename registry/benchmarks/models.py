"""Tables of benchmarks."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from portal.kit.tables import Table, instant_field, json_field


class BenchmarkVersion(Table, table=True):
    """What a published version of a benchmark asset says, read once from its ``benchmark.yaml``; never changes."""

    __tablename__ = "benchmark_version"

    version_id: uuid.UUID = Field(foreign_key="version.id", unique=True)
    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True)
    created_at: dt.datetime = instant_field(default_now=True)
    manifest: dict[str, Any] = json_field()
    """The validated manifest (see ``registry.benchmarks.forms.Manifest``)."""
    manifest_digest: str = Field(max_length=64)
    scorer_digest: str = Field(max_length=64)
    """SHA-256 over the sorted ``sha256  path`` lines below ``scorer/``."""
    data_digest: str = Field(max_length=64)
    """The same over ``inputs/`` and ``labels/``: commits to the hidden part without showing it."""
    runtime: str = Field(max_length=60)
    accepts: list[str] = Field(sa_type=ARRAY(Text))
    quota_per_day: int
    quota_total: int
    quota_at_once: int | None = None
    """Unfinished evaluations of one person at a time."""
    capacity_per_day: int | None = None
    """Evaluations of all people together per day."""
    queue: str = Field(default="cpu", max_length=20, sa_column_kwargs={"server_default": "cpu"})
    """Capability a worker must have to run it."""
    logs_visible: bool = False
    is_latest: bool = Field(default=True, index=True)
    closed_at: dt.datetime | None = instant_field(nullable=True)
    labels_public_at: dt.datetime | None = instant_field(nullable=True)
    """Since when all its files are open, labels and scoring program too. Never taken back; it ranks no more."""


class BenchmarkMetric(Table, table=True):
    """A metric of a benchmark version."""

    __tablename__ = "benchmark_metric"

    benchmark_id: uuid.UUID = Field(foreign_key="benchmark_version.id", index=True, ondelete="CASCADE")
    position: int
    name: str = Field(max_length=60)
    title_zh: str = Field(max_length=100)
    title_en: str = Field(max_length=100)
    unit: str = Field(default="", max_length=40)
    higher_is_better: bool
    is_primary: bool = False
    aggregate: str = Field(max_length=30)
    formula: str = Field(default="", max_length=500)


class BenchmarkCell(Table, table=True):
    """A group of items that scores are given for: a region, a square of the grid, a category of a slice."""

    __tablename__ = "benchmark_cell"
    __table_args__ = (UniqueConstraint("benchmark_id", "dimension", "key"),)

    benchmark_id: uuid.UUID = Field(foreign_key="benchmark_version.id", ondelete="CASCADE")
    position: int
    dimension: str = Field(max_length=40)
    """``region``, ``place``, or the name of a slice."""
    key: str = Field(max_length=60)
    """Division code; numbers of the square east and north of 0 degrees; category."""
    parent: str = Field(default="", max_length=60)
    """Key of the next larger region."""
    item_count: int
    hidden: bool = False
    """Too few items, or it would give such a group away: no score of it is ever made."""
    public: bool = False
    """Whether everyone who sees a result sees its score here; else the benchmark's owner only."""
