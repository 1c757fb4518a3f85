"""Every transition by the people who may, every other refused; deadlines; suspension at once."""

import datetime as dt
import itertools
import uuid

import pytest
from sqlmodel import select

from portal.audit.models import AuditEvent
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.errors import Clash, Conflict, Forbidden, Invalid
from portal.notices.models import Notice
from registry.assets.models import AssetAuthor, AssetKind, AssetRelation, RelationKind
from registry.certification.actions import assessing, deciding
from registry.certification.actions.assessing import Answer
from registry.certification.forms import RequestInput
from registry.certification.models import CertificateState, Level, Standing, Verdict
from registry.certification.policy import standing
from registry.certification.queries.certificates import certificate_of
from registry.community.actions import reactions, reports
from registry.community.forms import ReportInput
from registry.community.models import ReportKind, WatchLevel
from registry.scanning import actions as scanning
from registry.scanning.findings import Finding, Severity
from registry.scanning.report import ScanReport
from registry.versions.models import VersionState
from tests.certification.conftest import REASON, Bureau

S = CertificateState


def test_from_the_request_to_the_certificate(bureau: Bureau) -> None:
    key = bureau.ask()
    assert bureau.state(key) is S.requested
    assert bureau.row(key).deadline_at > now() + dt.timedelta(days=29)
    bureau.take(key)
    assert bureau.state(key) is S.assessing
    bureau.assess(key)
    bureau.grant(key)
    row = bureau.row(key)
    assert (row.state, row.number, row.granted_level) == (S.granted, f"CSPON-C-{now().year}-00001", "rollout")
    assert row.expires_at is not None
    assert row.deadline_at == row.expires_at
    assert 720 < (row.expires_at - now()).days < 740
    assert row.statement_sha256
    assert row.sbom_sha256
    verbs = [e.verb for e in bureau.db.exec(select(AuditEvent).where(AuditEvent.object_id == str(key)))]
    assert verbs == [
        "certificate.requested", "certificate.assessing", "certificate.assessed", "certificate.granted",
    ]  # fmt: skip
    told = {n.message for n in bureau.db.exec(select(Notice).where(Notice.account_id == bureau.owner.id))}
    assert any("is certified" in each for each in told)


VERBS = {
    "take": lambda b, k: b.take(k),
    "grant": lambda b, k: b.grant(k),
    "refuse": lambda b, k: b.do(deciding.refuse, b.certifier, certificate_id=k, reason=REASON),
    "suspend": lambda b, k: b.do(deciding.suspend, b.certifier, certificate_id=k, reason=REASON),
    "lift": lambda b, k: b.do(deciding.lift, b.certifier, certificate_id=k, reason=REASON),
    "revoke": lambda b, k: b.do(deciding.revoke, b.certifier, certificate_id=k, reason=REASON),
    "end": lambda b, k: _end(b, k),
}
ALLOWED = {
    (S.requested, "take"): S.assessing,
    (S.requested, "end"): S.refused,
    (S.assessing, "grant"): S.granted,
    (S.assessing, "refuse"): S.refused,
    (S.assessing, "end"): S.refused,
    (S.granted, "suspend"): S.suspended,
    (S.granted, "revoke"): S.revoked,
    (S.granted, "end"): S.expired,
    (S.suspended, "lift"): S.granted,
    (S.suspended, "revoke"): S.revoked,
    (S.suspended, "end"): S.expired,
}


def _end(bureau: Bureau, key: uuid.UUID) -> None:
    bureau.late(key)
    with transaction() as db:
        deciding.watch(db)


def test_every_state_by_every_verb(bureau: Bureau) -> None:
    key = bureau.granted()
    for state, verb in itertools.product(S, VERBS):
        expires = now() + dt.timedelta(days=30)
        bureau.change(
            key, state=state, deadline_at=expires, expires_at=expires, number=f"N-{state}-{verb}"[:40]
        )
        if (state, verb) in ALLOWED or verb == "end":
            VERBS[verb](bureau, key)
        else:
            with pytest.raises(Conflict):
                VERBS[verb](bureau, key)
        assert bureau.state(key) is ALLOWED.get((state, verb), state), (state, verb)


def test_who_may_ask(bureau: Bureau) -> None:
    stranger = bureau.make.account("路人")
    for who in (stranger, bureau.certifier, bureau.watcher):
        with pytest.raises(Forbidden):
            bureau.ask(who)
    key = bureau.ask(bureau.secretary)
    with pytest.raises(Conflict) as refused:
        bureau.ask()
    assert refused.value.way_out == f"/certificates/{key}"


@pytest.mark.parametrize("state", [each for each in VersionState if each is not VersionState.published])
def test_only_published_versions(bureau: Bureau, state: VersionState) -> None:
    other = bureau.make.version(bureau.asset, state=state, number="2.0.0")
    with pytest.raises(Conflict):
        bureau.ask(version=other)


