"""The tree: what an organisation belongs to, proposals of its administrators, the secretariat's queue."""

from typing import Any

from fastapi.responses import Response

from portal.accounts.forms import filling
from portal.kit.errors import Invalid, NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, signed_in
from portal.organisations import actions, policy, queries
from portal.organisations.forms import EndForm, ParentForm
from portal.organisations.views.guards import Loaded, judged, managed, url, verified_by

router = Doors()


def parents_or_judges(req: Context) -> Loaded:
    """The organisation of the address, for its administrators and the secretariat."""
    signed_in(req)
    return judged(req) if policy.can_verify(req.actor) else managed(req)


@router.page("/organisations/tree", guard=verified_by)
def queue(req: Req) -> Response:
    """Proposals that wait, longest first."""
    return req.page("organisations/tree_queue.html", rows=queries.proposals(req.db))


def _judges(req: Context) -> bool:
    """Whether the reader decides here: the secretariat, where it has no part in the organisation itself."""
    return policy.can_verify(req.actor) and not policy.is_member(req.actor, req.subject[0].id)


def _page(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    found: Loaded = req.subject
    links = queries.links_of(req.db, found[0].id)
    return req.page(
        "organisations/tree.html",
        status=status,
        organisation=found[0],
        namespace=found[1],
        upward=[row for row in links if row.organisation_id == found[0].id],
        downward=[row for row in links if row.organisation_id != found[0].id],
        judges=_judges(req),
        parsed=parsed,
    )


@router.page("/organisations/{slug}/tree", guard=parents_or_judges)
def tree(req: Req) -> Response:
    """Its place in the tree with the history, and the form to propose or set another."""
    return _page(req, Parsed(values={}))


@router.act("/organisations/{slug}/tree", guard=parents_or_judges)
def place(req: Req) -> Response:
    """Propose a place; the secretariat sets it at once."""
    found: Loaded = req.subject
    parsed = parse(ParentForm, req.form)
    at_once = _judges(req)
    if parsed.model is not None:
        verb = actions.set_parent if at_once else actions.propose_parent
        with filling(req.db, parsed):
            verb(req.db, req.actor, organisation_id=found[0].id, **parsed.model.model_dump())
    if parsed.errors:
        return _page(req, parsed, 422)
    words = _("Saved.") if at_once else _("The secretariat will check your proposal.")
    return req.redirect(url(req, "tree"), flash=words)


@router.act("/organisations/{slug}/tree/{id}/{verb}", guard=parents_or_judges)
def act(req: Req) -> Response:
    """``approve``, ``refuse`` and ``end`` (secretariat, with a reason), ``withdraw`` (administrators)."""
    verb, key = req.path["verb"], req.path_id()
    if not any(row.id == key for row in queries.links_of(req.db, req.subject[0].id)):
        raise NotFound(_("There is nothing at this address."))
    if verb == "withdraw":
        actions.withdraw_proposal(req.db, req.actor, link_id=key)
    elif verb == "end":
        given = parse(EndForm, req.form).require()
        actions.end_parent(req.db, req.actor, link_id=key, until=given.until, reason=given.reason)
    elif verb in {"approve", "refuse"}:
        reason = str(req.form.get("reason", ""))
        try:
            actions.decide_parent(req.db, req.actor, link_id=key, approve=verb == "approve", reason=reason)
        except Invalid as refusal:
            # There is no form to mark: what is wrong with the tree is the message itself.
            raise Invalid(next(iter(refusal.fields.values()), refusal.message)) from None
    else:
        raise NotFound(_("There is nothing at this address."))
    onward = url(req, "tree") if verb in {"withdraw", "end"} else "/organisations/tree"
    return req.redirect(onward, flash=_("The decision is recorded."))
