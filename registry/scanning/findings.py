"""What a scan found, and what follows from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.kit.i18n import N_


class Severity(StrEnum):
    """How much a finding weighs for a reader."""

    INFO = "info"
    WARNING = "warning"
    DANGER = "danger"

    @property
    def label(self) -> str:
        """Message id of its name."""
        return SEVERITY_LABELS[self]


class Verdict(StrEnum):
    """What becomes of a version after its scan, mildest first."""

    PUBLISH = "publish"
    QUARANTINE = "quarantine"
    REJECT = "reject"

    @property
    def label(self) -> str:
        """Message id of its name."""
        return VERDICT_LABELS[self]


SEVERITY_LABELS = {
    Severity.INFO: N_("For information"),
    Severity.WARNING: N_("Warning"),
    Severity.DANGER: N_("Danger"),
}
VERDICT_LABELS = {
    Verdict.PUBLISH: N_("May be published"),
    Verdict.QUARANTINE: N_("Quarantined until a certifier has looked"),
    Verdict.REJECT: N_("Rejected by the scan"),
}


@dataclass(frozen=True)
class Finding:
    """One finding; `rule` is an id of `registry.scanning.rules.RULES`, `params` fill the placeholders of its
    texts."""

    rule: str
    severity: Severity
    path: str = ""
    line: int | None = None
    excerpt: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """The verdict; `reason` is the message id of the first cause's title (its params fill it), empty for
    publish."""

    verdict: Verdict
    reason: str = ""
    causes: tuple[Finding, ...] = ()


def most_severe(verdicts: Iterable[Verdict]) -> Verdict:
    """The strictest of the verdicts; publish when there is none."""
    return max(verdicts, key=list(Verdict).index, default=Verdict.PUBLISH)
