"""Pages of the flow: the list of steps, one form per step, the YAML itself, and the preview."""

import sys
from collections.abc import Mapping
from typing import Any

from fastapi.responses import Response

from portal.accounts import queries as accounts
from portal.kit.errors import Invalid, NotFound, Refusal
from portal.kit.forms import clean, parse
from portal.kit.i18n import _
from portal.kit.markdown import markdown
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from registry.authoring import actions, manifests
from registry.authoring.drafts import TASKS, Draft, load, own_draft, task_list
from registry.authoring.manifests import get
from registry.authoring.scorers import KINDS, ScorerInput
from registry.authoring.steps import BY_KEY, STEPS, Entry, Rows, Step
from registry.benchmarks.actions import examine
from registry.benchmarks.digests import LABELS, MANIFEST
from registry.benchmarks.guards import Bench
from registry.benchmarks.reading import MAX_YAML, NotReadableError, read_yaml
from registry.dryruns import queries as dryruns
from registry.evaluation.views.benchmark import page_values
from registry.sandbox.runtimes import default_names
from registry.versions import queries as versions
from registry.versions.addresses import address
from registry.versions.digests import rehearsed

router = Doors()
BASE = "/assets/{ns}/{name}/versions/{number}/author"
OWN_PAGE = {
    "texts": "texts",
    "data": "data",
    "scorer": "scorer",
    "reference": "reference",
    "metrics": "rows",
    "items": "rows",
}
RUNS = ("geo", "base")
"""Families of runtimes in which submissions and scorers run."""


@router.page(BASE, guard=own_draft)
def overview(req: Req) -> Response:
    """The steps with what is complete and what is missing, and the way to the dry run and to publication."""
    draft = load(req, req.subject)
    here = address(draft.version)
    files = [(row.path, row.sha256) for row in draft.files.values()]
    return req.page(
        "authoring/overview.html",
        **_common(draft),
        steps=task_list(draft, here),
        general=draft.faults.get("form", ""),
        run=dryruns.newest(req.db, draft.version.id),
        ready=draft.version.rehearsed_digest == rehearsed(files),
    )


def _common(draft: Draft) -> dict[str, Any]:
    return {"version": draft.version, "here_url": address(draft.version), "draft": draft}


def _step(req: Context) -> Step:
    found = BY_KEY.get(req.path["step"])
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


@router.page(BASE + "/{step}", guard=own_draft)
def form(req: Req) -> Response:
    """The form of one step; without a manifest that can be read, the YAML itself."""
    step, draft = _step(req), load(req, req.subject)
    if draft.problem:
        return req.redirect(f"{address(draft.version)}/author/raw/yaml", flash=draft.problem, level="warn")
    return _show(req, draft, step)


@router.act(BASE + "/{step}", guard=own_draft)
def save(req: Req) -> Response:
    """Write what the form says; errors stand beside the fields and nothing is written."""
    step, draft = _step(req), load(req, req.subject)
    draft.values = manifests.patched(draft.values, step, req.form)
    draft.faults = manifests.faults(draft.values)
    errors = manifests.of_step(step, draft.faults)
    files = _task_texts(req, draft, errors) if step.key == "texts" else {}
    if errors:
        return _show(req, draft, step, errors=errors, texts=files)
    try:
        actions.write_manifest(
            req.db, req.actor, version_id=draft.version.id, values=draft.values, files=files
        )
    except Refusal as refusal:
        return _show(req, draft, step, errors={"": refusal.message}, texts=files)
    return req.redirect(_next(draft, step), flash=_("Saved."))


def _next(draft: Draft, step: Step) -> str:
    """After a step that needs files the same page; else the list."""
    here = f"{address(draft.version)}/author"
    return f"{here}/{step.key}" if step.folders else here


def _task_texts(req: Context, draft: Draft, errors: dict[str, str]) -> dict[str, str]:
    """The task texts of the form, by path."""
    found: dict[str, str] = {}
    for language in TASKS:
        text = clean(str(req.form.get(f"text.{language}") or "")).strip()
        found[draft.task_path(language)] = text + "\n" if text else ""
        if not text:
            errors[f"text.{language}"] = _("Please fill this in.")
    manifests.put(draft.values, "task", {name: draft.task_path(name) for name in TASKS})
    return found


