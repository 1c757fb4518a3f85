"""Who may do what around advice. Pure."""

from typing import Any

from portal.experts.advice.models import PENDING, AdviceRequest, AdviceState, AnswerSight, RoutingState
from portal.experts.policy import is_secretariat
from portal.kit.actor import Actor


def is_published(request: AdviceRequest) -> bool:
    """Whether anybody may read the question and its public answers."""
    return request.public and not request.hidden and request.published_at is not None


def is_asker(actor: Actor, request: AdviceRequest) -> bool:
    """Whoever asked."""
    return actor.id is not None and actor.id == request.account_id


def can_route(actor: Actor, request: AdviceRequest) -> bool:
    """The secretariat; nobody routes his own question."""
    return is_secretariat(actor) and not is_asker(actor, request)


def can_read(actor: Actor, request: AdviceRequest, routing: Any | None) -> bool:
    """Everybody what is published; else the asker, the experts that are or were asked, the secretariat.

    An expert who declined, or whose question was passed on, keeps no view of it.
    """
    if is_published(request) or is_asker(actor, request) or is_secretariat(actor):
        return True
    return routing is not None and routing.state in {*PENDING, RoutingState.answered}


def can_read_answer(actor: Actor, request: AdviceRequest, answer: Any) -> bool:
    """Its author, the asker and the secretariat; public answers of a published question everybody."""
    if is_asker(actor, request) or is_secretariat(actor) or (actor.id and answer.account_id == actor.id):
        return True
    return is_published(request) and answer.sight is not AnswerSight.private


def shows_name(actor: Actor, request: AdviceRequest, answer: Any) -> bool:
    """Asker, author and secretariat know who answers; the public where the expert wants that."""
    if is_asker(actor, request) or is_secretariat(actor) or (actor.id and answer.account_id == actor.id):
        return True
    return bool(answer.sight is AnswerSight.named)


def can_answer(routing: Any | None, request: AdviceRequest) -> bool:
    """An expert that was asked and has not answered yet, while the question is open."""
    return (
        routing is not None
        and routing.state in PENDING
        and request.state in {AdviceState.routed, AdviceState.answered}
    )
