"""The demo's rollout: a ceremony with all keys below the site's home, and a node for every demo organisation that has
an operator. Bundles are ordered by the promotions' own steps and built by the worker."""

import uuid

from portal.accounts import queries as accounts
from portal.accounts.models import Role
from portal.accounts.sessions import actor_of
from portal.demo.people import actor
from portal.kit.clock import now
from portal.kit.db import Session, transaction
from portal.kit.signing import public_text
from portal.organisations.models import Organisation
from registry.rollout import ceremony, hooks
from registry.rollout.actions import nodes as actions
from registry.rollout.forms import NodeInput
from registry.rollout.models import NodeState
from registry.rollout.queries import nodes

assert hooks  # noqa: S101 - promotions the demo moves order bundles
DIVISION = "110000"
CONFIRMED = "已电话核实单位与公钥。（虚构）"


def ensure_ceremony() -> bool:
    """Hold the demonstration's ceremony, once."""
    return ceremony.hold_demo(now())


def ensure_nodes() -> bool:
    """Register and confirm what is missing; whether anything was."""
    with transaction() as db:
        operators = [account.id for account in accounts.with_role(db, Role.node_operator)]
    made = False
    for account_id in operators:
        with transaction() as db:
            who = actor_of(db, account_id)
            for organisation_id in who.organisations:
                unit = db.get_one(Organisation, organisation_id)
                name = f"{unit.name}节点"
                if nodes.named(db, unit.id, name) is not None:
                    continue
                given = NodeInput(
                    organisation=unit.id, name=name, division=unit.division_code or DIVISION,
                    public_key=_key(str(unit.id)),
                )  # fmt: skip
                node = actions.register(db, who, given=given, demo=True)
                _confirm(db, node.id)
                made = True
    return made


def _confirm(db: Session, node_id: uuid.UUID) -> None:
    actions.decide(db, actor(db, "secretary"), node_id=node_id, target=NodeState.confirmed, reason=CONFIRMED)


def _key(unit: str) -> str:
    """The public half of a key kept below the site's home: whoever tries the demo may act as this node."""
    folder = ceremony.repository().folder / "demo-nodes"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{unit}.pem"
    signer = ceremony.read_key(path) if path.exists() else ceremony.make_key(path)
    return public_text(signer.verifier)
