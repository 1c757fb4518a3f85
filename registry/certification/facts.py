"""What the registry knows of a version, as plain values that the criteria judge. Pure."""

import datetime as dt
from dataclasses import dataclass, field

from registry.certification.parts import Parts


@dataclass(frozen=True)
class ScanFact:
    """The newest scan. ``released``: a certifier published what it had quarantined."""

    id: str
    verdict: str
    dangers: int
    released: bool
    at: dt.datetime


@dataclass(frozen=True)
class RunFact:
    """An evaluation that ended with a result."""

    evaluation: str
    peak_bytes: int
    strong: bool
    profile_digest: str
    denied: int | None
    """Calls the sandbox refused, attempts at the network among them; None where that was not recorded."""
    network: int = 0
    """Of these, attempts to reach or to offer something outside the jail."""
    whole: bool = True
    """False: records were lost, and there were at least so many."""


@dataclass(frozen=True)
class SliceFact:
    """A result's weakest public slice and the score over all items, by its primary metric."""

    evaluation: str
    benchmark: str
    metric: str
    higher_is_better: bool
    overall: float
    weakest: float
    benchmark_en: str = ""
    metric_en: str = ""


@dataclass(frozen=True)
class KnownFact:
    """A known vulnerability of one of the parts."""

    id: str
    package: str
    version: str
    severity: str


@dataclass(frozen=True)
class DatabaseFact:
    """The offline database of advisories."""

    digest: str
    newest_at: dt.datetime
    age_days: int


@dataclass(frozen=True)
class RelatedFact:
    """An asset this one is built from or was made with."""

    name: str
    licence: str
    level: str
    """``general``, ``important``, ``core``, or empty where its card does not say."""
    is_data: bool


@dataclass(frozen=True)
class CardFact:
    """What the description says."""

    chars: int
    licence: str
    missing: tuple[str, ...]
    """Of ``summary``, ``authors``, ``scenarios``."""
    level: str
    digest: str


@dataclass(frozen=True)
class Facts:
    """Everything about one version at one instant."""

    here: str
    """Path of the version's page."""
    tree_digest: str
    executable_format: bool
    card: CardFact
    scan: ScanFact | None = None
    runs: tuple[RunFact, ...] = ()
    slices: tuple[SliceFact, ...] = ()
    parts: Parts = field(default_factory=Parts)
    database: DatabaseFact | None = None
    known: tuple[KnownFact, ...] = ()
    related: tuple[RelatedFact, ...] = ()
