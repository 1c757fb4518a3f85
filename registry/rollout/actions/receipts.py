"""Receipts taken in: each refusal has a code of its own, because a node's operator must know what to do."""

import datetime as dt
import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from cspon_node import formats
from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict
from portal.kit.i18n import _
from portal.kit.signing import BadKey, dsse, read_public
from registry.rollout.actions import nodes as node_actions
from registry.rollout.forms import ReceiptsInput
from registry.rollout.models import NodeState, ReceiptEvent, RolloutNode, RolloutReceipt
from registry.rollout.queries import nodes
from registry.rollout.queries import receipts as queries
from registry.rollout.refusals import ReceiptRefused

AHEAD = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Taken:
    """How many were new, and how many stood there already."""

    new: int
    known: int


def take(db: Session, actor: Actor, *, given: ReceiptsInput, node: RolloutNode | None = None) -> Taken:
    """Take an export of receipts: all new ones or none. Those that stand here already are passed over.

    ``node``: whose they must be (its own token, or its page). An export in which every receipt stands here is refused
    as a replay, so that nobody takes it for something new.
    """
    owner = _owner(db, given.key, node)
    lock_key(db, "rollout", "receipts", owner.id)
    new = known = 0
    for envelope in given.receipts:
        if _known(db, owner, envelope):
            known += 1
            continue
        _one(db, actor, owner, envelope)
        new += 1
    if known and not new:
        raise ReceiptRefused("replayed")
    if new:
        node_actions.seen(db, owner)
    return Taken(new, known)


def _owner(db: Session, key: str, node: RolloutNode | None) -> RolloutNode:
    try:
        found = nodes.by_key(db, read_public(key).key_id)
    except BadKey as error:
        raise ReceiptRefused("no-key") from error
    if node is not None and (found is None or found.id != node.id):
        raise ReceiptRefused("other-node")
    if found is None:
        raise ReceiptRefused("no-node")
    if found.state not in (NodeState.confirmed, NodeState.suspended):
        raise Conflict(_("Receipts are taken of confirmed nodes only."))
    return found


def _payload(envelope: dict[str, Any]) -> bytes:
    try:
        return dsse.unverified_payload(envelope)
    except dsse.BadEnvelope as error:
        raise ReceiptRefused("unreadable", why=error) from error


def _known(db: Session, node: RolloutNode, envelope: dict[str, Any]) -> bool:
    """Whether exactly this statement stands here already (its signature was checked then)."""
    return queries.by_digest(db, node.id, hashlib.sha256(_payload(envelope)).hexdigest()) is not None


def _one(db: Session, actor: Actor, node: RolloutNode, envelope: dict[str, Any]) -> RolloutReceipt:
    said, receipt = _read(node, envelope)
    digest = hashlib.sha256(_payload(envelope)).hexdigest()
    version_id, bundle_id = _subject(db, said, receipt)
    _follows(db, node, receipt, digest)
    made = RolloutReceipt(
        node_id=node.id, number=receipt.number, version_id=version_id, bundle_id=bundle_id,
        event=ReceiptEvent(receipt.event), outcome=_outcome(receipt)[:60], at=_instant(receipt.at), digest=digest,
        envelope=envelope, facts=_facts(receipt), received_by=actor.id,
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(
        db, actor, verb="receipt.taken", object=made, node=node.key_id, number=made.number, digest=digest,
        version=str(version_id), event=made.event.value, outcome=made.outcome,
    )  # fmt: skip
    return made


def _read(node: RolloutNode, envelope: dict[str, Any]) -> tuple[dsse.Statement, formats.Receipt]:
    try:
        said = dsse.read_statement(
            envelope, [read_public(node.public_key)], predicate_type=formats.RECEIPT_TYPE
        )
    except dsse.BadEnvelope as error:
        raise ReceiptRefused("signature") from error
    except dsse.BadStatement as error:
        raise ReceiptRefused("unreadable", why=error) from error
    try:
        receipt = formats.read_receipt(said.predicate)
    except formats.BadFormat as error:
        raise ReceiptRefused("unreadable", why=error) from error
    if receipt.node != node.key_id:
        raise ReceiptRefused("says-other-node")
    return said, receipt


def _subject(db: Session, said: dsse.Statement, receipt: formats.Receipt) -> tuple[Any, Any]:
    subjects = dict(said.subjects)
    manifest = subjects.pop(formats.MANIFEST_SUBJECT, "")
    wrong = ReceiptRefused("version", n=receipt.number)
    if len(subjects) != 1:
        raise wrong
    ((name, digest),) = subjects.items()
    asset, _at, number = name.rpartition("@")
    namespace, _slash, short = asset.partition("/")
    version = queries.version_named(db, namespace, short, number)
    if version is None or version.tree_digest != digest:
        raise wrong
    bundle = queries.bundle_of_manifest(db, version.id, manifest) if manifest else None
    # A node refuses what it cannot read, too: then there may be no manifest of ours.
    if bundle is None and receipt.event != ReceiptEvent.refused:
        raise wrong
    return version.id, bundle


def _follows(db: Session, node: RolloutNode, receipt: formats.Receipt, digest: str) -> None:
    if queries.at_number(db, node.id, receipt.number) is not None:
        raise ReceiptRefused("number-used", n=receipt.number)
    before = queries.at_number(db, node.id, receipt.number - 1) if receipt.number > 1 else None
    after = queries.at_number(db, node.id, receipt.number + 1)
    if (before is not None and before.digest != receipt.previous) or (
        after is not None and after.facts["previous"] != digest
    ):
        raise ReceiptRefused("chain", n=receipt.number)


def _outcome(receipt: formats.Receipt) -> str:
    return receipt.run.outcome if receipt.run is not None else receipt.code


def _instant(text: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError(text)
    except ValueError:
        raise ReceiptRefused("unreadable", why="at") from None
    if found > now() + AHEAD:
        raise ReceiptRefused("future")
    return found


def _facts(receipt: formats.Receipt) -> dict[str, Any]:
    run = asdict(receipt.run) if receipt.run is not None else None
    return {
        "previous": receipt.previous, "tool": receipt.tool, "sandbox": receipt.sandbox, "runtime": receipt.runtime,
        "channel": receipt.channel, "sequence": receipt.sequence, "code": receipt.code, "run": run,
    }  # fmt: skip
