"""The certifiers' pages: what waits, the form with one row per criterion, decisions."""

from typing import Any

from fastapi.responses import Response

from portal.kit.errors import Conflict, Invalid, NotFound, Refusal, TooLarge
from portal.kit.forms import Parsed, clean, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from registry.certification import guards, shown
from registry.certification.actions import assessing, common, deciding
from registry.certification.actions.assessing import MAX_EVIDENCE, Answer
from registry.certification.forms import DecisionInput
from registry.certification.models import OPEN, CertificateState, CriterionKind, Level, Verdict
from registry.certification.queries import certificates as queries
from registry.certification.views.public import show

router = Doors()
TABS = {"": OPEN, "suspended": (CertificateState.suspended,), "granted": (CertificateState.granted,)}


@router.page("/certificates/queue", guard=guards.desk)
def queue(req: Req) -> Response:
    """What certifiers have before them, the nearest deadline first."""
    tab = req.query.get("tab", "")
    tab = tab if tab in TABS else ""
    page = queries.queue(req.db, TABS[tab], after=req.query.get("after"), before=req.query.get("before"))
    titles = {"": _("Under way"), "suspended": _("Suspended"), "granted": _("Certificates in force")}
    return req.page(
        "certification/queue.html",
        page=page,
        rows=[(row, shown.title(row, req.locale)) for row in page],
        me=req.actor.id,
        tabs=[
            (titles[name], req.url_with(tab=name or None, after=None, before=None), name == tab)
            for name in TABS
        ],
    )


@router.page("/certificates/{id}/assess", guard=guards.assessed)
def form(req: Req) -> Response:
    """One row per criterion, then the decision."""
    return _form(req)


def _form(
    req: Context,
    *,
    errors: dict[str, str] | None = None,
    refusal: Refusal | None = None,
    typed: Any = None,
    sent: str = "",
) -> Response:
    """``typed``: what was sent by which form (``assess``, ``grant``, ``refuse``), to be shown again."""
    row = req.subject
    certificate = common.locked(req.db, row.id)
    version, asset, _namespace = common.subject(req.db, certificate)
    part = common.has_part(req.db, req.actor, version, asset, row.requested_by)
    items = shown.criteria(req, row)
    for item in items:
        _as_typed(item, typed if sent == "assess" else None)
    return req.page(
        "certification/assess.html",
        status=refusal.status if refusal else 422 if errors else 200,
        row=row,
        here_url=common.url(row.id),
        title=shown.title(row, req.locale),
        items=items,
        kinds=CriterionKind,
        verdicts=[(each.value, label(each)) for each in Verdict],
        levels=[(each.value, label(each)) for each in (Level if not row.executable_format else [Level.pilot])],
        missing=[
            (label(level), [each.title(req.locale) for each in deciding.missing(req.db, certificate, level)])
            for level in Level
        ],
        errors=errors or {},
        refusal=refusal,
        part=part,
        assessing=row.state is CertificateState.assessing,
        typed=typed or {},
        sent=sent,
        labels={
            **{f"n-{item['code']}": item["title"] for item in items},
            "reason": _("Reason"), "scope": _("Scope"), "level": _("Level"),
        },
    )  # fmt: skip


def _as_typed(item: dict[str, Any], typed: Any) -> None:
    """What the fields of a criterion show: what was typed, else what is kept."""
    code, measured = item["code"], item["measured"]
    shows = {
        "chosen": item["verdict"].value, "number": f"{measured:g}" if measured is not None else "",
        "ticked": item["accepted"],
    }  # fmt: skip
    if typed is not None:
        shows = {
            "chosen": str(typed.get(f"v-{code}", shows["chosen"])),
            "number": str(typed.get(f"m-{code}", ""))[:40],
            "ticked": bool(typed.get(f"a-{code}")),
            "note": clean(str(typed.get(f"n-{code}", ""))),
        }
    item.update(shows)


def _number(text: str, name: str, errors: dict[str, str]) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text[:40])
    except ValueError:
        value = float("nan")
    if not 0 <= value <= 1e12:
        errors[name] = _("Please enter a number.")
        return None
    return value


