"""Objecting, and the page of one objection for whoever filed it and its handlers."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.experts.queries import pool
from portal.kit.errors import NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, signed_in
from portal.reviews.publicity import guards, policy, queries
from portal.reviews.publicity.actions import objections
from portal.reviews.publicity.forms import ObjectionForm
from portal.reviews.publicity.models import Ground, ObjectionState

router = Doors()


@router.page("/me/objections", guard=signed_in)
def mine(req: Req) -> Response:
    """The own objections."""
    assert req.actor.id is not None  # noqa: S101 - the guard
    return req.page("publicity/mine.html", rows=queries.filed_by(req.db, req.actor.id))


@router.page("/publicity/objections/{id}", guard=guards.filed)
def objection(req: Req) -> Response:
    """One objection. Its handlers read who objects; nobody else reads it at all."""
    found: guards.Filed = req.subject
    own = found.objection.account_id == req.actor.id
    return req.page(
        "publicity/objection.html",
        notice=found.notice,
        objection=found.objection,
        own=own,
        handles=found.handles_as is not None,
        who=None if own else queries.objection_shown(req.db, found.objection.id),
        states=ObjectionState,
    )


@router.act("/publicity/objections/{id}/{verb}", guard=guards.filed)
def act(req: Req) -> Response:
    """``examine``, ``uphold``, ``reject`` (handlers), ``withdraw`` (whoever filed it)."""
    key, verb = req.subject.objection.id, req.path["verb"]
    reason = str(req.form.get("reason", ""))
    verbs: dict[str, tuple[Any, dict[str, Any]]] = {
        "examine": (objections.examine, {}),
        "uphold": (objections.decide, {"upheld": True, "reason": reason}),
        "reject": (objections.decide, {"upheld": False, "reason": reason}),
        "withdraw": (objections.withdraw, {"reason": reason}),
    }
    if verb not in verbs:
        raise NotFound(_("There is nothing at this address."))
    action, values = verbs[verb]
    action(req.db, req.actor, objection_id=key, **values)
    return req.redirect(objections.url(key), flash=_("Saved."))


def _form(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    return req.page(
        "publicity/object.html",
        status=status,
        notice=req.subject,
        parsed=parsed,
        takes=policy.takes_objections(req.subject),
        confirmed=pool.is_verified(req.db, req.actor.id),
        grounds=[(each.value, label(each)) for each in Ground],
    )


@router.page("/publicity/{id}/object", guard=guards.notice_for_member)
def object_page(req: Req) -> Response:
    """The form; who may not object reads why and what helps."""
    return _form(req, Parsed(values={}))


@router.act("/publicity/{id}/object", guard=guards.notice_for_member)
def object_to(req: Req) -> Response:
    """File an objection."""
    parsed = parse(ObjectionForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            made = objections.file(req.db, req.actor, notice_id=req.subject.id, given=parsed.model)
    if parsed.errors:
        return _form(req, parsed, 422)
    flash = _("Your objection to “%(title)s” was received.", title=req.subject.title(req.locale))
    return req.redirect(objections.url(made.id), flash=flash)
