"""People around a certificate: an owner and a colleague, a certifier of another organisation and one of the same."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import Session, select

from portal.accounts.sessions import actor_of
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.organisations.models import MemberRole, Membership
from registry.assets.models import Asset, AssetAuthor, AssetScenario, Scenario
from registry.certification import hooks
from registry.certification.actions import assessing, deciding
from registry.certification.actions.assessing import Answer
from registry.certification.forms import DecisionInput, RequestInput
from registry.certification.models import Certificate, CertificateState, Level, Verdict
from registry.certification.queries import certificates as queries
from registry.scanning.models import Scan
from registry.versions.models import Version
from tests.support.make import Make, Person

assert hooks
ASSESSED = ("purpose_fits", "source_review", "failure_safe", "maintenance")
UNKNOWN = ("sandbox_run", "vulnerabilities", "parts_licences", "robust_slices", "data_level")
CARD = "# 地表覆盖分类\n\n" + "方法、数据与限制的说明。" * 12
REASON = "各项条件经核查均已满足。"


@dataclass
class Bureau:
    """See above. ``version`` is published, scanned clean, with a complete card."""

    db: Session
    make: Make
    owner: Person
    colleague: Person
    certifier: Person
    insider: Person
    secretary: Person
    watcher: Person
    asset: Asset
    version: Version

    def do(self, action: Any, who: Person, /, **values: Any) -> Any:
        with transaction() as db:
            return action(db, actor_of(db, who.id), **values)

    def ask(
        self, who: Person | None = None, level: Level = Level.rollout, version: Version | None = None
    ) -> uuid.UUID:
        given = RequestInput(profile="base", level=level, purpose="用于年度监测。")
        made = self.do(
            assessing.request, who or self.owner, version_id=(version or self.version).id, given=given
        )
        return made.id  # type: ignore[no-any-return]

    def take(self, key: uuid.UUID, who: Person | None = None) -> None:
        self.do(assessing.take, who or self.certifier, certificate_id=key)

    def assess(self, key: uuid.UUID, who: Person | None = None, **changes: Answer) -> None:
        """Everything that is assessed is met; everything that is not known is accepted with a note."""
        answers = {code: Answer(Verdict.met, note="已核查") for code in ASSESSED}
        answers |= {code: Answer(accepted=True, note="暂无数据，予以认可") for code in UNKNOWN}
        self.do(assessing.assess, who or self.certifier, certificate_id=key, answers=answers | changes)

    def grant(self, key: uuid.UUID, level: Level = Level.rollout, who: Person | None = None) -> Certificate:
        given = DecisionInput(level=level, scope="10 m 影像的地表覆盖分类。", reason=REASON)
        found: Certificate = self.do(deciding.grant, who or self.certifier, certificate_id=key, given=given)
        return found

    def granted(self, level: Level = Level.rollout) -> uuid.UUID:
        key = self.ask(level=level)
        self.take(key)
        self.assess(key)
        self.grant(key, level)
        return key

    def row(self, key: uuid.UUID) -> Certificate:
        self.db.expire_all()
        return self.db.get_one(Certificate, key)

    def state(self, key: uuid.UUID) -> CertificateState:
        return self.row(key).state

    def change(self, key: uuid.UUID, **values: Any) -> None:
        row = self.row(key)
        for name, value in values.items():
            setattr(row, name, value)
        self.db.add(row)
        self.db.commit()

    def late(self, key: uuid.UUID) -> None:
        self.change(key, deadline_at=now() - dt.timedelta(seconds=1))

    def scan(self, verdict: str = "publish", version: Version | None = None) -> None:
        self.db.add(Scan(version_id=(version or self.version).id, verdict=verdict, file_count=1))
        self.db.commit()

    def findings(self, key: uuid.UUID) -> dict[str, Any]:
        self.db.expire_all()
        return {row.code: row for row in queries.criteria_of(self.db, key)}

    def all(self) -> list[Certificate]:
        self.db.expire_all()
        return list(self.db.exec(select(Certificate)))


@pytest.fixture
def bureau(make: Make, db: Session) -> Bureau:
    return build(make, db)


def build(make: Make, db: Session) -> Bureau:
    owner, colleague = make.account("所有者"), make.account("同事")
    certifier = make.account("认证员", roles=("certifier",))
    insider = make.account("同单位认证员", roles=("certifier",))
    secretary = make.account("秘书", roles=("secretariat",))
    watcher = make.account("关注者")
    unit = make.organisation("所有单位", admin=owner, publishers=(colleague,))
    make.organisation("认证单位", admin=certifier)
    db.add(Membership(organisation_id=unit.id, account_id=insider.id, role=MemberRole.member))
    asset = make.asset(owner, namespace=unit.namespace, name="landcover", card=CARD, summary="分类模型。")
    db.add(AssetAuthor(asset_id=asset.id, position=0, name="所有者", account_id=owner.id))
    db.add(AssetScenario(asset_id=asset.id, scenario=Scenario.green_low_carbon))
    version = make.version(asset, runtime="base-py311")
    found = Bureau(db, make, owner, colleague, certifier, insider, secretary, watcher, asset, version)
    found.scan()
    return found
