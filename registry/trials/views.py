"""Pages of trials: the form of a version, and the answer for whoever asked."""

from collections.abc import AsyncIterator
from typing import Any

from anyio import to_thread
from fastapi.responses import Response, StreamingResponse
from markupsafe import Markup

from portal.kit.clock import monotonic, now, shanghai
from portal.kit.db import transaction
from portal.kit.errors import Invalid, NotFound, Refusal
from portal.kit.events import ticks
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, admitted
from portal.kit.storage import get_store
from portal.kit.templates import render
from portal.settings import get_settings
from registry.assets.fragments import draw
from registry.assets.models import EXECUTABLE
from registry.assets.panels import DOORS
from registry.trials import actions, answers, policy, queries
from registry.trials.forms import TEXTS
from registry.trials.guards import asking, own_trial
from registry.trials.interface import ENDINGS, Interface, Parameter, described
from registry.trials.offers import TRIED, Offer, offer_of
from registry.trials.requests import ask_for
from registry.versions.addresses import address
from registry.versions.guards import readable_version
from registry.versions.models import SubmissionKind, VersionState
from registry.versions.panels import PANELS
from registry.versions.policy import can_see_hidden
from registry.versions.serving import SANDBOX, disposition, file_response

router = Doors()
BASE = "/assets/{ns}/{name}/versions/{number}/try"
ONE = "/trials/{id}"
LONGEST_S = 900.0
LATELY_DAYS = 30
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.page(BASE, guard=readable_version)
def form(req: Req) -> Response:
    """The form made from the interface, or why there is none."""
    return _form(req, req.subject, offer_of(req, req.subject))


@router.act(BASE, guard=asking)
def ask(req: Req) -> Response:
    """Queue a trial with what was typed, chosen, or with the sample alone."""
    version = req.subject
    offer = offer_of(req, version)
    sample = bool(req.form.get("sample"))
    typed = {} if sample else {key: value for key, value in req.form.items() if isinstance(value, str)}
    try:
        trial = ask_for(req, version, offer, *_given(req, offer.interface, typed, sample=sample))
    except Invalid as refusal:
        return _form(req, version, offer, typed=typed, errors=dict(refusal.fields), refusal=refusal)
    except Refusal as refusal:
        return _form(req, version, offer, typed=typed, refusal=refusal)
    return req.redirect(f"/trials/{trial.id}")


