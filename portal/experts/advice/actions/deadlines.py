"""What happens to questions by themselves."""

from portal.audit.actions import record
from portal.experts.actions.common import in_days, inform, tell_secretariat
from portal.experts.advice import queries
from portal.experts.advice.actions.common import (
    EXPIRED,
    end,
    locked,
    move_routing,
    url,
    when_all_are_out,
)
from portal.experts.advice.models import OPEN, PENDING, AdviceRequest, AdviceState, RoutingState
from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.i18n import N_
from portal.settings import get_settings

LATE = N_("A question to the experts was not routed in time and ends after a second period: %(title)s")


def run_deadlines(db: Session) -> int:
    """Move on what is due: experts who did not answer, questions nobody routed, answered ones; how much that was."""
    at, done = now(), 0
    for request_id, routing_id in queries.routings_due(db, at):
        request = locked(db, request_id)
        routing = queries.routing(db, routing_id)
        if routing is not None and routing.state in PENDING:
            move_routing(db, SYSTEM, routing, RoutingState.expired, "system")
            when_all_are_out(db, request)
            done += 1
    for request_id in queries.due(db, at):
        request = locked(db, request_id)
        if request.state in OPEN and request.deadline_at is not None and request.deadline_at <= at:
            _due(db, request)
            done += 1
    return done


def _due(db: Session, request: AdviceRequest) -> None:
    if request.state is AdviceState.answered:
        end(db, SYSTEM, request, AdviceState.closed, "system")
    elif request.state is AdviceState.asked and request.rerouted == 0:
        request.rerouted = 1
        request.deadline_at = in_days(get_settings().advice_route_days)
        db.add(request)
        record(db, SYSTEM, verb="advice_request.overdue", object=request)
        tell_secretariat(db, LATE, url(request), title=request.title)
    else:
        end(db, SYSTEM, request, AdviceState.expired, "system")
        inform(db, request.account_id, EXPIRED, url(request), title=request.title)