def test_pickles_reach_the_pilot_level_only(bureau: Bureau) -> None:
    other = bureau.make.version(bureau.asset, number="3.0.0", executable_format=True, runtime="base-py311")
    bureau.scan(version=other)
    with pytest.raises(Clash):
        bureau.ask(version=other)
    key = bureau.ask(version=other, level=Level.pilot)
    bureau.take(key)
    bureau.assess(key)
    with pytest.raises(Clash):
        bureau.grant(key, Level.rollout)
    bureau.grant(key, Level.pilot)
    found = certificate_of(bureau.db, other.id)
    assert found is not None
    assert found.holds(Level.pilot)
    assert not found.holds(Level.rollout)


def test_nobody_certifies_what_he_has_part_in(bureau: Bureau) -> None:
    key = bureau.ask()
    for who in (bureau.owner, bureau.secretary, bureau.watcher):
        with pytest.raises(Forbidden):
            bureau.take(key, who)
    with pytest.raises(Forbidden, match="他人处理"):
        bureau.take(key, bureau.insider)
    bureau.take(key)
    bureau.assess(key)
    with pytest.raises(Forbidden):
        bureau.grant(key, who=bureau.insider)
    assert bureau.state(key) is S.assessing


def test_the_requester_does_not_decide(bureau: Bureau) -> None:
    """Two people: a certifier who is of the secretariat too and asked for it, decides nothing about it."""
    both = bureau.make.account("两职", roles=("certifier", "secretariat"))
    key = bureau.ask(both)
    with pytest.raises(Forbidden):
        bureau.take(key, both)


def test_an_author_does_not_decide(bureau: Bureau) -> None:

    bureau.db.add(
        AssetAuthor(asset_id=bureau.asset.id, position=1, name="认证员", account_id=bureau.certifier.id)
    )
    bureau.db.commit()
    key = bureau.ask()
    with pytest.raises(Forbidden):
        bureau.take(key)


def test_what_is_open_stands_in_the_way(bureau: Bureau) -> None:
    key = bureau.ask()
    bureau.take(key)
    with pytest.raises(Clash):
        bureau.grant(key)
    bureau.assess(key, source_review=Answer(Verdict.not_met, note="存在外联代码"))
    with pytest.raises(Clash):
        bureau.grant(key, Level.pilot)
    bureau.assess(key)
    bureau.scan("quarantine")  # a newer scan than the one the findings were computed from
    bureau.version.published_at = now() - dt.timedelta(days=1)
    bureau.db.add(bureau.version)
    bureau.db.commit()
    with pytest.raises(Clash):
        bureau.grant(key)
    assert bureau.state(key) is S.assessing


def test_accepting_needs_a_note_and_never_covers_what_is_not_met(bureau: Bureau) -> None:
    key = bureau.ask()
    bureau.take(key)
    with pytest.raises(Invalid) as refused:
        bureau.assess(key, vulnerabilities=Answer(accepted=True))
    assert set(refused.value.fields) == {"n-vulnerabilities"}
    bureau.assess(key, scan_clean=Answer(accepted=True, note="不予理会"))
    assert not bureau.findings(key)["scan_clean"].accepted
    assert bureau.findings(key)["scan_clean"].verdict is Verdict.met
    assert bureau.findings(key)["denied_calls"].verdict is Verdict.unknown
    bureau.assess(key, source_review=Answer(accepted=True, note="不看也罢"))
    assert not bureau.findings(key)["source_review"].accepted
    with pytest.raises(Clash):
        bureau.grant(key, Level.pilot)


def test_a_changed_finding_loses_its_acceptance(bureau: Bureau) -> None:
    key = bureau.ask()
    bureau.take(key)
    bureau.assess(key)
    assert bureau.findings(key)["data_level"].accepted

    data = bureau.make.asset(bureau.owner, kind=AssetKind.dataset, card="---\ndata_level: core\n---\n卡")
    bureau.db.add(AssetRelation(asset_id=bureau.asset.id, other_id=data.id, kind=RelationKind.uses_data))
    bureau.db.commit()
    with pytest.raises(Clash):
        bureau.grant(key)


def test_time_runs_out(bureau: Bureau) -> None:
    key = bureau.ask()
    bureau.change(key, deadline_at=now() + dt.timedelta(days=3))
    for _time in range(2):
        with transaction() as db:
            assert deciding.watch(db) == 0
    notices = [
        n.message for n in bureau.db.exec(select(Notice).where(Notice.account_id == bureau.certifier.id))
    ]
    assert notices.count(deciding.SOON) == 1
    _end(bureau, key)
    row = bureau.row(key)
    assert (row.state, row.state_reason) == (S.refused, deciding.TIMED_OUT)
    assert bureau.ask() != key


def test_the_clock_counts_before_the_watchdog(bureau: Bureau) -> None:
    key = bureau.granted()
    bureau.change(key, expires_at=now() - dt.timedelta(seconds=1))
    found = certificate_of(bureau.db, bureau.version.id)
    assert found is not None
    assert found.standing is Standing.expired
    bureau.change(key, state=S.suspended)
    with pytest.raises(Conflict):
        bureau.do(deciding.lift, bureau.certifier, certificate_id=key, reason=REASON)


