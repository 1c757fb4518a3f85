"""Pages of gates: the owner's settings and requests, the reader's request."""

import re
from typing import Any

from fastapi.responses import Response
from markupsafe import Markup

from portal.kit.clock import shanghai
from portal.kit.errors import Conflict, Invalid, NotFound, Refusal
from portal.kit.forms import parse, parse_values
from portal.kit.i18n import _, get_locale, label
from portal.kit.markdown import markdown
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.text import to_csv
from registry.assets.fragments import draw
from registry.assets.guards import editable_asset, readable_asset
from registry.assets.panels import PANELS
from registry.assets.policy import can_edit
from registry.gates import actions, policy, queries
from registry.gates.forms import AccessInput, GateForm
from registry.gates.guards import askable_asset
from registry.gates.models import AccessState, GateField

router = Doors()
BASE = "/assets/{ns}/{name}"
MAX_LOG = 20_000


def here(asset: Any, *more: str) -> str:
    """An address below the asset's page."""
    return "/".join([f"/assets/{asset.namespace}/{asset.name}", *more])


@router.page(f"{BASE}/gate", guard=editable_asset)
def gate(req: Req) -> Response:
    """The owner's form: shut or open, terms, what is asked."""
    found = queries.gate_of(req.db, req.subject.id)
    values = {
        "gated": req.subject.gated,
        "terms": found.terms if found else "",
        "terms_en": found.terms_en if found else "",
        "fields": found.fields if found else [GateField.organisation.value, GateField.purpose.value],
    }
    return _gate_form(req, values, {})


@router.act(f"{BASE}/gate", guard=editable_asset)
def set_gate(req: Req) -> Response:
    """Save the form."""
    parsed = parse(GateForm, req.form)
    errors = {re.sub(r"\.\d+$", "", key): text for key, text in parsed.errors.items()}
    if parsed.model is None:
        return _gate_form(req, parsed.values, errors)
    try:
        actions.set_gate(req.db, req.actor, asset_id=req.subject.id, given=parsed.model)
    except Invalid as refusal:
        return _gate_form(req, parsed.values, refusal.fields)
    text = (
        _("Files are given on request now.") if parsed.model.gated else _("Files are open to everybody now.")
    )
    return req.redirect(here(req.subject, "gate"), flash=text)


def _gate_form(req: Context, values: dict[str, Any], errors: dict[str, str]) -> Response:
    return req.page(
        "gates/gate.html",
        status=422 if errors else 200,
        asset=req.subject,
        here_url=here(req.subject),
        values=values,
        errors=errors,
        fields=[(item.value, label(item)) for item in GateField],
        waiting=queries.waiting(req.db, req.subject.id),
    )


@router.page(f"{BASE}/access", guard=readable_asset)
def access(req: Req) -> Response:
    """The terms, and how the reader's own request stands, or the form to make one."""
    return _access_page(req, {}, {})


@router.act(f"{BASE}/access", guard=askable_asset)
def ask(req: Req) -> Response:
    """Accept the terms and ask."""
    asset = req.subject
    typed = {item.value: str(req.form.get(item.value, "")).strip() for item in GateField}
    values = {
        "terms_sha256": str(req.form.get("terms_sha256", "")),
        "accept": "accept" in req.form,
        "answers": {key: text for key, text in typed.items() if text},
    }
    parsed = parse_values(AccessInput, values)
    if parsed.model is None:
        errors = {key.rpartition(".")[2]: text for key, text in parsed.errors.items()}
        return _access_page(req, typed, errors)
    try:
        actions.request_access(
            req.db,
            req.actor,
            asset_id=asset.id,
            terms_sha256=parsed.model.terms_sha256,
            accept=parsed.model.accept,
            answers=parsed.model.answers,
        )
    except Invalid as refusal:
        return _access_page(req, typed, refusal.fields)
    except Conflict as refusal:
        return _access_page(req, typed, {}, refusal)
    return req.redirect(here(asset, "access"), flash=_("Your request was sent to the owner."))


@router.act(f"{BASE}/access/withdraw", guard=askable_asset)
def withdraw(req: Req) -> Response:
    """Take the own request back."""
    request = queries.newest_of(req.db, req.subject.id, req.actor.id) if req.actor.id else None
    if request is None:
        raise NotFound(_("There is nothing at this address."))
    actions.withdraw(req.db, req.actor, request_id=request.id)
    return req.redirect(here(req.subject, "access"), flash=_("The request was withdrawn."))