def _given(
    req: Req, interface: Interface | None, typed: dict[str, str], *, sample: bool
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Settings and inputs of the form; a chosen file counts before typed text."""
    if interface is None or sample:
        return {}, {}
    settings: dict[str, Any] = {
        each.name: typed.get(f"p-{each.name}", "0" if each.type == "flag" else "")
        for each in interface.parameters
    }
    inputs = {}
    for one in interface.inputs:
        chosen = req.files(f"i-{one.name}")
        if chosen:
            inputs[one.name] = chosen[0].file.read(one.max_kb * 1024 + 1)
        elif one.kind in TEXTS and typed.get(f"t-{one.name}", "").strip():
            inputs[one.name] = typed[f"t-{one.name}"].encode()
    return settings, inputs


def _form(
    req: Context,
    version: Any,
    offer: Offer,
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    interface, actor = offer.interface, req.actor
    mine = queries.newest_of(req.db, actor.id, version.id) if actor.id is not None else []
    used = queries.mine_today(req.db, actor.id, actions.midnight()) if actor.id is not None else 0
    status = Invalid.status if isinstance(refusal, Invalid) else refusal.status if refusal else 200
    return req.page(
        "trials/form.html",
        status=status,
        version=version,
        here_url=address(version),
        offer=offer,
        fields=[_field(each, typed) for each in interface.parameters] if interface else [],
        inputs=[_input(each, typed) for each in interface.inputs] if interface else [],
        labels=_labels(interface) if interface else {},
        one_press=interface is not None and interface.sampled,
        errors=errors or {},
        refusal=refusal,
        mine=mine,
        left=max(0, get_settings().trials_per_day - used),
        limits=policy.LIMITS,
        keep_h=get_settings().trials_keep_h,
        counts=_counts(req, version),
    )


def _labels(interface: Interface) -> dict[str, str]:
    found = {f"p-{each.name}": each.words for each in interface.parameters}
    return found | {f"i-{each.name}": each.words for each in interface.inputs}


def _field(each: Parameter, typed: dict[str, str] | None) -> dict[str, Any]:
    """A setting as ``authoring/_fields.html`` draws it."""
    given = typed.get(f"p-{each.name}") if typed else None
    value = given if given is not None else each.default
    bounds = _bounds(each)
    hint = " ".join(part for part in (each.said, bounds) if part)
    return {
        "name": f"p-{each.name}",
        "label": f"{each.words} ({each.unit})" if each.unit else each.words,
        "kind": {"text": "word"}.get(each.type, each.type),
        "value": value if each.type != "flag" or typed is None else bool(given),
        "options": [(choice.value, choice.words) for choice in each.choices],
        "hint": hint or None,
        "required": each.default is None,
    }


def _bounds(each: Parameter) -> str:
    if each.min is not None and each.max is not None:
        return _("From %(low)s to %(high)s.", low=f"{each.min:g}", high=f"{each.max:g}")
    if each.min is not None:
        return _("At least %(bound)s.", bound=f"{each.min:g}")
    return _("At most %(bound)s.", bound=f"{each.max:g}") if each.max is not None else ""


def _input(each: Any, typed: dict[str, str] | None) -> dict[str, Any]:
    return {
        "name": each.name,
        "label": each.words,
        "typed": each.kind in TEXTS,
        "text": (typed or {}).get(f"t-{each.name}", ""),
        "accept": ",".join(ENDINGS[each.kind]),
        "kb": each.max_kb,
        "columns": each.columns,
        "sample": each.sample,
    }


def _counts(req: Context, version: Any) -> Any:
    """How often the version was tried, for its publishers alone; nothing of who and with what."""
    if not can_see_hidden(req.actor, version.namespace_id):
        return None
    since = shanghai(now()).date().toordinal() - LATELY_DAYS
    return queries.tried(req.db, version.id, shanghai(now()).date().fromordinal(since))


# -- the answer --------------------------------------------------------------------------------------------------------


@router.page(ONE, guard=own_trial)
def page(req: Req) -> Response:
    """The state, and the answer once it is there."""
    row = req.subject
    return req.page("trials/trial.html", **_values(row), outputs=answers.outputs(row, req.query))


def _values(row: Any) -> dict[str, Any]:
    return {
        "trial": row,
        "here_url": f"/trials/{row.id}",
        "version_url": address(row),
        "live": answers.is_live(row),
        "failure": answers.reason(row),
        "settings": _settings(row),
        "keep_h": get_settings().trials_keep_h,
    }


def _settings(row: Any) -> list[tuple[str, Any]]:
    known = {each.name: each for each in Interface.model_validate(row.interface).parameters}
    return [
        (known[name].words, known[name].shown(value))
        for name, value in row.parameters.items()
        if name in known
    ]


@router.act(f"{ONE}/cancel", guard=own_trial)
def cancel(req: Req) -> Response:
    """End a trial that is not over."""
    actions.cancel(req.db, req.actor, trial_id=req.subject.id)
    return req.redirect(f"/trials/{req.subject.id}", flash=_("The trial was cancelled."))


@router.stream(f"{ONE}/events", guard=own_trial)
async def events(req: Req) -> StreamingResponse:
    """The state again whenever it changes; ``end`` once the trial is over."""
    row = await admitted(req, own_trial)
    return StreamingResponse(_drawn(req, row.id), media_type="text/event-stream", headers=HEADERS)


async def _drawn(req: Context, trial_id: Any) -> AsyncIterator[str]:
    before, began = "", monotonic()
    yield "retry: 2000\n\n"
    async for _tick in ticks(actions.topic(trial_id)):
        html, live = await to_thread.run_sync(_draw, req, trial_id)
        if html != before:
            before = html
            yield "".join(f"data: {line}\n" for line in html.splitlines()) + "\n"
        if not live:
            yield "event: end\ndata:\n\n"
            return
        if monotonic() - began > LONGEST_S:
            return


def _draw(req: Context, trial_id: Any) -> tuple[str, bool]:
    with transaction() as db:
        row = queries.own(db, req.actor.id, trial_id) if req.actor.id is not None else None
    if row is None:
        return "", False
    values = _values(row)
    return render(req.request, "trials/trial.html", "state", req.actor, values), bool(values["live"])


@router.page(f"{ONE}/outputs/{{n}}/file", guard=own_trial)
def download(req: Req) -> Response:
    """An output as the program left it, as an attachment."""
    return file_response(req.request, answers.output_file(req.subject, req.path["n"]))


@router.page(f"{ONE}/outputs/{{n}}/table.csv", guard=own_trial)
def table(req: Req) -> Response:
    """The rows of a table that can be looked at, of all pages; cells that begin like formulas are marked as text."""
    number = req.path["n"]
    data = answers.table_csv(req.subject, int(number)) if number in req.subject.files else None
    if data is None:
        raise NotFound(_("There is no such file."))
    headers = {
        "Content-Disposition": disposition("attachment", f"output-{number}.csv"),
        "Cache-Control": "no-store",
    }
    return Response(data, media_type="text/csv; charset=utf-8", headers=headers)


@router.page(f"{ONE}/outputs/{{n}}/picture", guard=own_trial)
def picture(req: Req) -> Response:
    """A picture, encoded anew by the reader. What the program wrote is only ever sent as an attachment."""
    digest = answers.picture_digest(req.subject, req.path["n"])
    if digest is None:
        raise NotFound(_("There is no such file."))
    with get_store().open(digest) as stored:
        data = stored.read()
    headers = {
        "Content-Security-Policy": SANDBOX,
        "Cache-Control": "private, no-cache",
        "ETag": f'"{digest}"',
    }
    return Response(data, media_type="image/png", headers=headers)


def version_panel(req: Context, version: Any) -> Markup | str:
    """On the page of a program's or model's version: the way to the form, or why there is none."""
    if version.submission not in TRIED or version.state not in {VersionState.published, VersionState.yanked}:
        return ""
    offer = offer_of(req, version)
    counts = _counts(req, version)
    return draw(
        "trials/_panel.html", offer=offer, here_url=address(version), counts=counts, kind=label(version.kind)
    )


def asset_door(req: Context, asset: Any) -> Markup | str:
    """In the head of an asset's page: the way to the form of its newest version, where there is likely to be one."""
    if asset.kind not in EXECUTABLE or asset.gated or not asset.latest_version:
        return ""
    newest = queries.newest_version(req.db, asset.id)
    if newest is None or newest.executable_format or newest.submission not in TRIED:
        return ""
    told = described(newest.manifest) if newest.manifest else None
    program = newest.submission is SubmissionKind.program
    if (program and (told is None or told.interface is None)) or not get_settings().trials_per_day:
        return ""
    return draw("trials/_door.html", url=f"{address(newest, asset.namespace, asset.name)}/try")


PANELS.register("try", 8, version_panel)
DOORS.register("try", 1, asset_door)
