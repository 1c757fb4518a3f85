"""A gated dataset of an organisation, its people, and readers in every relation to it."""

from dataclasses import dataclass, field

import pytest
from sqlmodel import Session

from portal.accounts.sessions import actor_of
from portal.kit.actor import NOBODY, Actor
from portal.kit.db import transaction
from registry.assets.models import Asset, AssetKind
from registry.gates import actions, queries
from registry.gates.forms import GateInput
from registry.gates.models import AccessRequest, GateField
from registry.versions.models import Version
from tests.support.make import Make, Person, Unit

TERMS = "# 使用条款\n\n仅用于**科研**，不得转让。<script>alert(1)</script>\n"
SECRET = b"SECRET-BYTES-OF-A-GATED-FILE\n"
ANSWERS = {GateField.organisation: "示例大学", GateField.purpose: "比较规划实施评估方法"}
FILES = {
    "README.md": b"# data\n" + SECRET,
    "data/table.csv": b"a,b\n" + SECRET,
    "map.png": b"\x89PNG" + SECRET,
    "LICENSE": b"CC-BY-4.0",
}


@dataclass
class Gated:
    """The dataset and its people."""

    make: Make
    owner: Person
    publisher: Person
    reader: Person
    stranger: Person
    unit: Unit
    asset: Asset
    version: Version
    staff: dict[str, Person] = field(default_factory=dict)

    @property
    def page(self) -> str:
        return f"/assets/{self.unit.namespace.slug}/{self.asset.name}"

    @property
    def one(self) -> str:
        return f"{self.page}/versions/{self.version.number}"

    def actor(self, person: Person | None) -> Actor:
        with transaction() as db:
            return actor_of(db, person.id) if person else NOBODY

    def ask(self, person: Person) -> AccessRequest:
        actor = self.actor(person)
        with transaction() as db:
            gate = queries.gate_of(db, self.asset.id)
            assert gate is not None
            return actions.request_access(
                db, actor, asset_id=self.asset.id, terms_sha256=gate.sha256, accept=True, answers=ANSWERS
            )

    def decide(self, request: AccessRequest, decision: str, reason: str = "材料不全，请补充。") -> None:
        actor = self.actor(self.publisher)
        with transaction() as db:
            actions.decide(db, actor, request_id=request.id, decision=decision, reason=reason)


def set_gate(gated: Gated, shut: bool = True, terms: str = TERMS) -> None:
    actor = gated.actor(gated.publisher)
    with transaction() as db:
        actions.set_gate(
            db, actor, asset_id=gated.asset.id, given=GateInput(gated=shut, terms=terms, terms_en="Research.")
        )


@pytest.fixture
def gated(make: Make, db: Session) -> Gated:
    owner, publisher = make.account("所有者"), make.account("发布者")
    unit = make.organisation(admin=owner, publishers=(publisher,))
    asset = make.asset(owner, namespace=unit.namespace, kind=AssetKind.dataset, card="# 公开的说明\n")
    version = make.version(asset, FILES)
    found = Gated(
        make, owner, publisher, make.account("读者甲"), make.account("路人乙"), unit, asset, version,
        {role: make.account(role, roles=(role,)) for role in ("certifier", "secretariat", "security_admin")},
    )  # fmt: skip
    set_gate(found)
    return found
