"""A promotion on pilot and an assessment, neither of which its deciders have part in."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from portal.accounts.sessions import actor_of
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.organisations.models import MemberRole, Membership
from registry.certification.actions import assessing
from registry.certification.forms import RequestInput
from registry.certification.models import Level
from registry.promotion.actions import nominating
from registry.promotion.forms import NominationInput
from registry.promotion.models import Promotion, PromotionReport, PromotionSite, SiteState, Stage
from tests.support.make import Make, Person


@dataclass
class Piloted:
    """See above. ``node``: the operator's organisation, that pilots at ``site`` and offers ``offered``.

    ``certificate`` is in the certifier's hand; ``asked``, of the publisher's version, is not yet.
    """

    node: uuid.UUID
    promotion: uuid.UUID
    site: uuid.UUID
    offered: uuid.UUID
    certificate: uuid.UUID
    asked: uuid.UUID


def piloted(db: Session, make: Make, *, operator: Person, certifier: Person, publisher: Person) -> Piloted:
    """All of it."""
    owner: Person = make.account("原作者")
    version = make.version(make.asset(owner, name="piloted"))
    node = make.organisation("示例市规划局", admin=make.account("局管理员"), division_code="420100")
    db.add(Membership(organisation_id=node.id, account_id=operator.id, role=MemberRole.member))
    db.commit()
    given = NominationInput(reasons="已在两个县用于年度变更调查的辅助判读，节省外业时间。")
    with transaction() as session:
        promotion = nominating.nominate(
            session, actor_of(session, owner.id), version_id=version.id, given=given
        ).id
    with transaction() as session:
        asked = RequestInput(profile="base", level=Level.pilot)
        certificate = assessing.request(
            session, actor_of(session, owner.id), version_id=version.id, given=asked
        ).id
        assessing.take(session, actor_of(session, certifier.id), certificate_id=certificate)
        own = make.version(make.asset(publisher, name="asked"))
        waits = assessing.request(session, actor_of(session, publisher.id), version_id=own.id, given=asked).id
    # After the certificate: while it is assessed the promotion would be suspended.
    row = db.get_one(Promotion, promotion)
    row.stage = Stage.pilot
    db.add(row)
    sites = [
        _site(db, promotion, node.id, operator, state) for state in (SiteState.piloting, SiteState.offered)
    ]
    db.commit()
    return Piloted(node.id, promotion, sites[0], sites[1], certificate, waits)


def _site(
    db: Session, promotion: uuid.UUID, node: uuid.UUID, operator: Person, state: SiteState
) -> uuid.UUID:
    day = now().date() - dt.timedelta(days=100 if state is SiteState.piloting else 90)
    site = PromotionSite(
        promotion_id=promotion, organisation_id=node, node="示例市规划局", division="420100", from_on=day,
        to_on=day + dt.timedelta(days=300), state=state, added_by=operator.id,
        deadline_at=now() + dt.timedelta(days=300), report_due_at=now() + dt.timedelta(days=30),
    )  # fmt: skip
    db.add(site)
    db.flush()
    if state is SiteState.piloting:
        db.add(
            PromotionReport(
                site_id=site.id, number=1, from_on=day, to_on=day + dt.timedelta(days=29), use="每周使用。",
                effect="外业减少。", measured={"area": 100.0}, reported_by=operator.id,
            )
        )  # fmt: skip
    return site.id


def _day(days: int) -> str:
    return (now().date() + dt.timedelta(days=days)).isoformat()


def places(pilot: Piloted) -> dict[str, dict[str, Any]]:
    """Where the operations of pilots and of assessments under way find something."""
    promotion, certificate = {"id": str(pilot.promotion)}, {"id": str(pilot.certificate)}
    return {
        "/api/v1/promotions/{id}/sites": promotion,
        "/api/v1/promotions/{id}/recorded-sites": promotion,
        "/api/v1/promotions/{id}/sites/{site}": {**promotion, "site": str(pilot.site)},
        "POST /api/v1/promotions/{id}/sites/{site}/decision": {**promotion, "site": str(pilot.offered)},
        "POST /api/v1/certificates/{id}/findings": certificate,
        "POST /api/v1/certificates/{id}/evidence": {"id": str(pilot.asked)},
        "POST /api/v1/certificates/{id}/decision": {"id": str(pilot.asked)},
    }


def bodies(pilot: Piloted) -> dict[str, dict[str, Any]]:
    """What holds there."""
    days = {"division": "420100", "from_on": _day(-10), "to_on": _day(100)}
    sites = "POST /api/v1/promotions/{id}/sites"
    offer = {"organisation": str(pilot.node), "offer": "用于年度变更调查的图斑预判。"}
    words = {"use": "每周使用。", "effect": "外业减少三成。"}
    return {
        sites: {**days, **offer},
        sites.replace("sites", "recorded-sites"): {**days, "node": "乙市规划局"},
        f"{sites}/{{site}}/reports": {
            **words, "from_on": _day(-60), "to_on": _day(-31), "measured": {"area": 1.5},
        },
        f"{sites}/{{site}}/assessment": {
            **words, "verdict": "suitable", "file": {"name": "a.txt", "data": "RmluZS4="},
        },
        "POST /api/v1/publicity/{id}/cancellation": {"reason": "公示内容有误，予以撤销。"},
        "POST /api/v1/promotions/{id}/decision": {"decision": "withdraw", "reason": "材料有误，另行推荐。"},
    }  # fmt: skip