def _answers(form: Any, items: list[dict[str, Any]], errors: dict[str, str]) -> dict[str, Answer]:
    found = {}
    for item in items:
        code = item["code"]
        verdict = str(form.get(f"v-{code}", ""))
        found[code] = Answer(
            verdict=Verdict(verdict) if verdict in set(Verdict) else None,
            measured=_number(str(form.get(f"m-{code}", "")), f"n-{code}", errors),
            note=clean(str(form.get(f"n-{code}", ""))),
            accepted=bool(form.get(f"a-{code}")),
        )
    return found


@router.act("/certificates/{id}/assess", guard=guards.assessed)
def save(req: Req) -> Response:
    """Write the findings down."""
    errors: dict[str, str] = {}
    answers = _answers(req.form, shown.criteria(req, req.subject), errors)
    if errors:
        return _form(req, errors=errors, typed=req.form, sent="assess")
    try:
        with req.db.begin_nested():
            assessing.assess(req.db, req.actor, certificate_id=req.subject.id, answers=answers)
    except Invalid as refusal:
        return _form(req, errors=dict(refusal.fields), typed=req.form, sent="assess")
    return req.redirect(f"{common.url(req.subject.id)}/assess", flash=_("Saved."))


@router.act("/certificates/{id}/grant", guard=guards.assessed)
def grant(req: Req) -> Response:
    """Certify."""
    parsed: Parsed[DecisionInput] = parse(DecisionInput, req.form)
    if parsed.model is None:
        return _form(req, errors=parsed.errors, typed=req.form, sent="grant")
    try:
        with req.db.begin_nested():
            deciding.grant(req.db, req.actor, certificate_id=req.subject.id, given=parsed.model)
    except (Invalid, Conflict) as refusal:
        return _form(req, refusal=refusal, typed=req.form, sent="grant")
    return req.redirect(common.url(req.subject.id), flash=_("The certificate was granted."))


@router.act("/certificates/{id}/evidence", guard=guards.for_member)
def attach(req: Req) -> Response:
    """Bring a file as evidence. What is refused is drawn again with the criterion that was chosen; a browser keeps no
    file."""
    code = str(req.form.get("code", ""))
    try:
        with req.db.begin_nested():
            _attach(req, code)
    except (Invalid, Conflict, TooLarge) as refusal:
        return show(req, refusal=refusal, sent="evidence", typed={"code": code})
    return req.redirect(common.url(req.subject.id), flash=_("The evidence was added."))


def _attach(req: Context, code: str) -> None:
    files = [each for each in req.files("file") if each.filename]
    if not files:
        why = _("Please choose a file.")
        raise Invalid(why, fields={"file": why})
    data = files[0].file.read(MAX_EVIDENCE + 1)
    assessing.attach(
        req.db,
        req.actor,
        certificate_id=req.subject.id,
        code=code,
        filename=files[0].filename or "",
        data=data,
    )


@router.act("/certificates/{id}/{verb}", guard=guards.assessed)
def act(req: Req) -> Response:
    """``take``, ``refuse``, ``suspend``, ``lift``, ``revoke``: the last four with a reason."""
    key, verb = req.subject.id, req.path["verb"]
    reason = clean(str(req.form.get("reason", "")))
    if verb == "take":
        assessing.take(req.db, req.actor, certificate_id=key)
        return req.redirect(f"{common.url(key)}/assess", flash=_("You have it in hand."))
    verbs = {
        "refuse": deciding.refuse, "suspend": deciding.suspend, "lift": deciding.lift, "revoke": deciding.revoke,
    }  # fmt: skip
    if verb not in verbs:
        raise NotFound(_("There is nothing at this address."))
    try:
        with req.db.begin_nested():
            verbs[verb](req.db, req.actor, certificate_id=key, reason=reason)
    except (Invalid, Conflict) as refusal:
        draw = _form if verb == "refuse" else show
        return draw(req, refusal=refusal, sent=verb, typed={"reason": reason})
    return req.redirect(common.url(key), flash=_("The decision is recorded."))
