"""Guards of advice pages."""

from dataclasses import dataclass

from portal.experts.advice import policy, queries
from portal.experts.advice.models import AdviceRequest, AdviceRouting
from portal.experts.policy import is_secretariat
from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in


@dataclass(frozen=True)
class Question:
    """A question, and how its reader was asked to answer it, if at all."""

    request: AdviceRequest
    routing: AdviceRouting | None


def question(req: Context) -> Question:
    """The question in the address, for whoever may read it."""
    request = queries.one(req.db, req.path_id())
    routing = None
    if request is not None and not req.actor.is_anonymous:
        routing = queries.routing_of(req.db, request.id, req.actor.id)
    if request is None or not policy.can_read(req.actor, request, routing):
        raise NotFound(_("There is nothing at this address."))
    return Question(request, routing)


def question_for_member(req: Context) -> Question:
    """The same for somebody who is signed in."""
    signed_in(req)
    return question(req)


def routed(req: Context) -> Question:
    """The question in the address, for the secretariat to route."""
    signed_in(req)
    if not is_secretariat(req.actor):
        raise Forbidden(_("Only the secretariat routes questions."))
    return question(req)


def router_of_questions(req: Context) -> None:
    """The secretariat."""
    signed_in(req)
    if not is_secretariat(req.actor):
        raise Forbidden(_("Only the secretariat routes questions."))
