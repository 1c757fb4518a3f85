"""The asker's and the secretariat's verbs: asked, withdrawn, closed, not taken up, hidden."""

import uuid

from portal.accounts import throttle
from portal.audit.actions import record
from portal.experts.actions.common import in_days, inform, myself, need, tell_secretariat
from portal.experts.actions.disciplines import on_merge
from portal.experts.advice import policy, queries
from portal.experts.advice.actions.common import end, locked, move_routing, routable, url, when_all_are_out
from portal.experts.advice.forms import AskForm
from portal.experts.advice.models import (
    PENDING,
    AdviceDiscipline,
    AdviceRequest,
    AdviceState,
    RoutingState,
)
from portal.experts.policy import is_secretariat
from portal.experts.queries import disciplines as taxonomy
from portal.experts.queries import pool
from portal.kit.actor import SYSTEM, Actor
from portal.kit.db import Session
from portal.kit.errors import Clash, Forbidden, NotFound
from portal.kit.i18n import N_, _
from portal.settings import get_settings

PER_ASKER = (throttle.Limit(3, 60), throttle.Limit(10, 7 * 24 * 60))
WAITS = N_("A question to the experts waits for routing: %(title)s")
REFUSED = N_("Your question was not taken up: %(title)s. Reason: %(reason)s")


def ask(db: Session, actor: Actor, *, given: AskForm) -> AdviceRequest:
    """Ask the experts. For members of verified organisations and experts; a few a week."""
    account_id = myself(actor)
    if not pool.is_verified(db, account_id):
        raise Forbidden(
            _("Members of verified organisations may ask the experts."),
            hint=_("Join one by invitation of its administrators, or register yours and have it verified."),
        )
    codes = list(dict.fromkeys(given.disciplines))
    if not set(codes) <= {row.code for row in taxonomy.all_of(db) if row.active}:
        why = _("Please choose one of the offered values.")
        raise Clash(_("Please correct the marked fields."), fields={"disciplines": why})
    throttle.check(db, f"advice:{account_id}", PER_ASKER)
    throttle.count(db, f"advice:{account_id}")
    made = AdviceRequest(
        account_id=account_id,
        title=given.title,
        text=given.text,
        keywords=list(given.keywords),
        public=given.public,
        deadline_at=in_days(get_settings().advice_route_days),
    )
    db.add(made)
    db.flush()
    taxonomy.replace_rows(db, AdviceDiscipline, "request_id", made.id, codes)
    record(db, actor, verb="advice_request.asked", object=made, public=made.public)
    tell_secretariat(db, WAITS, url(made), title=made.title)
    return made


def close(db: Session, actor: Actor, *, request_id: uuid.UUID) -> AdviceRequest:
    """The asker (or the secretariat) is content; experts still asked are released."""
    request = locked(db, request_id)
    if not (policy.is_asker(actor, request) or is_secretariat(actor)):
        raise NotFound(_("There is nothing at this address."))
    who = "asker" if policy.is_asker(actor, request) else "secretariat"
    end(db, actor, request, AdviceState.closed, who)
    return request


def withdraw(db: Session, actor: Actor, *, request_id: uuid.UUID) -> AdviceRequest:
    """The asker takes an unanswered question back."""
    request = locked(db, request_id)
    if not policy.is_asker(actor, request):
        raise NotFound(_("There is nothing at this address."))
    end(db, actor, request, AdviceState.withdrawn, "asker")
    return request


def refuse(db: Session, actor: Actor, *, request_id: uuid.UUID, reason: str) -> AdviceRequest:
    """The secretariat does not take a question up, with a reason that the asker reads."""
    request = routable(db, actor, request_id)
    text = need(reason)
    end(db, actor, request, AdviceState.refused, "secretariat", reason=text)
    inform(db, request.account_id, REFUSED, url(request), title=request.title, reason=text)
    return request


def set_hidden(
    db: Session, actor: Actor, *, request_id: uuid.UUID, hidden: bool, reason: str
) -> AdviceRequest:
    """Take a published question out of public sight, or back, with a reason."""
    request = locked(db, request_id)
    if not is_secretariat(actor):
        raise Forbidden(_("Only the secretariat routes questions."))
    text = need(reason)
    request.hidden = hidden
    request.touch()
    db.add(request)
    verb = "advice_request.hidden" if hidden else "advice_request.shown"
    record(db, actor, verb=verb, object=request, reason=text)
    return request


def forget_person(db: Session, *, account_id: uuid.UUID) -> None:
    """Of a closed account: open questions end, experts' desks are emptied; what was answered stays."""
    for request_id in queries.open_of(db, account_id):
        request = locked(db, request_id)
        answered = request.state is AdviceState.answered
        end(db, SYSTEM, request, AdviceState.closed if answered else AdviceState.withdrawn, "asker")
    for request_id, routing_id in queries.pending_at(db, account_id):
        request = locked(db, request_id)
        routing = queries.routing(db, routing_id)
        if routing is not None and routing.state in PENDING:
            move_routing(db, SYSTEM, routing, RoutingState.declined, "expert")
            when_all_are_out(db, request)


def _merged(db: Session, old: str, new: str) -> None:
    taxonomy.move_rows(db, AdviceDiscipline, "request_id", old, new)


on_merge(_merged)
