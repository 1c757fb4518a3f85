"""Nodes: the list, registering one, and a node's page with what it runs, what is newer and what was withdrawn."""

from typing import Any

from fastapi.responses import Response

from portal.kit.errors import Clash, Forbidden, Refusal
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from registry.rollout import guards, offers, policy
from registry.rollout.actions import nodes as actions
from registry.rollout.forms import NodeInput
from registry.rollout.models import NODE_TRANSITIONS, NodeState, ReceiptEvent, RolloutNode
from registry.rollout.queries import nodes as queries
from registry.rollout.queries import receipts
from registry.rollout.serving import bundle_response
from registry.sandbox.backend import JailEnd

router = Doors()
VERBS = {NodeState.confirmed: "confirm", NodeState.suspended: "suspend", NodeState.closed: "close"}


@router.page("/nodes", guard=guards.desk)
def listed(req: Req) -> Response:
    """Nodes by name, those one may see."""
    asked = req.query.get("state", "")
    state = NodeState(asked) if asked in set(NodeState) else None
    page = queries.listed(
        req.db, req.actor, state=state, after=req.query.get("after"), before=req.query.get("before")
    )
    return req.page(
        "rollout/nodes.html",
        page=page,
        rows=list(page),
        tabs=[
            (text, req.url_with(state=value or None, after=None, before=None), value == asked)
            for value, text in (("", _("Every node")), *((each.value, label(each)) for each in NodeState))
        ],
        may_register=req.actor.has("node_operator"),
    )


@router.page("/nodes/new", guard=guards.operator)
def new(req: Req) -> Response:
    """The form for a new node."""
    return _form(req, Parsed(values={}))


@router.act("/nodes/new", guard=guards.operator)
def register(req: Req) -> Response:
    """Register the node."""
    parsed = parse(NodeInput, req.form)
    if parsed.model is None:
        return _form(req, parsed)
    try:
        made = actions.register(req.db, req.actor, given=parsed.model)
    except (Clash, Forbidden) as refusal:
        return _form(req, parsed, refusal)
    return req.redirect(
        actions.url(made.id), flash=_("The node is registered; the secretariat confirms it next.")
    )


def _form(req: Context, parsed: Parsed[Any], refusal: Refusal | None = None) -> Response:
    return req.page(
        "rollout/new.html",
        status=refusal.status if refusal else 422 if parsed.errors else 200,
        organisations=queries.organisations_of(req.db, req.actor),
        values=parsed.values,
        errors=parsed.errors or (refusal.fields if refusal else {}),
        refusal=refusal,
    )


@router.page("/nodes/{id}", guard=guards.node)
def page(req: Req) -> Response:
    """One node."""
    return show(req)


def show(
    req: Context,
    *,
    status: int = 200,
    secret: str = "",
    refusal: Refusal | None = None,
    sent: str = "",
    reason: str = "",
) -> Response:
    """The page; ``secret`` is a new token, shown this once; ``refusal`` what was said to the form that was sent."""
    row = req.subject
    node = req.db.get_one(RolloutNode, row.id)
    offered = offers.of_node(req.db, node)
    moves = NODE_TRANSITIONS.get(row.state, {})
    decides = policy.can_decide(req.actor, row.organisation_id)
    operates = policy.can_operate(req.actor, row.organisation_id)
    page = receipts.of_node(req.db, row.id, after=req.query.get("after"), before=req.query.get("before"))
    response = req.page(
        "rollout/node.html",
        status=status,
        row=row,
        here_url=actions.url(row.id),
        offered=offered,
        running=offers.running(req.db, node, offered),
        page=page,
        receipts=[(each, _words(each), _sandbox(each)) for each in page],
        tokens=queries.tokens(req.db, row.id) if operates else [],
        moves=[
            (VERBS[target], label(target))
            for target, who in moves.items()
            if (decides and "secretariat" in who) or (operates and "node_operator" in who)
        ],
        may_token=operates and row.state is NodeState.confirmed,
        may_import=(operates or decides) and row.state in (NodeState.confirmed, NodeState.suspended),
        secret=secret,
        refusal=refusal,
        sent=sent,
        reason=reason,
    )
    if secret:
        response.headers["Cache-Control"] = "no-store"
    return response


def _words(receipt: Any) -> str:
    """How it ended, where that is known to us; else as the node wrote it."""
    ends = {each.value: each for each in JailEnd}
    if receipt.event is ReceiptEvent.ran and receipt.outcome in ends:
        return label(ends[receipt.outcome])
    return str(receipt.outcome) or label(receipt.event)


def _sandbox(receipt: Any) -> str:
    grade = str(receipt.facts.get("sandbox", ""))
    return {"strong": _("Strong"), "weak": _("Weak")}.get(grade, grade)


@router.page("/rollout/bundles/{id}.zip", guard=guards.bundle_for_person)
def download(req: Req) -> Response:
    """A bundle, to be carried."""
    return bundle_response(req.request, req.subject)
