"""Pages of benchmarks that need no evaluation: the list, closing and reopening.

A benchmark's own page shows quota, submissions and the board, which only ``registry.evaluation`` knows: it is there.
"""

from urllib.parse import quote

from fastapi.responses import Response

from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public
from portal.kit.sheets import MOST_ROWS, csv_file, minute
from registry.benchmarks import actions, queries
from registry.benchmarks.guards import Bench, owned
from registry.versions.models import SubmissionKind

router = Doors()
ACCEPTED = (SubmissionKind.predictions, SubmissionKind.program, SubmissionKind.model)


def _wanted(req: Context) -> tuple[str, str]:
    """The kind of submission and the words in the address; what is none counts as absent."""
    accepts = req.query.get("accepts", "")
    known = accepts if accepts in {kind.value for kind in ACCEPTED} else ""
    return known, req.query.get("q", "").strip()[:100]


@router.page("/benchmarks", guard=public)
def index(req: Req) -> Response:
    """The benchmarks anyone may submit to, newest first."""
    known, words = _wanted(req)
    page = queries.page_of(
        req.db,
        req.actor,
        accepts=known or None,
        words=words,
        after=req.query.get("after"),
        before=req.query.get("before"),
    )
    return req.page(
        "benchmarks/list.html",
        block="results",
        page=page,
        kinds=ACCEPTED,
        accepts=known,
        words=words,
        filtered=bool(known or words),
    )


@router.page("/benchmarks.csv", guard=public)
def table(req: Req) -> Response:
    """The same list as a table."""
    known, words = _wanted(req)
    header = (
        "benchmark", "title", "title_en", "owner", "version", "accepts", "runtime", "ranked_by", "higher_is_better",
        "published", "closed",
    )  # fmt: skip
    lines = [
        (
            f"{row.namespace}/{row.name}", row.title, row.title_en, row.owner, row.number, " ".join(row.accepts),
            row.runtime, row.metric_en, row.higher_is_better, minute(row.created_at), minute(row.closed_at),
        )
        for row in queries.page_of(req.db, req.actor, accepts=known or None, words=words, size=MOST_ROWS)
    ]  # fmt: skip
    return csv_file("benchmarks.csv", header, lines)


@router.act("/benchmarks/{ns}/{name}/close", guard=owned)
def close(req: Req) -> Response:
    """Take no further evaluations."""
    bench: Bench = req.subject
    reason = str(req.form.get("reason") or "").strip()[:1000]
    actions.close(req.db, req.actor, bench.benchmark, bench.asset, reason=reason)
    return req.redirect(bench.url, flash=_("The benchmark is closed."))


@router.act("/benchmarks/{ns}/{name}/reopen", guard=owned)
def reopen(req: Req) -> Response:
    """Take evaluations again."""
    bench: Bench = req.subject
    actions.reopen(req.db, req.actor, bench.benchmark, bench.asset)
    return req.redirect(bench.url, flash=_("The benchmark is open again."))


@router.act("/benchmarks/{ns}/{name}/publish-labels", guard=owned)
def publish_labels(req: Req) -> Response:
    """Open all files of one version, for good."""
    bench: Bench = req.subject
    reason = str(req.form.get("reason") or "").strip()[:1000]
    actions.publish_labels(req.db, req.actor, bench.benchmark, bench.asset, reason=reason)
    page = f"{bench.url}?version={quote(bench.version.number, safe='')}"
    return req.redirect(
        page, flash=_("The labels are public. Results on this version can be reproduced by anybody.")
    )
