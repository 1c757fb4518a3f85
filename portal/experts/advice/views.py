"""Pages of advice: published questions, asking, one's own, answering, the secretariat's queue and routing."""

from typing import Any

from fastapi.responses import Response

from portal.accounts import queries as accounts
from portal.accounts.forms import filling
from portal.audit.queries import of_object
from portal.experts.advice import actions, guards, policy, queries
from portal.experts.advice.forms import AnswerForm, AskForm, RouteForm
from portal.experts.advice.models import OPEN, AdviceState, AnswerSight, RoutingState
from portal.experts.advice.reading import answers_for
from portal.experts.guards import myself
from portal.experts.policy import is_secretariat
from portal.experts.queries import disciplines as taxonomy
from portal.experts.queries import pool
from portal.experts.views.public import names_of
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public, signed_in

router = Doors()
DONE = (AdviceState.closed, AdviceState.refused, AdviceState.withdrawn, AdviceState.expired)


@router.page("/advice", guard=public)
def published(req: Req) -> Response:
    """Published questions and answers, newest first."""
    rows = taxonomy.all_of(req.db)
    chosen = req.query_list("discipline")
    words = req.query.get("q", "").replace("\x00", "").strip()[:100]
    page = queries.published(
        req.db,
        words=words,
        discipline=taxonomy.with_below(chosen, rows),
        after=req.query.get("after"),
        before=req.query.get("before"),
    )
    names = names_of(req, rows)
    return req.page(
        "advice/list.html",
        page=page,
        q=words,
        names=names,
        chips=[
            (names[code], req.url_with(discipline=None, after=None, before=None))
            for code in chosen
            if code in names
        ],
    )


