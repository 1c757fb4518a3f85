"""The page of one benchmark: task, data, metrics, limits, quota, and the form to submit."""

from typing import Any

from fastapi.responses import Response

from portal.kit.errors import Invalid
from portal.kit.i18n import _, label
from portal.kit.ids import parse_id
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, signed_in
from registry.benchmarks import guards
from registry.benchmarks import policy as benchmark_policy
from registry.benchmarks import queries as benchmark_queries
from registry.benchmarks.guards import Bench, shown
from registry.benchmarks.reading import stored_text
from registry.evaluation import actions
from registry.evaluation.cells import declared
from registry.evaluation.queries import boards, lists, requests
from registry.versions.models import SubmissionKind

router = Doors()
RECENT = 10


def submitting(req: Context) -> Bench:
    """Somebody signed in, on a benchmark they may see."""
    signed_in(req)
    return guards.benchmark(req)


@router.page("/benchmarks/{ns}/{name}", guard=shown)
def detail(req: Req) -> Response:
    """Everything a participant needs to know, and the form to submit."""
    bench: Bench = req.subject
    return req.page("benchmarks/detail.html", **page_values(req, bench))


@router.act("/benchmarks/{ns}/{name}/submit", guard=submitting)
def submit(req: Req) -> Response:
    """Ask for the evaluation of one of my versions; the same version again leads to its standing evaluation."""
    bench: Bench = req.subject
    version_id = parse_id(str(req.form.get("version") or ""))
    if version_id is None:
        values = page_values(req, bench, errors={"version": _("Please choose a version.")})
        return req.page("benchmarks/detail.html", block="submit", status=422, **values)
    try:
        evaluation = actions.request_evaluation(
            req.db, req.actor, version_id=version_id, benchmark_id=bench.benchmark.id
        )
    except Invalid as refusal:
        message = f"{refusal.message} {refusal.hint or ''}".strip()
        values = page_values(req, bench, errors={"version": message}, chosen=str(version_id))
        return req.page("benchmarks/detail.html", block="submit", status=422, **values)
    return req.redirect(
        f"/evaluations/{evaluation.id}", flash=_("Submitted. This page follows the evaluation.")
    )


def page_values(
    req: Context, bench: Bench, *, errors: dict[str, str] | None = None, chosen: str | None = None
) -> dict[str, Any]:
    """All that the page shows; also of a benchmark that is no row yet (the preview of a draft)."""
    benchmark = bench.benchmark
    manifest = benchmark.manifest
    language = "en" if req.locale == "en" else "zh"
    files = benchmark_queries.files_of(req.db, bench.version.id, hidden=False)
    texts = {file.path: file for file in files}
    task = texts.get(manifest["task"][language])
    base = f"/assets/{bench.full_name}/versions/{bench.version.number}/files/"
    return {
        "bench": bench,
        "manifest": manifest,
        "language": language,
        "task_text": stored_text(task.sha256) if task else "",
        "files": [
            {"path": file.path, "size": file.size, "sha256": file.sha256, "href": base + file.path}
            for file in files
            if file.path not in manifest["task"].values()
        ],
        "accepts": [label(SubmissionKind(kind)) for kind in benchmark.accepts],
        "numbers": benchmark_queries.numbers_of(req.db, bench.asset.id),
        "entries": boards.length(req.db, benchmark.id),
        "recent": lists.page_of(req.db, req.actor, benchmark_id=benchmark.id, size=RECENT),
        "dimensions": declared(manifest, owner=benchmark_policy.owns(req.actor, bench.asset.namespace_id)),
        "owner": benchmark_policy.owns(req.actor, bench.asset.namespace_id),
        **_mine(req, bench),
        "errors": errors or {},
        "chosen": chosen or req.query.get("submit"),
    }


def _mine(req: Context, bench: Bench) -> dict[str, Any]:
    """What the reader may submit, and how often still."""
    benchmark = bench.benchmark
    if req.actor.id is None:
        return {"used": None, "submittable": []}
    rows = requests.submittable(req.db, req.actor, benchmark.accepts, benchmark.id)
    evaluated = _("already evaluated")
    return {
        "used": requests.used(req.db, req.actor.id, benchmark.id),
        "submittable": [
            (
                str(row.id),
                f"{row.namespace}/{row.name} {row.number} · {label(row.submission)}"
                + (f" · {evaluated}" if row.standing else ""),
            )
            for row in rows
        ],
    }