def test_a_withdrawn_version_is_not_certified(bureau: Bureau) -> None:
    bureau.granted()
    bureau.version.state = VersionState.yanked
    bureau.db.add(bureau.version)
    bureau.db.commit()
    found = certificate_of(bureau.db, bureau.version.id)
    assert found is not None
    assert found.standing is Standing.withdrawn
    assert not found.holds(Level.pilot)


def test_standing_of_every_state() -> None:
    at = now()
    later, before = at + dt.timedelta(days=1), at - dt.timedelta(days=1)
    table = {
        (S.granted, later): Standing.valid, (S.granted, before): Standing.expired,
        (S.suspended, later): Standing.suspended, (S.suspended, before): Standing.expired,
        (S.expired, before): Standing.expired, (S.revoked, later): Standing.revoked,
        (S.revoked, before): Standing.revoked,
    }  # fmt: skip
    for (state, ends), worth in table.items():
        assert standing(state, ends, VersionState.published, at) is worth, (state, ends)
    for state in (S.requested, S.assessing, S.refused):
        assert standing(state, None, VersionState.published, at) is None


def test_a_dangerous_scan_suspends_at_once(bureau: Bureau) -> None:
    key = bureau.granted()
    bureau.do(reactions.watch, bureau.watcher, asset_id=bureau.asset.id, level=WatchLevel.releases)
    bureau.version.state, bureau.version.scan_attempts = VersionState.scanning, 1
    bureau.db.add(bureau.version)
    bureau.db.commit()
    danger = Finding("secret.private_key", Severity.DANGER, "id_rsa")
    report = ScanReport(findings=(danger,))
    with transaction() as db:
        assert scanning.record_scan(db, version_id=bureau.version.id, attempt=1, report=report)
    row = bureau.row(key)
    assert (row.state, row.state_reason) == (S.suspended, deciding.SCANNED)
    for who in (bureau.owner, bureau.colleague, bureau.watcher):
        told = [n.message for n in bureau.db.exec(select(Notice).where(Notice.account_id == who.id))]
        assert any("is suspended" in each for each in told), who.account.name


def test_an_upheld_report_suspends_at_once(bureau: Bureau) -> None:
    key = bureau.granted()
    given = ReportInput(kind=ReportKind.malware, text="该程序在输出目录写入可疑脚本。")
    made = bureau.do(reports.report, bureau.watcher, asset_id=bureau.asset.id, given=given)
    assert bureau.state(key) is S.granted
    bureau.do(reports.decide, bureau.secretary, report_id=made.id, verb="uphold", reason="经核查属实。")
    row = bureau.row(key)
    assert (row.state, row.state_reason) == (S.suspended, deciding.REPORTED)
    bureau.do(deciding.lift, bureau.certifier, certificate_id=key, reason="已整改并复核。")
    assert bureau.state(key) is S.granted


def test_a_criterion_that_fails_later_suspends(bureau: Bureau) -> None:
    key = bureau.granted()
    with transaction() as db:
        assert not deciding.recheck(db, certificate_id=key)
    bureau.asset.card = "短"
    bureau.db.add(bureau.asset)
    bureau.db.commit()
    with transaction() as db:
        assert deciding.recheck(db, certificate_id=key)
    assert bureau.state(key) is S.suspended
    with pytest.raises(Conflict):
        bureau.do(deciding.lift, bureau.certifier, certificate_id=key, reason=REASON)
    assert bureau.findings(key)["card_complete"].verdict is Verdict.met, "what was found then stays"


def test_numbers_are_given_once(bureau: Bureau) -> None:
    first = bureau.granted()
    bureau.do(deciding.revoke, bureau.certifier, certificate_id=first, reason=REASON)
    second = bureau.granted()
    assert [bureau.row(key).number[-5:] for key in (first, second)] == ["00001", "00002"]  # type: ignore[index]
    found = certificate_of(bureau.db, bureau.version.id)
    assert found is not None
    assert found.id == second


def test_an_unknown_profile_is_refused(bureau: Bureau) -> None:
    with pytest.raises(Clash):
        bureau.do(
            assessing.request,
            bureau.owner,
            version_id=bureau.version.id,
            given=RequestInput(profile="nothing"),
        )


def test_months() -> None:
    start = dt.datetime(2026, 1, 31, 10, tzinfo=dt.UTC)
    assert deciding.after_months(start, 1) == dt.datetime(2026, 2, 28, 15, 59, 59, tzinfo=dt.UTC)
    assert deciding.after_months(start, 24).astimezone(dt.UTC) == dt.datetime(
        2028, 1, 31, 15, 59, 59, tzinfo=dt.UTC
    )
    assert deciding.after_months(start, 11) == dt.datetime(2026, 12, 31, 15, 59, 59, tzinfo=dt.UTC)
