"""Gathering what gates judge, from the domains that know it; always as it is now."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlmodel import col, select

from portal.kit.actor import NOBODY
from portal.kit.db import Session
from portal.reviews.publicity import queries as publicity
from portal.reviews.rounds.models import Round, RoundState, Submission, SubmissionState
from portal.reviews.rounds.standing import shape_of
from portal.reviews.scores import queries as scores
from portal.reviews.scores.results import Result as Computed
from registry.assets.models import Asset
from registry.certification.models import Standing
from registry.certification.queries.certificates import certificate_of
from registry.evaluation.queries import results
from registry.promotion.facts import CertificateFact, Facts, ReviewFact, ScoreFact, SiteFact
from registry.promotion.models import COUNTED, Promotion, PromotionSite
from registry.promotion.queries import pilots
from registry.versions import queries as versions
from registry.versions.models import Version

KIND = "promotion"
VERSION = "version"


def facts(db: Session, promotion: Promotion, sites: Sequence[PromotionSite] | None = None) -> Facts:
    """Everything gates ask about one promotion. ``sites``: where they were read already."""
    found = versions.plain(db, promotion.version_id)
    assert found is not None  # noqa: S101 - a foreign key
    notice = publicity.latest_of(db, KIND, promotion.id)
    return Facts(
        certificate=certificate(db, promotion.version_id),
        scores=measured(db, promotion),
        review=reviewed(db, promotion.version_id),
        sites=tuple(
            SiteFact(site.node, site.verdict, site.reports_digest or site.sha256 or "", str(site.id))
            for site in (pilots.all_of(db, promotion.id) if sites is None else sites)
            if site.state in COUNTED
        ),
        notice=publicity.verdict_of(db, notice),
        notice_url=f"/publicity/{notice.id}" if notice is not None else "",
        executable=bool(found[0].executable_format),
        here=f"/promotions/{promotion.id}",
    )


def certificate(db: Session, version_id: uuid.UUID) -> CertificateFact | None:
    """The certificate that speaks for a version now."""
    found = certificate_of(db, version_id)
    if found is None:
        return None
    return CertificateFact(
        found.number, found.standing is Standing.valid, found.level, f"/certificates/{found.id}",
        found.statement_sha256 or "",
    )  # fmt: skip


def measured(db: Session, promotion: Promotion) -> tuple[ScoreFact, ...]:
    """The metrics of the newest public result on each benchmark, and whether those who publish the version made it."""
    version, asset = db.get_one(Version, promotion.version_id), db.get_one(Asset, promotion.asset_id)
    makers = {version.created_by, asset.created_by}
    rows = results.results_of(db, NOBODY, asset_id=promotion.asset_id, version_ids=[promotion.version_id])
    newest: dict[tuple[str, str], Any] = {}
    for row in rows:
        newest.setdefault((row.bench_namespace, row.bench_name), row)
    metrics = results.metrics_of(db, [row[0].id for row in newest.values()])
    return tuple(
        ScoreFact(
            f"{space}/{name}", value.name, metric.is_primary, value.low, value.high, metric.higher_is_better,
            f"/benchmarks/{space}/{name}", row[0].per_item_sha256 or "",
            row.bench_namespace_id == asset.namespace_id or row.bench_author in makers,
            metric.title_zh, metric.title_en,
        )
        for (space, name), row in newest.items()
        for value, metric in metrics.get(row[0].id, [])
    )  # fmt: skip


def reviewed(db: Session, version_id: uuid.UUID) -> ReviewFact | None:
    """The newest round that has the version as it stands; a cancelled one counts as none."""
    row = db.execute(
        select(Submission, Round)
        .join(Round, col(Round.id) == col(Submission.round_id))
        .where(
            col(Submission.subject_kind) == VERSION,
            col(Submission.subject_id) == version_id,
            col(Submission.state) != SubmissionState.withdrawn,
            col(Round.state).not_in([RoundState.draft, RoundState.cancelled, RoundState.lapsed]),
        )
        .order_by(col(Round.created_at).desc(), col(Submission.id).desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    submission, round_ = row
    concluded = round_.state is RoundState.concluded
    outcome = shape_of(round_).outcome(submission.outcome) if submission.outcome else None
    line = None
    # Nothing of the scores leaves a round before it is concluded.
    run = scores.done(db, round_.id) if concluded else None
    if run is not None and run.result:
        computed = Computed.model_validate(run.result)
        line = next((one for one in computed.rows if one.number == submission.number), None)
    return ReviewFact(
        concluded=concluded,
        favourable=concluded and outcome is not None and outcome.kind == "in",
        mean=line.mean if line is not None else None,
        vetoes=sum(line.vetoes.values()) if line is not None else 0,
        digest=submission.digest,
        url=f"/rounds/{round_.id}" if round_.public else "",
    )
