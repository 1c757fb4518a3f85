"""Verification: the request of an organisation, and the secretariat's queue."""

from fastapi.responses import Response

from portal.kit.errors import Invalid, NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.organisations import actions, queries
from portal.organisations.forms import ReasonForm, VerificationForm
from portal.organisations.views.guards import Loaded, judged, managed, url, verified_by
from portal.organisations.views.lists import LEVELS

router = Doors()


@router.page("/organisations/verification", guard=verified_by)
def queue(req: Req) -> Response:
    """Requests that wait, longest first."""
    return req.page("organisations/queue.html", rows=queries.awaiting_verification(req.db))


def _form(req: Context, parsed: Parsed[VerificationForm], status: int) -> Response:
    found: Loaded = req.subject
    return req.page(
        "organisations/verification.html",
        status=status,
        organisation=found[0],
        namespace=found[1],
        parsed=parsed,
        levels=LEVELS,
    )


@router.page("/organisations/{slug}/verification", guard=managed)
def request_page(req: Req) -> Response:
    """How far the verification has come, and the form to ask for one."""
    found: Loaded = req.subject
    return _form(req, Parsed(values={"statement": found[0].verification_statement}), 200)


@router.act("/organisations/{slug}/verification", guard=managed)
def request(req: Req) -> Response:
    """Ask the secretariat."""
    found: Loaded = req.subject
    parsed = parse(VerificationForm, req.form)
    if parsed.model is None:
        return _form(req, parsed, 422)
    actions.request_verification(
        req.db, req.actor, organisation_id=found[0].id, statement=parsed.model.statement
    )
    return req.redirect(url(req, "verification"), flash=_("The secretariat will check your request."))


@router.act("/organisations/{slug}/verification/{decision}", guard=judged)
def decide(req: Req) -> Response:
    """Approve, refuse or revoke; the last two with a reason."""
    found: Loaded = req.subject
    decision = req.path["decision"]
    if decision == "approve":
        actions.approve(req.db, req.actor, organisation_id=found[0].id)
        return req.redirect("/organisations/verification", flash=_("The organisation is verified."))
    if decision not in {"refuse", "revoke"}:
        raise NotFound(_("There is nothing at this address."))
    parsed = parse(ReasonForm, req.form)
    if parsed.model is None:
        raise Invalid(_("Please give a reason."), fields=parsed.errors)
    verb = actions.refuse if decision == "refuse" else actions.revoke
    verb(req.db, req.actor, organisation_id=found[0].id, reason=parsed.model.reason)
    onward = "/organisations/verification" if decision == "refuse" else url(req)
    return req.redirect(onward, flash=_("The decision is recorded."))