def _show(
    req: Context,
    draft: Draft,
    step: Step,
    *,
    errors: Mapping[str, str] | None = None,
    texts: Mapping[str, str] | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response:
    given = dict(errors or {})
    index = STEPS.index(step)
    return req.page(
        f"authoring/{OWN_PAGE.get(step.key, 'step')}.html",
        status=422 if given else 200,
        **_common(draft),
        step=step,
        number=index + 1,
        total=len(STEPS),
        errors=_placed(step, given),
        fields=[_field(entry, draft.values) for entry in step.entries],
        rows=_rows(draft.values, step.rows) if step.rows is not None else [],
        columns=manifests.item_columns(draft.values),
        texts={
            name: (texts or {}).get(draft.task_path(name), draft.task_text(name))
            if texts
            else draft.task_text(name)
            for name in TASKS
        },
        labels=[(row.path, row.path) for row in draft.below(LABELS) if row.path.endswith(".csv")],
        templates=[(name, _(kind.title)) for name, kind in KINDS.items()],
        typed=dict(typed or {}),
    )


def _placed(step: Step, errors: Mapping[str, str]) -> dict[str, str]:
    """Errors by field: what is wrong inside of a list stands beside the list's field."""
    names = [entry.name for entry in step.entries]
    found: dict[str, str] = {}
    for place, text in errors.items():
        name = next((name for name in names if place == name or place.startswith(f"{name}.")), place)
        found.setdefault(name, text)
    return found


def _field(entry: Entry, values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    value = get(values, entry.name)
    if entry.kind == "lines":
        value = "\n".join(str(item) for item in value) if isinstance(value, list) else value
    options = [(key, _(text)) for key, text in entry.options]
    if entry.name.endswith("runtime"):
        known = [name for name in default_names(sys.version_info.minor) if name.startswith(RUNS)]
        options = [(name, name) for name in dict.fromkeys([*known, *([value] if value else [])])]
    return {
        "name": prefix + entry.name,
        "kind": entry.kind,
        "label": _(entry.label),
        "hint": _(entry.hint) if entry.hint else None,
        "required": entry.required,
        "options": options,
        "value": f"{value:g}" if entry.kind == "number" and isinstance(value, float) else value,
    }


def _rows(values: Mapping[str, Any], rows: Rows) -> list[dict[str, Any]]:
    """The fields of every entry of a list, and of one more to be filled in."""
    old = manifests.rows_of(values, rows)
    beginning = {"aggregate": "mean", "primary": not old} if rows.key == "metrics" else {}
    shown = []
    for number, row in enumerate([*old, beginning]):
        prefix = f"{rows.key}.{number}."
        shown.append(
            {
                "number": number,
                "name": row.get("name", ""),
                "new": number == len(old),
                "fields": [_field(entry, row, prefix) for entry in rows.entries],
            }
        )
    return shown


@router.act(BASE + "/scorer/template", guard=own_draft)
def template(req: Req) -> Response:
    """Write a scoring program, its metrics and a perfect reference from a template."""
    draft = load(req, req.subject)
    parsed = parse(ScorerInput, req.form)
    here = f"{address(draft.version)}/author"
    if parsed.model is None:
        return _show(req, draft, BY_KEY["scorer"], errors=parsed.errors, typed=parsed.values)
    actions.make_scorer(
        req.db, req.actor, version_id=draft.version.id, values=draft.values, given=parsed.model
    )
    return req.redirect(
        f"{here}/scorer", flash=_("The scoring program, the metrics and the reference were written.")
    )


@router.act(BASE + "/texts/preview", guard=own_draft)
def text_preview(req: Req) -> Response:
    """A task text as the page will show it, while it is written."""
    language = "en" if req.query.get("language") == "en" else "zh"
    text = clean(str(req.form.get(f"text.{language}") or ""))
    return req.html(str(markdown(text)))


@router.page(BASE + "/raw/yaml", guard=own_draft)
def raw(req: Req) -> Response:
    """``benchmark.yaml`` itself, with everything that is wrong with it."""
    draft = load(req, req.subject)
    return _raw(req, draft, draft.text, {"text": draft.problem} if draft.problem else {}, status=200)


@router.act(BASE + "/raw/yaml", guard=own_draft)
def save_raw(req: Req) -> Response:
    """Keep the text as it was typed, comments and all; refuses what is no map of plain values."""
    draft = load(req, req.subject)
    text = clean(str(req.form.get("text") or "")).rstrip() + "\n"
    try:
        if len(text.encode()) > MAX_YAML:
            raise NotReadableError(_("The file is larger than %(kb)s KiB.", kb=MAX_YAML // 1024))
        draft.values = read_yaml(text.encode())
    except NotReadableError as error:
        return _raw(req, draft, text, {"text": str(error)}, status=422)
    try:
        actions.write(req.db, req.actor, version_id=draft.version.id, files={MANIFEST: text})
    except Invalid as refusal:
        return _raw(req, draft, text, {"text": refusal.message}, status=422)
    return req.redirect(f"{address(draft.version)}/author/raw/yaml", flash=_("Saved."))


def _raw(req: Context, draft: Draft, text: str, errors: dict[str, str], *, status: int) -> Response:
    return req.page(
        "authoring/yaml.html", status=status, **_common(draft), text=text, errors=errors, faults=draft.faults
    )


@router.page(BASE + "/show/preview", guard=own_draft)
def preview(req: Req) -> Response:
    """The benchmark's page as it will be; what is missing where it cannot be drawn yet."""
    found = versions.plain(req.db, req.subject.id)
    here = f"{address(req.subject)}/author"
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    version, asset, slug = found
    try:
        benchmark, _manifest = examine(req.db, version)
    except NotReadableError as error:
        return req.redirect(here, flash=_("No preview yet: %(reason)s", reason=str(error)), level="warn")
    bench = Bench(benchmark, asset, accounts.namespace(req.db, slug), version)
    return req.page("benchmarks/detail.html", **{**page_values(req, bench), "owner": False, "preview": here})
