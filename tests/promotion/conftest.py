"""People around a promotion: an owner, a nominator, the secretariat, three of the committee and one in conflict."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import Session

from portal.accounts.models import Namespace
from portal.accounts.sessions import actor_of
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.organisations.models import MemberRole, Membership
from portal.reviews.publicity.models import NoticeState, PublicNotice
from registry.assets.models import Asset
from registry.certification.actions.profiles import one_in_force
from registry.certification.models import Certificate, CertificateState, Level
from registry.promotion import hooks
from registry.promotion.actions import moving, nominating, pilots, profiles, sites
from registry.promotion.forms import AssessmentInput, NominationInput, OfferInput, ReportInput, SiteInput
from registry.promotion.models import Promotion, PromotionProfile, SiteVerdict, Stage
from registry.versions.models import Version
from tests.support.make import Make, Person

assert hooks
REASON = "各项条件已核实。"
UNMET = {"code": "g", "kind": "certified", "level": "rollout", "overridable": False}
REASONS = "已在两个县用于年度变更调查的辅助判读，节省外业时间，成果稳定。"


@dataclass
class Desk:
    """See above. ``version`` is published."""

    db: Session
    make: Make
    owner: Person
    nominator: Person
    secretary: Person
    committee: list[Person]
    insider: Person
    asset: Asset
    version: Version
    operator: Person
    unit: Any
    """A verified organisation of a node, of which ``operator`` is a member."""

    @property
    def version_path(self) -> str:
        space = self.db.get_one(Namespace, self.asset.namespace_id).slug
        return f"/assets/{space}/{self.asset.name}/versions/{self.version.number}"

    def do(self, action: Any, who: Person, /, **values: Any) -> Any:
        with transaction() as db:
            return action(db, actor_of(db, who.id), **values)

    def nominate(self, version: Version | None = None, who: Person | None = None) -> uuid.UUID:
        given = NominationInput(reasons=REASONS)
        made = self.do(
            nominating.nominate,
            who or self.nominator,
            version_id=(version or self.version).id,
            given=given,
        )
        return made.id  # type: ignore[no-any-return]

    def advance(self, key: uuid.UUID, target: Stage, who: Person | None = None) -> None:
        person = who or (
            self.secretary
            if target in (Stage.qualified, Stage.reviewed, Stage.pilot_assessed, Stage.notice)
            else self.committee[0]
        )
        self.do(moving.advance, person, promotion_id=key, target=target, reason=REASON)

    def row(self, key: uuid.UUID) -> Promotion:
        self.db.expire_all()
        return self.db.get_one(Promotion, key)

    def stage(self, key: uuid.UUID) -> Stage:
        return self.row(key).stage

    def put(self, key: uuid.UUID, stage: Stage, before: str = "") -> None:
        """Into a stage as if it had come there."""
        row = self.row(key)
        row.stage, row.before_suspended = stage, before
        row.deadline_at = now() + dt.timedelta(days=30)
        self.db.add(row)
        self.db.commit()

    def late(self, key: uuid.UUID) -> None:
        row = self.row(key)
        row.deadline_at = now() - dt.timedelta(seconds=1)
        self.db.add(row)
        self.db.commit()

    def rules(self, key: uuid.UUID, gates: dict[str, list[dict[str, Any]]]) -> None:
        """Other rules for this promotion: these gates by stage, none elsewhere."""
        row = self.row(key)
        profile = self.db.get_one(PromotionProfile, row.profile_id)
        stages = {
            name: {
                "days": 30,
                "gates": [{"title_zh": "条件", "title_en": "gate"} | g for g in gates.get(name, [])],
            }
            for name in profile.rules["stages"]
        }
        made = PromotionProfile(
            code=f"t{uuid.uuid4().hex[:8]}", number=1, title_zh="试", title_en="t", kinds=profile.kinds,
            rules=profile.rules | {"stages": stages}, effective_from=profile.effective_from,
        )  # fmt: skip
        self.db.add(made)
        self.db.flush()
        row.profile_id = made.id
        self.db.add(row)
        self.db.commit()

    def certify(self, level: Level = Level.rollout) -> Certificate:
        with transaction() as session:
            profile = one_in_force(session, "base").id
        later = now() + dt.timedelta(days=300)
        made = Certificate(
            version_id=self.version.id, asset_id=self.asset.id, profile_id=profile,
            version_digest=self.version.tree_digest, state=CertificateState.granted, requested_by=self.owner.id,
            number=f"CSPON-C-{uuid.uuid4().hex[:8]}", granted_level=level.value, granted_at=now(), expires_at=later,
            deadline_at=later, statement_sha256=self.make.blob(b"{}").sha256,
        )  # fmt: skip
        self.db.add(made)
        self.db.commit()
        return made

    def site(
        self, key: uuid.UUID, node: str, verdict: SiteVerdict | None = SiteVerdict.suitable
    ) -> uuid.UUID:
        day = dt.date(2026, 3, 1)
        given = SiteInput(node=node, division="330100", from_on=day, to_on=day + dt.timedelta(days=90))
        made = self.do(sites.add, self.secretary, promotion_id=key, given=given)
        if verdict is not None:
            found = AssessmentInput(use="年度监测。", effect="外业减少三成。", verdict=verdict)
            self.do(
                sites.assess, self.secretary, promotion_id=key, site_id=made.id, given=found, file=("报告.pdf", b"%"),
            )  # fmt: skip
        return made.id  # type: ignore[no-any-return]

    def offered(self, key: uuid.UUID, who: Person | None = None, **values: Any) -> uuid.UUID:
        """An offer by the node's organisation: 200 days ago till in 100 days."""
        day = now().date()
        usual = {
            "organisation": self.unit.id, "division": "420100", "from_on": day - dt.timedelta(days=200),
            "to_on": day + dt.timedelta(days=100), "offer": "用于年度变更调查的图斑预判。",
        }  # fmt: skip
        given = OfferInput.model_validate(usual | values)
        made = self.do(pilots.offer, who or self.operator, promotion_id=key, given=given)
        return made.id  # type: ignore[no-any-return]

    def report(self, key: uuid.UUID, site: uuid.UUID, month: int = 0, **values: Any) -> Any:
        """A report of thirty days, ``month`` months after the pilot began."""
        begin = now().date() - dt.timedelta(days=200 - 30 * month)
        measured = values.pop("measured", {"area": 100.0 + month, "right": 90.0})
        usual = {
            "from_on": begin, "to_on": begin + dt.timedelta(days=29), "use": "两名技术员每周使用。",
            "effect": "外业减少三成。",
        }  # fmt: skip
        given = ReportInput.model_validate(usual | values)
        return self.do(
            pilots.report, self.operator, promotion_id=key, site_id=site, given=given, measured=measured
        )

    def announced(self, key: uuid.UUID, state: NoticeState = NoticeState.settled) -> None:
        self.db.add(
            PublicNotice(
                subject_kind="promotion", subject_id=key, title_zh="公示标题", body_zh="公示内容，十个字以上。",
                working_days=5, created_by=self.secretary.id, state=state, starts_at=now(),
            )
        )  # fmt: skip
        self.db.commit()


@pytest.fixture
def desk(make: Make, db: Session) -> Desk:
    return build(make, db)


def build(make: Make, db: Session) -> Desk:
    with transaction() as session:
        profiles.in_force(session)
    owner, nominator = make.account("所有者"), make.account("魏推举")
    secretary = make.account("秘书", roles=("secretariat",))
    committee = [make.account(f"委员{n}", roles=("promotion_committee",)) for n in "甲乙丙"]
    insider = make.account("同单位委员", roles=("promotion_committee", "secretariat"))
    unit = make.organisation("所有单位", admin=owner)
    db.add(Membership(organisation_id=unit.id, account_id=insider.id, role=MemberRole.member))
    asset = make.asset(owner, namespace=unit.namespace, name="landcover", summary="分类模型。")
    version = make.version(asset)
    operator = make.account("节点员", roles=("node_operator",))
    node = make.organisation("示例市自然资源和规划局", admin=make.account("局管理员"), division_code="420100")
    db.add(Membership(organisation_id=node.id, account_id=operator.id, role=MemberRole.member))
    db.commit()
    return Desk(
        db, make, owner, nominator, secretary, committee, insider, asset, version, operator, node.organisation
    )
