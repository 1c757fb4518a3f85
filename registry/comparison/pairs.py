"""Any two entries of a leaderboard side by side, compared on the items both were scored on."""

from typing import Any

from fastapi.responses import Response

from portal.kit.errors import Invalid
from portal.kit.i18n import _
from portal.kit.ids import parse_id
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, signed_in
from registry.benchmarks import guards
from registry.benchmarks.guards import Bench, shown
from registry.comparison.scores import pair_cells, pair_scores
from registry.evaluation.actions import comparisons
from registry.evaluation.boards import title_of
from registry.evaluation.queries import boards

router = Doors()
OFFERED = 100
PATH = "/benchmarks/{ns}/{name}/leaderboard/compare"


def shown_to_member(req: Context) -> Bench:
    """The benchmark, for somebody who is signed in: a comparison costs computing time."""
    signed_in(req)
    return guards.benchmark(req)


@router.page(PATH, guard=shown)
def compare(req: Req) -> Response:
    """The choice of two entries, and what is known of the pair chosen."""
    bench: Bench = req.subject
    first, second = _chosen(req, bench, req.query.get("first", ""), req.query.get("second", ""))
    offered = boards.page(req.db, bench.benchmark.id, size=OFFERED).rows
    # An entry beyond the first hundred stays in the choice once it was chosen (by a link).
    more = [row for row in (first, second) if row and row.position > OFFERED]
    scores = pair_scores(req.db, first.result_id, second.result_id) if first and second else []
    regions = _regions(req, bench, first, second) if scores else []
    return req.page(
        "comparison/pair.html",
        bench=bench,
        language="en" if req.locale == "en" else "zh",
        options=[
            (row.evaluation_id, f"{row.rank} · {title_of(row, req.locale)}") for row in [*offered, *more]
        ],
        first=first,
        second=second,
        names=[title_of(row, req.locale) for row in (first, second) if row],
        same=first is not None and first is second,
        scores=scores,
        regions=regions,
        least=(bench.benchmark.manifest.get("item_table") or {}).get("least"),
        compared=any(line.paired is not None for line in scores),
        here_url=_address(bench, first, second),
    )


def _regions(req: Context, bench: Bench, first: Any, second: Any) -> list[Any]:
    return pair_cells(
        req.db, req.actor, bench.benchmark, bench.asset.namespace_id, first.result_id, second.result_id
    )


@router.act(PATH, guard=shown_to_member)
def ask(req: Req) -> Response:
    """Have the pair compared by a worker, unless it was."""
    bench: Bench = req.subject
    first, second = _chosen(req, bench, req.query.get("first", ""), req.query.get("second", ""))
    if first is None or second is None or first is second:
        raise Invalid(_("Choose two different entries of this board."))
    asked = comparisons.ask(req.db, [(first.result_id, second.result_id)])
    text = _("The comparison is being made; look again in a moment.") if asked else _("It was made already.")
    return req.redirect(_address(bench, first, second), flash=text)


def _chosen(req: Context, bench: Bench, *given: str) -> list[Any]:
    """The lines of the board that were chosen, None where nothing was or where it is no line of this board."""
    ids = [parse_id(text) for text in given]
    found = boards.entries(req.db, bench.benchmark.id, [one for one in ids if one])
    return [found.get(one) if one else None for one in ids]


def _address(bench: Bench, first: Any, second: Any) -> str:
    page = f"{bench.url}/leaderboard/compare?version={bench.version.number}"
    return page + "".join(
        f"&{name}={row.evaluation_id}" for name, row in (("first", first), ("second", second)) if row
    )
