"""What the verbs share: locking, moving along the tables, ending a question."""

import datetime as dt
import uuid
from typing import Any

from portal.audit.actions import record
from portal.experts.actions.common import in_days, inform, tell_secretariat
from portal.experts.advice import policy, queries
from portal.experts.advice.models import (
    ADVICE_TRANSITIONS,
    OPEN,
    ROUTING_TRANSITIONS,
    AdviceRequest,
    AdviceRouting,
    AdviceState,
    RoutingState,
)
from portal.experts.policy import is_secretariat
from portal.experts.queries import pool
from portal.kit.actor import SYSTEM, Actor
from portal.kit.db import Session
from portal.kit.errors import Conflict, Forbidden, NotFound
from portal.kit.i18n import N_, _
from portal.kit.states import check_move
from portal.settings import get_settings

AGAIN = N_("Nobody has answered; please route again: %(title)s")
EXPIRED = N_("Your question ended without an answer: %(title)s. You may ask again.")
RELEASED = N_("Your advice is no longer needed: %(title)s")
MAX_REROUTES = 2
"""How often a question that nobody answered goes back to the secretariat before it ends."""


def url(request: AdviceRequest) -> str:
    """The question's permanent address."""
    return f"/advice/{request.id}"


def locked(db: Session, request_id: uuid.UUID) -> AdviceRequest:
    """The question, locked for a change."""
    found = queries.one(db, request_id, lock=True)
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def move(
    db: Session, actor: Actor, request: AdviceRequest, new: AdviceState, who: str, *, reason: str = "",
    deadline: dt.datetime | None = None,
) -> None:  # fmt: skip
    """Move a locked question along its table, and say so in the audit log."""
    check_move(ADVICE_TRANSITIONS, request.state, new, who)
    request.state, request.state_reason, request.deadline_at = new, reason, deadline
    request.touch()
    db.add(request)
    db.flush()
    record(db, actor, verb=f"advice_request.{new.value}", object=request, reason=reason or None)


def end(
    db: Session, actor: Actor, request: AdviceRequest, new: AdviceState, who: str, *, reason: str = ""
) -> None:
    """End a question and release the experts still asked."""
    move(db, actor, request, new, who, reason=reason)
    for routing in queries.pending_of(db, request.id):
        move_routing(db, SYSTEM, routing, RoutingState.released, "system")
        inform(db, account_of(db, routing.expert_id), RELEASED, "/me/advice", title=request.title)


def account_of(db: Session, expert_id: uuid.UUID) -> uuid.UUID:
    """Whose place in the pool it is."""
    expert = pool.one(db, expert_id)
    if expert is None:
        raise NotFound(_("There is nothing at this address."))
    return expert.account_id


def move_routing(
    db: Session, actor: Actor, routing: AdviceRouting, new: RoutingState, who: str, *, reason: str = "",
    **evidence: Any,
) -> None:  # fmt: skip
    """Move a locked routing along its table, and say so in the audit log."""
    check_move(ROUTING_TRANSITIONS, routing.state, new, who)
    routing.state, routing.reason = new, reason
    if new is not RoutingState.accepted:
        routing.deadline_at = None
    routing.touch()
    db.add(routing)
    db.flush()
    evidence["request"] = str(routing.request_id)
    record(db, actor, verb=f"advice_routing.{new.value}", object=routing, **evidence)


def when_all_are_out(db: Session, request: AdviceRequest) -> None:
    """Back to the secretariat where nobody is left who could answer; after some rounds it ends."""
    if request.state is not AdviceState.routed or queries.pending_of(db, request.id):
        return
    if request.rerouted >= MAX_REROUTES:
        end(db, SYSTEM, request, AdviceState.expired, "system")
        inform(db, request.account_id, EXPIRED, url(request), title=request.title)
        return
    request.rerouted += 1
    deadline = in_days(get_settings().advice_route_days)
    move(db, SYSTEM, request, AdviceState.asked, "system", deadline=deadline)
    tell_secretariat(db, AGAIN, url(request), title=request.title)


def routable(db: Session, actor: Actor, request_id: uuid.UUID) -> AdviceRequest:
    """An open question, locked, for the secretariat; nobody decides about his own."""
    request = locked(db, request_id)
    if not is_secretariat(actor):
        raise Forbidden(_("Only the secretariat routes questions."))
    if not policy.can_route(actor, request):
        raise Forbidden(_("This is your own question; somebody else must route it."))
    if request.state not in OPEN:
        raise Conflict(_("This question is over."))
    return request
