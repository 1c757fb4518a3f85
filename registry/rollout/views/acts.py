"""What people do on a node's page."""

import json

from fastapi.responses import Response
from pydantic import ValidationError

from portal.accounts.guards import confirmed
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.kit.forms import clean
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from registry.rollout import guards, policy
from registry.rollout.actions import nodes as actions
from registry.rollout.actions import receipts
from registry.rollout.forms import ReceiptsInput
from registry.rollout.models import NodeState, RolloutNode
from registry.rollout.refusals import ReceiptRefused
from registry.rollout.views.nodes import VERBS, show

router = Doors()
TARGETS = {verb: state for state, verb in VERBS.items()}
MOST_BYTES = 4 << 20


@router.act("/nodes/{id}/token", guard=confirmed(guards.node))
def token(req: Req) -> Response:
    """A new token; the page shows it this once."""
    return show(req, secret=actions.new_token(req.db, req.actor, node_id=req.subject.id))


@router.act("/nodes/{id}/receipts", guard=guards.node)
def hand_in(req: Req) -> Response:
    """Take a file of receipts that was carried here."""
    if not (
        policy.can_operate(req.actor, req.subject.organisation_id)
        or policy.can_decide(req.actor, req.subject.organisation_id)
    ):
        raise Forbidden(_("Only the node's operators and the secretariat hand in its receipts."))
    node = req.db.get_one(RolloutNode, req.subject.id)
    try:
        taken = receipts.take(req.db, req.actor, given=_sent(req), node=node)
    except (Invalid, Conflict, Forbidden, ReceiptRefused) as refusal:
        return show(req, status=refusal.status, refusal=refusal, sent="receipts")
    return req.redirect(
        actions.url(node.id) + "#receipts",
        flash=_(
            "%(new)s new receipts are taken, %(known)s stood here already.", new=taken.new, known=taken.known
        ),
    )


def _sent(req: Context) -> ReceiptsInput:
    files = req.files("file")
    data = files[0].file.read(MOST_BYTES + 1) if files else b""
    try:
        if not data or len(data) > MOST_BYTES:
            raise ValueError
        return ReceiptsInput.model_validate(json.loads(data))
    except (ValueError, RecursionError, ValidationError):
        why = _("Choose the file that “cspon-node receipt” wrote.")
        raise Invalid(why, fields={"file": why}) from None


@router.act("/nodes/{id}/{verb}", guard=guards.node)
def decide(req: Req) -> Response:
    """``confirm``, ``suspend``, ``close``, each with a reason."""
    verb = req.path["verb"]
    target = TARGETS.get(verb)
    if target is None:
        raise NotFound(_("There is nothing at this address."))
    reason = clean(str(req.form.get("reason", "")))
    try:
        actions.decide(req.db, req.actor, node_id=req.subject.id, target=NodeState(target), reason=reason)
    except Invalid as refusal:
        return show(req, status=refusal.status, refusal=refusal, sent=verb, reason=reason)
    return req.redirect(actions.url(req.subject.id), flash=_("The decision is recorded."))