def _access_page(
    req: Context, values: dict[str, str], errors: dict[str, str], refusal: Refusal | None = None
) -> Response:
    asset = req.subject
    found = queries.gate_of(req.db, asset.id)
    own = queries.newest_of(req.db, asset.id, req.actor.id) if req.actor.id else None
    live = own is not None and own.state in {AccessState.requested, AccessState.approved}
    owner = policy.passes_unasked(req.actor, asset.namespace_id)
    return req.page(
        "gates/access.html",
        status=refusal.status if refusal else 422 if errors else 200,
        asset=asset,
        here_url=here(asset),
        gated=asset.gated and found is not None,
        terms=_shown_terms(found) if found else [],
        sha256=found.sha256 if found else "",
        own=own,
        may_ask=asset.gated and not live and not owner and not req.actor.is_anonymous,
        owner=owner,
        fields=[(name, label(GateField(name))) for name in found.fields] if found else [],
        values=values,
        errors=errors,
        refusal=refusal,
    )


def _shown_terms(found: Any) -> list[tuple[str, str, Markup]]:
    """Both texts, the reader's language first: (language, its name, safe HTML). Both are what is accepted."""
    texts = [("zh-Hans", "中文", found.terms), ("en", "English", found.terms_en)]
    if get_locale() == "en" and found.terms_en:
        texts.reverse()
    return [(lang, name, markdown(text)) for lang, name, text in texts if text]


@router.page(f"{BASE}/requests", guard=editable_asset)
def requests(req: Req) -> Response:
    """The requests for the files of an asset, for its publishers."""
    chosen = req.query.get("state", "")
    state = AccessState(chosen) if chosen in set(AccessState) else None
    page = queries.requests_of(
        req.db, req.subject.id, state=state, after=req.query.get("after"), before=req.query.get("before")
    )
    return req.page(
        "gates/requests.html",
        asset=req.subject,
        here_url=here(req.subject),
        rows=[(row, _answers(row.answers)) for row in page],
        tabs=[
            (text, req.url_with(state=key, after=None, before=None), key == (state.value if state else None))
            for key, text in [(None, _("All")), *((item.value, label(item)) for item in AccessState)]
        ],
        prev_url=req.url_with(before=page.before, after=None) if page.before else None,
        next_url=req.url_with(after=page.after, before=None) if page.after else None,
    )


def _answers(answers: dict[str, str]) -> list[tuple[str, str]]:
    return [(label(item), answers[item.value]) for item in GateField if item.value in answers]


@router.act(f"{BASE}/requests/{{id}}/{{decision}}", guard=editable_asset)
def decide(req: Req) -> Response:
    """Approve, refuse or revoke."""
    decision = req.path["decision"]
    row = queries.request_of(req.db, req.subject.id, req.path_id())
    if row is None or decision not in actions.DECISIONS:
        raise NotFound(_("There is nothing at this address."))
    reason = str(req.form.get("reason", ""))
    actions.decide(req.db, req.actor, request_id=row.id, decision=decision, reason=reason)
    return req.redirect(here(req.subject, "requests"), flash=_("The decision is recorded."))


@router.page(f"{BASE}/requests.csv", guard=editable_asset)
def export(req: Req) -> Response:
    """Every move of every request, as CSV for spreadsheets, at most 20,000 lines."""
    header = [
        _("Time (Beijing)"), _("Request"), _("Reader"), _("Member name"), _("State"), _("By"), _("Reason"),
        _("SHA-256 of the accepted terms"), *(label(item) for item in GateField),
    ]  # fmt: skip
    lines = (
        [
            f"{shanghai(row.at):%Y-%m-%d %H:%M:%S}", str(row.request_id), row.reader, row.reader_namespace,
            label(row.state), row.actor_name or _("the system"), row.reason, row.terms_sha256,
            *(row.answers.get(item.value, "") for item in GateField),
        ]
        for row in queries.log_of(req.db, req.subject.id, MAX_LOG)
    )  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="access-log.csv"'}
    return Response(to_csv(header, lines), media_type="text/csv; charset=utf-8", headers=headers)


def panel(req: Context, asset: Any) -> Markup | str:
    """On a gated asset's page: the way to the files; for publishers, what waits."""
    if not asset.gated:
        return ""
    own = can_edit(req.actor, asset.namespace_id)
    passes = own or (not req.actor.is_anonymous and queries.may_pass(req.db, req.actor, asset.id))
    waiting = queries.waiting(req.db, asset.id) if own else 0
    return draw("gates/_panel.html", here_url=here(asset), own=own, passes=passes, waiting=waiting)


PANELS.register("gate", 5, panel)