def _form(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    rows = [row for row in taxonomy.all_of(req.db) if row.active]
    below = {row.parent_code for row in rows}
    return req.page(
        "advice/ask.html",
        status=status,
        parsed=parsed,
        may_ask=pool.is_verified(req.db, req.actor.id),
        groups=[
            (
                top.name(req.locale),
                [
                    (row.code, row.name(req.locale))
                    for row in rows
                    if row.parent_code == top.code or (row is top and top.code not in below)
                ],
            )
            for top in rows
            if top.parent_code is None
        ],
    )


@router.page("/advice/new", guard=signed_in)
def ask_page(req: Req) -> Response:
    """The form; who may not ask reads how to become somebody who may."""
    return _form(req, Parsed(values={}))


@router.act("/advice/new", guard=signed_in)
def ask(req: Req) -> Response:
    """Ask."""
    parsed = parse(AskForm, req.form)
    made = None
    if parsed.model is not None:
        with filling(req.db, parsed):
            made = actions.ask(req.db, req.actor, given=parsed.model)
    if made is None:
        return _form(req, parsed, 422)
    return req.redirect(
        actions.url(made), flash=_("The secretariat passes your question to suitable experts.")
    )


@router.page("/me/advice", guard=myself)
def mine(req: Req) -> Response:
    """What one has asked, and what one is asked as an expert."""
    return req.page(
        "advice/mine.html",
        asked=queries.asked_by(req.db, req.subject),
        routed=queries.routed_to(req.db, req.subject),
    )


@router.page("/admin/advice", guard=guards.router_of_questions)
def queue(req: Req) -> Response:
    """What waits, longest first; or what is over."""
    done = req.query.get("tab") == "done"
    page = queries.queue(
        req.db, DONE if done else OPEN, after=req.query.get("after"), before=req.query.get("before")
    )
    return req.page(
        "advice/queue.html",
        page=page,
        tabs=[
            (_("Open questions"), req.url_with(tab=None, after=None, before=None), not done),
            (_("Ended questions"), req.url_with(tab="done", after=None, before=None), done),
        ],
    )


def _page(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    found: guards.Question = req.subject
    request, runs = found.request, is_secretariat(req.actor)
    names = names_of(req, taxonomy.all_of(req.db))
    return req.page(
        "advice/detail.html",
        status=status,
        request=request,
        routing=found.routing,
        disciplines=[names[code] for code in queries.disciplines_of(req.db, request.id) if code in names],
        answers=answers_for(req, request),
        asker=_asker(req, found),
        is_asker=policy.is_asker(req.actor, request),
        published=policy.is_published(request),
        can_answer=policy.can_answer(found.routing, request),
        invited=found.routing is not None and found.routing.state is RoutingState.invited,
        runs=runs,
        can_route=policy.can_route(req.actor, request) and request.state in OPEN,
        routings=queries.routings_of(req.db, request.id) if runs else [],
        sights=[
            (item.value, label(item)) for item in AnswerSight if request.public or item is AnswerSight.private
        ],
        history=_history(req, found) if runs or policy.is_asker(req.actor, request) else [],
        parsed=parsed,
    )


def _asker(req: Context, found: guards.Question) -> Any | None:
    """Who asked: known to the secretariat, to the experts that were asked, and to the asker; never to the public."""
    inside = found.routing is not None and found.routing.state is not RoutingState.declined
    if not (is_secretariat(req.actor) or inside):
        return None
    account = accounts.by_id(req.db, found.request.account_id)
    return account if account is not None and account.state == "active" else None


def _history(req: Context, found: guards.Question) -> list[dict[str, Any]]:
    states = {f"advice_request.{state.value}": state for state in AdviceState}
    return [
        {
            "label": label(states[event.verb]),
            "level": states[event.verb].level,
            "at": event.at,
            "detail": event.reason or "",
        }
        for event in of_object(req.db, "advice_request", str(found.request.id))
        if event.verb in states
    ]


@router.page("/advice/{id}", guard=guards.question)
def question(req: Req) -> Response:
    """The question with what its reader may see and do."""
    return _page(req, Parsed(values={}))


@router.page("/advice/{id}/route", guard=guards.routed)
def route_page(req: Req) -> Response:
    """Who could be asked, nearest first."""
    return _route_page(req, {})


def _route_page(req: Context, errors: dict[str, str]) -> Response:
    request = req.subject.request
    names = names_of(req, taxonomy.all_of(req.db))
    return req.page(
        "advice/route.html",
        status=422 if errors else 200,
        request=request,
        rows=actions.ranked(req.db, request)[:50],
        names=names,
        errors=errors,
    )


@router.act("/advice/{id}/route", guard=guards.routed)
def route(req: Req) -> Response:
    """Ask the chosen experts."""
    parsed = parse(RouteForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            actions.route(req.db, req.actor, request_id=req.subject.request.id, experts=parsed.model.experts)
    if parsed.errors:
        return _route_page(req, {"experts": next(iter(parsed.errors.values()))})
    return req.redirect(actions.url(req.subject.request), flash=_("The experts are asked."))


@router.act("/advice/{id}/answer", guard=guards.question_for_member)
def answer(req: Req) -> Response:
    """An expert answers."""
    parsed = parse(AnswerForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            actions.answer(req.db, req.actor, request_id=req.subject.request.id, given=parsed.model)
    if parsed.errors:
        return _page(req, parsed, 422)
    return req.redirect(actions.url(req.subject.request), flash=_("Your answer is given."))


@router.act("/advice/{id}/{verb}", guard=guards.question_for_member)
def act(req: Req) -> Response:
    """``accept`` and ``decline`` (experts), ``close`` and ``withdraw`` (asker), ``refuse``, ``hide`` and ``show``."""
    key, verb = req.subject.request.id, req.path["verb"]
    reason = str(req.form.get("reason", ""))
    verbs: dict[str, tuple[Any, dict[str, Any]]] = {
        "accept": (actions.accept, {}),
        "decline": (actions.decline, {"reason": reason}),
        "close": (actions.close, {}),
        "withdraw": (actions.withdraw, {}),
        "refuse": (actions.refuse, {"reason": reason}),
        "hide": (actions.set_hidden, {"hidden": True, "reason": reason}),
        "show": (actions.set_hidden, {"hidden": False, "reason": reason}),
    }
    if verb not in verbs:
        raise NotFound(_("There is nothing at this address."))
    action, values = verbs[verb]
    action(req.db, req.actor, request_id=key, **values)
    onward = "/me/advice" if verb == "decline" else actions.url(req.subject.request)
    return req.redirect(onward, flash=_("Saved."))
