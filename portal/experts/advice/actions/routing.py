"""Routing by affinity, and the experts' verbs: accepted, declined, answered."""

import datetime as dt
import uuid
from typing import Any

from portal.audit.actions import record
from portal.experts import affinity
from portal.experts.actions.common import in_days, inform, myself
from portal.experts.advice import policy, queries
from portal.experts.advice.actions.common import (
    account_of,
    locked,
    move,
    move_routing,
    routable,
    url,
    when_all_are_out,
)
from portal.experts.advice.forms import MAX_ROUTED, AnswerForm
from portal.experts.advice.models import (
    AdviceAnswer,
    AdviceRequest,
    AdviceRouting,
    AdviceState,
    AnswerSight,
    RoutingState,
)
from portal.experts.forms import key_of
from portal.experts.models import IN_POOL
from portal.experts.queries import disciplines as taxonomy
from portal.experts.queries import pool
from portal.kit.actor import Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, Invalid, NotFound
from portal.kit.i18n import N_, _
from portal.settings import get_settings

INVITED = N_("Your advice is asked for, until %(day)s: %(title)s")
ANSWERED = N_("Your question was answered: %(title)s")


def ranked(db: Session, request: AdviceRequest) -> list[tuple[affinity.Match, Any]]:
    """Experts that could be asked, nearest first, with their rows: not the asker, nobody asked before, nobody full."""
    asked = {row.account_id for row in queries.routings_of(db, request.id)}
    day = shanghai(now())
    period = f"{day.year}Q{(day.month + 2) // 3}"
    rows = [
        row
        for row in pool.candidates(
            db, period, queries.load(), beside=pool.elsewhere(), but={request.account_id, *asked}
        )
        # Reviews take room as well; how many somebody has is told by neither a number nor the order.
        if row.load + row.beside < row.places
    ]
    wanted = affinity.Wanted(
        frozenset(queries.disciplines_of(db, request.id)),
        frozenset(key_of(word) for word in request.keywords),
        f"{request.title}\n{request.text}",
    )
    candidates = [
        affinity.Candidate(
            row.id,
            frozenset(row.codes or ()),
            frozenset(row.keys or ()),
            f"{row.titles}\n{row.biography_zh}\n{row.publications}",
        )
        for row in sorted(rows, key=lambda row: row.load)
    ]
    by_id = {row.id: row for row in rows}
    found = affinity.rank(wanted, candidates, taxonomy.parents_of(taxonomy.all_of(db)))
    return [(match, by_id[match.expert_id]) for match in found]


def route(db: Session, actor: Actor, *, request_id: uuid.UUID, experts: list[uuid.UUID]) -> AdviceRequest:
    """Ask experts of the pool; more may be asked while the question is open."""
    request = routable(db, actor, request_id)
    near = {match.expert_id: match for match, _row in ranked(db, request)}
    chosen = list(dict.fromkeys(experts))
    if not chosen or not set(chosen) <= set(near):
        why = _("Please choose experts of the list; somebody may have become busy meanwhile.")
        raise Invalid(_("Please correct the marked fields."), fields={"experts": why})
    if len(chosen) + len(queries.pending_of(db, request.id)) > MAX_ROUTED:
        why = _("At most %(n)s experts at a time.", n=MAX_ROUTED)
        raise Invalid(_("Please correct the marked fields."), fields={"experts": why})
    deadline = in_days(get_settings().advice_answer_days)
    if request.state is AdviceState.asked:
        move(db, actor, request, AdviceState.routed, "secretariat", deadline=_beyond(deadline))
    elif request.state is AdviceState.routed:
        request.deadline_at = _beyond(deadline)
        db.add(request)
    for expert_id in chosen:
        routing = AdviceRouting(
            request_id=request.id, expert_id=expert_id, score=near[expert_id].score, routed_by=actor.id,
            deadline_at=deadline,
        )  # fmt: skip
        db.add(routing)
        db.flush()
        record(db, actor, verb="advice_routing.invited", object=routing, request=str(request.id))
        account_id = account_of(db, expert_id)
        inform(
            db, account_id, INVITED, url(request), title=request.title, day=f"{shanghai(deadline):%Y-%m-%d}"
        )
    return request


def _beyond(deadline: dt.datetime) -> dt.datetime:
    """A question outlives its routings by a day, so that the last of them decides what becomes of it."""
    return deadline + dt.timedelta(days=1)


def accept(db: Session, actor: Actor, *, request_id: uuid.UUID) -> None:
    """The expert will answer."""
    _request, routing = _mine(db, actor, request_id)
    move_routing(db, actor, routing, RoutingState.accepted, "expert")


def decline(db: Session, actor: Actor, *, request_id: uuid.UUID, reason: str) -> None:
    """The expert cannot answer; the reason is for the secretariat."""
    request, routing = _mine(db, actor, request_id)
    move_routing(db, actor, routing, RoutingState.declined, "expert", reason=reason.strip()[:1000])
    when_all_are_out(db, request)


def _mine(db: Session, actor: Actor, request_id: uuid.UUID) -> tuple[AdviceRequest, AdviceRouting]:
    """The question and how the actor was asked, both locked; the question first, as everywhere."""
    account_id = myself(actor)
    request = locked(db, request_id)
    routing = queries.routing_of(db, request_id, account_id, lock=True)
    if routing is None:
        raise NotFound(_("There is nothing at this address."))
    return request, routing


def answer(db: Session, actor: Actor, *, request_id: uuid.UUID, given: AnswerForm) -> AdviceAnswer:
    """Answer once. A public answer is published where the asker agreed to that; the asker is told."""
    request, routing = _mine(db, actor, request_id)
    if not policy.can_answer(routing, request):
        raise Conflict(_("This question does not wait for your answer."))
    expert = pool.one(db, routing.expert_id)
    if expert is None or expert.state not in IN_POOL:
        raise Conflict(_("You are not in the pool at present."), hint=_("Come back from your pause first."))
    if given.sight is not AnswerSight.private and not request.public:
        why = _("Whoever asked does not want this to be published.")
        raise Clash(_("Please correct the marked fields."), fields={"sight": why})
    made = AdviceAnswer(
        routing_id=routing.id, request_id=request.id, account_id=expert.account_id, text=given.text,
        sight=given.sight,
    )  # fmt: skip
    db.add(made)
    move_routing(db, actor, routing, RoutingState.answered, "expert", sight=given.sight.value)
    if given.sight is not AnswerSight.private and request.published_at is None:
        request.published_at = now()
    if request.state is AdviceState.routed:
        close_at = in_days(get_settings().advice_close_days)
        move(db, actor, request, AdviceState.answered, "expert", deadline=close_at)
    db.add(request)
    inform(db, request.account_id, ANSWERED, url(request), title=request.title)
    return made
