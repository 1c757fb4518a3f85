"""What gates judge: plain facts about one promotion, gathered in one place. Pure."""

from dataclasses import dataclass, field

from portal.reviews.publicity.policy import Verdict
from registry.certification.models import Level


@dataclass(frozen=True)
class Piece:
    """A piece of evidence: what it is called, where it is shown, and its SHA-256 where it has one."""

    what: str
    url: str = ""
    digest: str = ""


@dataclass(frozen=True)
class CertificateFact:
    """The certificate that speaks for the version."""

    number: str
    valid: bool
    level: Level
    url: str
    digest: str = ""


@dataclass(frozen=True)
class ScoreFact:
    """One metric of the newest public result on one benchmark, with its 95 % interval."""

    benchmark: str
    metric: str
    primary: bool
    low: float
    high: float
    higher_is_better: bool
    url: str = ""
    digest: str = ""
    own: bool = False
    """The benchmark was made by those who publish the version: no evidence unless a gate names it."""
    title_zh: str = ""
    title_en: str = ""
    """Of the metric."""

    @property
    def bound(self) -> float:
        """The end of the interval that is the worse one."""
        return self.low if self.higher_is_better else self.high

    def reaches(self, threshold: float) -> bool:
        """Whether even the worse end of the interval reaches a threshold."""
        return self.bound >= threshold if self.higher_is_better else self.bound <= threshold


@dataclass(frozen=True)
class ReviewFact:
    """The newest round with the version in it."""

    concluded: bool
    favourable: bool
    """Whether the outcome takes it in."""
    mean: float | None
    vetoes: int
    digest: str = ""
    url: str = ""


@dataclass(frozen=True)
class SiteFact:
    """A pilot site; ``verdict`` is empty before its assessment."""

    node: str
    verdict: str
    digest: str = ""
    id: str = ""


@dataclass(frozen=True)
class Facts:
    """All of it."""

    certificate: CertificateFact | None = None
    scores: tuple[ScoreFact, ...] = ()
    review: ReviewFact | None = None
    sites: tuple[SiteFact, ...] = field(default=())
    notice: Verdict = Verdict.none
    notice_url: str = ""
    executable: bool = False
    here: str = ""
    """The promotion's page."""
