"""A home of one's own for each test that holds a ceremony, and a version on its way through the stages."""

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from portal.accounts.sessions import actor_of
from portal.audit.actions import sign_checkpoint
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.signing import Ed25519Signer, public_text
from portal.kit.storage import own_store
from portal.organisations.models import MemberRole, Membership, Organisation
from portal.settings import get_settings
from registry.certification import statement
from registry.certification.actions import common as certification
from registry.certification.actions.profiles import one_in_force
from registry.certification.models import Certificate, CertificateState, Level
from registry.promotion.models import Stage
from registry.rollout import ceremony, hooks, tasks
from registry.rollout.actions import nodes
from registry.rollout.forms import NodeInput
from registry.rollout.models import BundleState, NodeState, RolloutBundle, RolloutNode
from registry.rollout.refusals import ReceiptRefused
from tests.promotion.conftest import REASON, Desk, build
from tests.support.make import Make, Person

assert hooks
DIVISION = "330100"


@contextmanager
def refused(code: str) -> Iterator[None]:
    """Receipts are refused with this code."""
    with pytest.raises(ReceiptRefused) as caught:
        yield
    assert caught.value.code == code


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CSPON_HOME", str(tmp_path / "site"))
    monkeypatch.delenv("CSPON_KEYS_DIR", raising=False)
    get_settings.cache_clear()
    yield tmp_path / "site"
    monkeypatch.undo()
    get_settings.cache_clear()
    own_store.cache_clear()


@dataclass
class Road:
    """A version with a certificate, its promotion without gates, an organisation with a node operator."""

    desk: Desk
    operator: Person
    unit: Organisation
    promotion: uuid.UUID
    certificate: Certificate

    @property
    def db(self) -> Session:
        return self.desk.db

    @property
    def make(self) -> Make:
        return self.desk.make

    def to(self, stage: Stage) -> None:
        """Along the way up to a stage, each step by its role."""
        order = list(Stage)
        while self.desk.stage(self.promotion) is not stage:
            here = self.desk.stage(self.promotion)
            following = order[order.index(here) + 1]
            if following is Stage.pilot_assessed:
                self.desk.site(self.promotion, "甲市节点")
            if following is Stage.notice:
                self.desk.put(self.promotion, Stage.regional)
            self.desk.advance(self.promotion, following)

    def bundles(self, state: BundleState | None = None) -> list[RolloutBundle]:
        self.db.expire_all()
        found = self.db.exec(select(RolloutBundle).order_by(col(RolloutBundle.sequence)))
        return [each for each in found if state is None or each.state is state]

    def built(self) -> RolloutBundle:
        """Sign the log and run the job of the newest bundle; the bundle."""
        signed()
        tasks.build(str(self.bundles()[-1].id))
        return self.bundles()[-1]

    def node(
        self, name: str = "甲市节点", division: str = DIVISION, *, confirmed: bool = True
    ) -> tuple[RolloutNode, Ed25519Signer]:
        key = Ed25519Signer.generate()
        given = NodeInput(
            organisation=self.unit.id, name=name, division=division, public_key=public_text(key.verifier)
        )
        made = self.desk.do(nodes.register, self.operator, given=given)
        if confirmed:
            self.decide(made.id, NodeState.confirmed)
        return self.db.get_one(RolloutNode, made.id), key

    def decide(self, key: uuid.UUID, target: NodeState, who: Person | None = None) -> None:
        self.desk.do(nodes.decide, who or self.desk.secretary, node_id=key, target=target, reason=REASON)
        self.db.expire_all()

    def token(self, node: RolloutNode) -> str:
        return str(self.desk.do(nodes.new_token, self.operator, node_id=node.id))

    def revoke(self) -> None:
        """The certificate is revoked by a certifier."""
        certifier = self.make.account("认证员", roles=("certifier",))
        with transaction() as db:
            row = certification.locked(db, self.certificate.id)
            certification.move(
                db,
                actor_of(db, certifier.id),
                row,
                CertificateState.revoked,
                "certifier",
                deadline=now(),
                reason="发现后门。",
            )


def signed() -> None:
    with transaction() as db:
        sign_checkpoint(db)


def certified(desk: Desk) -> Certificate:
    """A certificate in force whose statement is one."""
    with transaction() as session:
        profile = one_in_force(session, "base")
    ends = now() + dt.timedelta(days=300)
    made = Certificate(
        version_id=desk.version.id, asset_id=desk.asset.id, profile_id=profile.id,
        version_digest=desk.version.tree_digest, state=CertificateState.granted, requested_by=desk.owner.id,
        number=f"CSPON-C-{uuid.uuid4().hex[:8]}", granted_level=Level.rollout.value, granted_at=now(), expires_at=ends,
        deadline_at=ends,
    )  # fmt: skip
    space = desk.db.get_one(type(desk.owner.namespace), desk.asset.namespace_id).slug
    said = statement.predicate(made, profile, [])
    envelope = statement.signed(f"{space}/landcover@{desk.version.number}", desk.version.tree_digest, said)
    made.statement_sha256 = desk.make.blob(envelope).sha256
    desk.db.add(made)
    desk.db.commit()
    return made


@pytest.fixture
def road(own_home: Path, make: Make, db: Session) -> Road:
    ceremony.hold_demo(now())
    return laid(make, db)


def laid(make: Make, db: Session) -> Road:
    desk = build(make, db)
    operator = make.account("节点管理员", roles=("node_operator",))
    unit = make.organisation("甲市自然资源和规划局", admin=make.account("局管理员"))
    db.add(Membership(organisation_id=unit.id, account_id=operator.id, role=MemberRole.member))
    db.commit()
    certificate = certified(desk)
    key = desk.nominate()
    desk.rules(key, {})
    return Road(desk, operator, unit, key, certificate)


def facts(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("state", "channel", "sequence", "stage")}
