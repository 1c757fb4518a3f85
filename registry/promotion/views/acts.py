"""What people do on a promotion's page. Every one of these goes through one action; none knows a way around a gate."""

import uuid
from collections.abc import Callable

from fastapi.responses import Response

from portal.kit.errors import Conflict, Invalid, NotFound
from portal.kit.forms import clean, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from registry.promotion import guards
from registry.promotion.actions import common, moving, nominating, sites
from registry.promotion.forms import SiteInput
from registry.promotion.models import Stage
from registry.promotion.views.one import show

router = Doors()
Done = Callable[[Context, uuid.UUID, str], None]
"""A verb: the request, the promotion, the reason as it was typed."""


@router.act("/promotions/{id}/sites", guard=guards.for_staff)
def add_site(req: Req) -> Response:
    """Record a pilot site."""
    parsed = parse(SiteInput, req.form)
    if parsed.model is None:
        return show(req, status=422, errors=parsed.errors, typed=parsed.values)
    try:
        sites.add(req.db, req.actor, promotion_id=req.subject.id, given=parsed.model)
    except Invalid as refusal:
        return show(req, status=refusal.status, errors=dict(refusal.fields), typed=parsed.values)
    return req.redirect(common.url(req.subject.id) + "#sites", flash=_("The site is recorded."))


@router.act("/promotions/{id}/{verb}", guard=guards.for_member)
def act(req: Req) -> Response:
    """``advance`` (with the stage that was shown), ``vote``, ``suspend``, ``roll-back``, ``retire``, ``withdraw``,
    ``announce`` (put up the notice again). What is refused is drawn again with the words that were typed."""
    verb, reason = req.path["verb"], clean(str(req.form.get("reason", "")))
    done = VERBS.get(verb)
    if done is None:
        raise NotFound(_("There is nothing at this address."))
    try:
        with req.db.begin_nested():
            done(req, req.subject.id, reason)
    except (Invalid, Conflict) as refusal:
        typed = {"reason": reason, "choice": str(req.form.get("choice", ""))}
        return show(req, refusal=refusal, sent=verb, typed=typed)
    return req.redirect(common.url(req.subject.id), flash=_("The decision is recorded."))


def _advance(req: Context, key: uuid.UUID, reason: str) -> None:
    target = str(req.form.get("target", ""))
    if target not in set(Stage):
        raise Invalid(_("Please choose one of the offered values."), fields={"target": _("Reload the page.")})
    moving.advance(req.db, req.actor, promotion_id=key, target=Stage(target), reason=reason)


def _vote(req: Context, key: uuid.UUID, reason: str) -> None:
    choice = str(req.form.get("choice", ""))
    if choice not in ("for", "against"):
        why = _("Please vote for or against.")
        raise Invalid(why, fields={"choice": why})
    moving.vote(req.db, req.actor, promotion_id=key, in_favour=choice == "for", reason=reason)


def _stop(target: Stage) -> Done:
    def done(req: Context, key: uuid.UUID, reason: str) -> None:
        moving.stop(req.db, req.actor, promotion_id=key, target=target, reason=reason)

    return done


def _withdraw(req: Context, key: uuid.UUID, reason: str) -> None:
    nominating.withdraw(req.db, req.actor, promotion_id=key, reason=reason)


def _announce(req: Context, key: uuid.UUID, reason: str) -> None:
    moving.announce_again(req.db, req.actor, promotion_id=key, reason=reason)


VERBS: dict[str, Done] = {
    "advance": _advance, "vote": _vote, "suspend": _stop(Stage.suspended), "roll-back": _stop(Stage.rolled_back),
    "retire": _stop(Stage.retired), "withdraw": _withdraw, "announce": _announce,
}  # fmt: skip
