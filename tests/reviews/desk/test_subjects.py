"""Versions of the registry as subjects: found by address, taken over with people and evidence, frozen from then on."""

import datetime as dt

from sqlmodel import Session

from portal.kit.clock import now
from portal.kit.db import transaction
from portal.reviews.rounds.actions import submissions
from portal.reviews.rounds.forms import SubjectForm
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.subjects import shown
from registry import subjects
from registry.assets.models import Asset
from registry.certification.actions.profiles import one_in_force
from registry.certification.models import Certificate, CertificateState
from registry.scanning.models import Scan
from registry.versions.models import SubmissionKind, Version, VersionState
from tests.evaluation.tiny import Scene
from tests.exchange.conftest import accept
from tests.reviews.desk.conftest import Desk
from tests.support.make import Make


def test_a_version_is_entered_with_people_and_evidence(desk: Desk, make: Make, db: Session) -> None:
    scene = Scene(db, make)
    unit = make.organisation("发布单位", admin=scene.researcher)
    asset = make.asset(
        scene.researcher,
        namespace=unit.namespace,
        name="hall",
        summary="识别方法。",
        card="---\na: 1\n---\n# 说明\n\n正文",
    )
    version = make.version(
        asset, {"README.md": b"# x\n"}, number="1.0.0", submission=SubmissionKind.predictions
    )
    hidden = make.version(asset, {"README.md": b"# y\n"}, number="1.1.0", state=VersionState.quarantined)
    accept(db, scene, version, rmse=1.25, hits=0.5)
    db.add(Scan(version_id=version.id, verdict="publish"))
    db.commit()
    certified = certify(db, make, version, asset)
    actor, slug = desk.actor(desk.secretary), unit.namespace.slug
    page = f"/assets/{slug}/hall/versions/1.0.0"
    for address in (page, f"https://example.org{page}", f"{slug}/hall@1.0.0", f"{slug}/hall"):
        assert subjects.find(db, actor, address) == version.id, address
    for address in (f"{slug}/hall@1.1.0", f"{slug}/nothing", "空话", ""):
        assert subjects.find(db, actor, address) is None, address
    assert subjects.facts(db, hidden.id) is None
    given = SubjectForm(kind=subjects.KIND, address=page, panel="甲组")
    entry = desk.do(submissions.enter_subject, desk.secretary, round_id=desk.round.id, given=given)
    assert entry.title == f"{asset.title} 1.0.0"
    assert entry.text == "识别方法。\n\n# 说明\n\n正文"
    people = basic.people(db, [entry.id])
    assert [(row.account_id, row.organisation_id, row.lead) for row in people] == [
        (scene.researcher.id, unit.id, True)
    ]
    certificate, scan, result = entry.evidence
    assert (certificate["label"], certificate["level"]) == ("Certificate", "good")
    assert certificate["value"].startswith("推广级，有效期至 ")
    assert certificate["value_en"].startswith("Rollout level, valid until ")
    assert certified.number not in str(certificate), "a number leads to its owner"
    assert certificate["url"] == f"/certificates/{certified.id}"
    assert (scan["label"], scan["level"], scan["names_somebody"]) == ("Security scan", "good", "")
    assert "1.25" in result["value"]
    assert "[" in result["value"]
    assert result["url"].startswith("/benchmarks/")
    assert result["names_somebody"] == "1"
    hidden_from = {row["label"]: row["url"] for row in shown(entry.evidence, named=False)}
    assert hidden_from == {"证书": "", "安全检测": ""}, "no address where people are hidden, and no score"


def certify(db: Session, make: Make, version: Version, asset: Asset) -> Certificate:
    with transaction() as session:
        profile = one_in_force(session, "base").id
    later = now() + dt.timedelta(days=300)
    made = Certificate(
        version_id=version.id, asset_id=asset.id, profile_id=profile, version_digest=version.tree_digest,
        state=CertificateState.granted, requested_by=asset.created_by, number="CSPON-C-2026-00007",
        granted_level="rollout", granted_at=now(), expires_at=later, deadline_at=later,
        statement_sha256=make.blob(b"{}").sha256,
    )  # fmt: skip
    db.add(made)
    db.commit()
    return made
