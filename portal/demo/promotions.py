"""The demo's promotions: one national, one regional, one on pilot, one suspended, one nominated; by the real actions.

Every step is a verb somebody of the cast does, and asks the gates like anybody's; where a gate is not met here (no run,
say), the promotion stays where it is. A later run goes on from there.
"""

import datetime as dt
import uuid
from collections.abc import Callable

from portal.accounts import queries as account_queries
from portal.demo import people, queries
from portal.demo.people import actor
from portal.demo.promotions_cast import CASES, COMMITTEE, NODE_UNITS, NODES, REASON, Case, Site
from portal.demo.promotions_round import ensure_round
from portal.kit.clock import now, shanghai
from portal.kit.db import Session, transaction
from portal.kit.errors import Refusal
from portal.reviews.calendar.counting import notice as period
from portal.reviews.publicity import holidays
from portal.reviews.publicity import queries as publicity
from portal.reviews.publicity.actions import notices
from registry.promotion.actions import moving, nominating, pilots, sites
from registry.promotion.actions.common import locked, rules_of
from registry.promotion.forms import AssessmentInput, NominationInput, OfferInput, ReportInput
from registry.promotion.models import PROMOTION_TRANSITIONS, TRACK, Severity, Stage
from registry.promotion.queries import pilots as site_queries
from registry.promotion.queries import promotions
from registry.promotion.queries.gathering import KIND, reviewed
from registry.versions.models import Version, VersionState

AGO = dt.timedelta(days=30)
INDICATORS = ("area", "hours_saved", "right", "failed_runs")
MONTH = 30
WAITING = "用于本地试算，拟由一名技术员使用。（虚构）"


def ensure_promotions() -> bool:
    """Nominate and move on what is to be; whether anything was done."""
    done = False
    for case in CASES:
        done |= _nominated(case)
    if _unreviewed():
        done |= ensure_round(_addresses())
    for case in CASES:
        for stage in TRACK[1 : TRACK.index(case.until) + 1]:
            done |= _entered(case, stage)
        done |= _piloted(case)
    return done


def _version(db: Session, case: Case) -> Version | None:
    asset = queries.asset(db, case.namespace, case.name)
    version = queries.version(db, asset.id, asset.latest_version) if asset is not None else None
    return version if version is not None and version.state is VersionState.published else None


def _addresses() -> dict[str, str]:
    found = {}
    with transaction() as db:
        for case in CASES:
            version = _version(db, case)
            if version is not None:
                name = f"{case.namespace}/{case.name}"
                found[name] = f"{name}@{version.number}"
    return found


def _unreviewed() -> bool:
    """Whether something waits for its review and no round has it."""
    with transaction() as db:
        for case in CASES:
            version = _version(db, case) if case.until is not Stage.nominated else None
            if version is None:
                continue
            rows = promotions.of_version(db, version.id)
            if rows and rows[0].stage in (Stage.nominated, Stage.qualified):
                found = reviewed(db, version.id)
                if found is None or not found.concluded:
                    return True
    return False


def _tried(step: Callable[[Session], object]) -> bool:
    """One step in one transaction; False where it is refused."""
    try:
        with transaction() as db:
            step(db)
    except Refusal:
        return False
    return True


def _nominated(case: Case) -> bool:
    with transaction() as db:
        version = _version(db, case)
        if version is None or promotions.of_version(db, version.id):
            return False
        given = NominationInput(reasons=case.reasons)
        nominating.nominate(db, actor(db, case.nominator), version_id=version.id, given=given, demo=True)
    return True


def _key(case: Case, stage: Stage) -> uuid.UUID | None:
    """The demo's promotion of a case while it is in a stage."""
    with transaction() as db:
        version = _version(db, case)
        rows = promotions.of_version(db, version.id) if version is not None else []
        return rows[0].id if rows and rows[0].demo and rows[0].stage is stage else None


