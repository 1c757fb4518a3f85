"""Scores by region and slice as JSON."""

from portal.kit.answers import problems
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from registry.evaluation.api.schemas import CellOut, CellsOut
from registry.evaluation.cells import every_line, withheld
from registry.evaluation.guards import Seen, readable
from registry.evaluation.queries import lists

router = Doors()
SCORE = (
    "value", "low", "high", "difference", "difference_low", "difference_high", "drop", "drop_low", "drop_high",
)  # fmt: skip


@router.api(
    "GET",
    "/api/v1/evaluations/{id}/cells",
    guard=scope("read", readable),
    response_model=CellsOut,
    responses=problems(404),
    summary="Scores by region and slice",
    tags=["evaluations"],
)
def cells(req: Req) -> CellsOut:
    """Every metric over every region and slice of the benchmark that you may see."""
    seen: Seen = req.subject
    result = lists.result(req.db, seen.row.id)
    made = result is not None and result.cells_at is not None
    found = []
    for metric, one, line, least in every_line(req.db, req.actor, seen, result):
        score = line.score
        found.append(
            CellOut(
                dimension=one.name,
                key=line.cell.key,
                parent=line.cell.parent,
                title=line.title,
                items=line.cell.item_count if line.cell.item_count >= least else None,
                metric=metric.name,
                weakest=score is not None and score.is_weakest,
                note=withheld(line, least, made=made),
                **({name: getattr(score, name) for name in SCORE} if score is not None else {}),
            )
        )
    return CellsOut(made=made, cells=found)
