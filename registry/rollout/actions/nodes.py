"""Nodes: registered, confirmed, suspended, closed; their tokens; what the clock ends."""

import datetime as dt
import uuid

from portal.accounts import queries as accounts
from portal.accounts.models import Role
from portal.accounts.sessions import NODES
from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_row
from portal.kit.errors import Clash, Conflict, Forbidden
from portal.kit.forms import need_reason
from portal.kit.i18n import N_, _
from portal.kit.ids import digest_secret, new_secret
from portal.kit.signing import read_public
from portal.kit.states import check_move
from portal.notices.actions import tell
from registry.rollout import policy
from registry.rollout.forms import NodeInput
from registry.rollout.models import (
    NODE_DAYS,
    NODE_TIMED_OUT,
    NODE_TRANSITIONS,
    NodeState,
    RolloutNode,
    RolloutToken,
)
from registry.rollout.queries import nodes as queries

PREFIX = NODES
TOKEN_DAYS = 365
MOST = 500
LATE = N_("Timed out: nobody was heard of before the deadline.")
WAITS = N_("The node %(name)s of %(organisation)s waits for confirmation.")
MOVED = N_("The node %(name)s: %(state_msg)s.")


def url(node_id: object) -> str:
    """The page of a node."""
    return f"/nodes/{node_id}"


def locked(db: Session, node_id: uuid.UUID) -> RolloutNode:
    """The node, locked for a change."""
    return lock_row(db, RolloutNode, node_id)


def register(db: Session, actor: Actor, *, given: NodeInput, demo: bool = False) -> RolloutNode:
    """A node operator registers a node of their organisation; the secretariat confirms it before it gets anything."""
    if not policy.can_register(actor, given.organisation):
        raise Forbidden(
            _("Only node operators of an organisation register its nodes."),
            hint=_("A system administrator gives the role of a node operator."),
        )
    key_id = read_public(given.public_key).key_id
    if queries.by_key(db, key_id) is not None:
        why = _("This key belongs to a node already; every node makes its own.")
        raise Clash(why, fields={"public_key": why})
    if queries.named(db, given.organisation, given.name) is not None:
        why = _("Your organisation has a node of this name.")
        raise Clash(why, fields={"name": why})
    assert actor.id is not None  # noqa: S101 - can_register
    made = RolloutNode(
        organisation_id=given.organisation, name=given.name, division=given.division,
        public_key=given.public_key, key_id=key_id, registered_by=actor.id, demo=demo,
        deadline_at=now() + dt.timedelta(days=NODE_DAYS[NodeState.registered]),
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(db, actor, verb="node.registered", object=made, key=made.key_id, division=made.division)
    organisation = queries.organisation_name(db, given.organisation)
    for account in accounts.with_role(db, Role.secretariat):
        if account.id != actor.id:
            tell(db, account.id, message=WAITS, url=url(made.id), name=made.name, organisation=organisation)
    return made


def decide(db: Session, actor: Actor, *, node_id: uuid.UUID, target: NodeState, reason: str) -> RolloutNode:
    """The secretariat confirms, suspends or closes a node; its operators close it. With a reason."""
    node = locked(db, node_id)
    allowed = NODE_TRANSITIONS.get(node.state, {}).get(target, frozenset())
    who = ""
    if "secretariat" in allowed and policy.can_decide(actor, node.organisation_id):
        who = "secretariat"
    elif "node_operator" in allowed and policy.can_operate(actor, node.organisation_id):
        who = "node_operator"
    if not who and allowed:
        raise Forbidden(
            _("This is for other roles than yours."),
            hint=_("Nobody decides about nodes of their own organisation; its operators may close them."),
        )
    _move(db, actor, node, target, who or None, need_reason(reason))
    return node


def _move(
    db: Session, actor: Actor, node: RolloutNode, target: NodeState, who: str | None, reason: str
) -> None:
    old = node.state
    check_move(NODE_TRANSITIONS, old, target, who)
    node.state, node.state_reason, node.state_at = target, reason, now()
    node.deadline_at = now() + dt.timedelta(days=NODE_DAYS.get(target, 0))
    node.touch()
    db.add(node)
    if target is NodeState.closed:
        _end_tokens(db, node)
    record(
        db, actor, verb=f"node.{target.value}", object=node, reason=reason, before=old.value, key=node.key_id
    )
    people = {
        node.registered_by,
        *queries.operators(db, [node.organisation_id]).get(node.organisation_id, []),
    }
    for account_id in sorted(people - {actor.id}):
        tell(db, account_id, message=MOVED, url=url(node.id), name=node.name, state_msg=target.label)


def new_token(db: Session, actor: Actor, *, node_id: uuid.UUID) -> str:
    """A new secret for a confirmed node, shown this once; those before it end now."""
    node = locked(db, node_id)
    if not policy.can_operate(actor, node.organisation_id) or actor.scopes is not None:
        raise Forbidden(_("Only operators of the node's organisation make its token, in a browser session."))
    if node.state is not NodeState.confirmed:
        raise Conflict(_("Only a confirmed node has a token."))
    _end_tokens(db, node)
    secret = new_secret(PREFIX)
    made = RolloutToken(
        node_id=node.id, secret_digest=digest_secret(secret), hint=secret[-4:],
        expires_at=now() + dt.timedelta(days=TOKEN_DAYS),
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(db, actor, verb="node.token_made", object=node, days=TOKEN_DAYS)
    return secret


def _end_tokens(db: Session, node: RolloutNode) -> None:
    for token in queries.tokens(db, node.id):
        token.revoked_at = now()
        db.add(token)


def seen(db: Session, node: RolloutNode) -> None:
    """A sign of life: the deadline of a confirmed node begins anew, once an hour at most."""
    at = now()
    if node.seen_at is not None and at - node.seen_at < dt.timedelta(hours=1):
        return
    node.seen_at = at
    if node.state is NodeState.confirmed:
        node.deadline_at = at + dt.timedelta(days=NODE_DAYS[NodeState.confirmed])
    db.add(node)


def watch(db: Session) -> int:
    """End what has passed its deadline; how many."""
    done = 0
    for key in queries.overdue(db, now()):
        node = locked(db, key)
        if node.deadline_at <= now() and node.state in NODE_TIMED_OUT:
            _move(db, SYSTEM, node, NODE_TIMED_OUT[node.state], "system", LATE)
            done += 1
    return done