def _entered(case: Case, stage: Stage) -> bool:
    """Bring what the stage asks for as far as people do that, then move on."""
    key = _key(case, TRACK[TRACK.index(stage) - 1])
    if key is None:
        return False
    if stage is Stage.pilot_assessed:
        _piloted(case)
    if stage is Stage.national:
        _tried(lambda db: _over(db, key))
    if case.vote:
        for member in COMMITTEE:
            _tried(
                lambda db, member=member: moving.vote(  # type: ignore[misc]
                    db, actor(db, member), promotion_id=key, in_favour=True, reason=case.vote
                )
            )
    by = (
        "secretary"
        if "secretariat" in PROMOTION_TRANSITIONS[TRACK[TRACK.index(stage) - 1]][stage]
        else COMMITTEE[0]
    )
    return _tried(
        lambda db: moving.advance(db, actor(db, by), promotion_id=key, target=stage, reason=REASON[stage])
    )


def _over(db: Session, key: uuid.UUID) -> None:
    """The notice was up a month ago: its days are moved back, the clock then ends it as it ends any."""
    row = publicity.latest_of(db, KIND, key)
    if row is None:
        return
    counted = period(now() - AGO, row.working_days, holidays.extra())
    row.starts_at, row.last_day, row.deadline_at = counted.start, counted.last_day, counted.end
    row.days_off = [day.isoformat() for day in counted.days_off]
    db.add(row)
    db.flush()
    notices.end_due(db, row.id)


def _piloted(case: Case) -> bool:
    """The sites of a promotion on pilot: offered, taken, reported from, assessed; some offers wait."""
    key = _key(case, Stage.pilot)
    if key is None:
        return False
    done = False
    for site in case.sites:
        done |= _tried(lambda db, site=site: _site(db, key, site))  # type: ignore[misc]
    for login in case.offered:
        done |= _tried(lambda db, login=login: _offer(db, key, login, WAITING, 0))  # type: ignore[misc]
    return done


def _offer(db: Session, key: uuid.UUID, login: str, words: str, months: int) -> uuid.UUID:
    unit = NODE_UNITS[login]
    if account_queries.namespace(db, unit.slug) is None:
        people.ensure_unit(db, unit, *NODES[login])
    space = account_queries.namespace(db, unit.slug)
    assert space is not None  # noqa: S101 - registered a moment ago
    assert space.organisation_id is not None  # noqa: S101 - it is an organisation's
    day = shanghai(now()).date()
    given = OfferInput(
        organisation=space.organisation_id, division=unit.division,
        from_on=day - dt.timedelta(days=MONTH * months + 5), to_on=day + dt.timedelta(days=MONTH * 3), offer=words,
    )  # fmt: skip
    taken = site_queries.all_of(db, key)
    if any(each.organisation_id == space.organisation_id for each in taken):
        raise Refusal("there")
    return pilots.offer(db, actor(db, login), promotion_id=key, given=given).id


def _site(db: Session, key: uuid.UUID, site: Site) -> None:
    made = _offer(db, key, site.login, site.offer, len(site.numbers))
    where = {"promotion_id": key, "site_id": made}
    sites.accept(db, actor(db, "secretary"), **where)
    begin = site_queries.locked(db, made).from_on
    for month, row in enumerate(site.numbers):
        bad = site.incident if site.incident is not None and site.incident[0] == month else None
        given = ReportInput(
            from_on=begin + dt.timedelta(days=MONTH * month), to_on=begin + dt.timedelta(days=MONTH * (month + 1) - 1),
            use=site.use, effect=site.effect, severity=bad[1] if bad else Severity.none,
            incidents=bad[2] if bad else "",
        )  # fmt: skip
        numbers = dict(zip(INDICATORS, row, strict=True))
        known = {each.code for each in rules_of(db, locked(db, key)).pilot.indicators}
        pilots.report(
            db, actor(db, site.login), **where, given=given,
            measured={code: value for code, value in numbers.items() if code in known},
        )  # fmt: skip
    if site.verdict is not None:
        found = AssessmentInput(
            use=site.use, effect=site.effect, incidents=site.outcome, verdict=site.verdict
        )
        sites.assess(db, actor(db, "secretary"), promotion_id=key, site_id=made, given=found)
