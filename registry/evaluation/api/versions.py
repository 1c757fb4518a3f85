"""Versions of a benchmark as JSON."""

from pydantic import BaseModel, ConfigDict, Field

from portal.kit.answers import problems
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from registry.benchmarks.guards import Bench, owned
from registry.evaluation.actions import reruns as actions
from registry.evaluation.actions.reruns import Taken
from registry.evaluation.queries import reruns

router = Doors()
PATH = "/api/v1/benchmarks/{ns}/{name}/re-evaluate"


class TakenOut(BaseModel):
    """How the entries of the version before stand on the latest version of a benchmark."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "benchmark": "planning-lab/house-prices", "version": "2.0.0", "entries": 12, "created": 12,
                    "done": 0, "active": 12, "failed": 0, "unfit": 0, "missing": 0,
                }
            ]
        }
    )  # fmt: skip

    benchmark: str
    version: str
    entries: int = Field(description="entries of the board of the version before")
    created: int = Field(description="evaluations queued by this request")
    done: int
    active: int
    failed: int = Field(description="by their own fault; they are not queued again")
    unfit: int = Field(description="of a kind or runtime the new version does not take")
    missing: int


def _out(bench: Bench, taken: Taken) -> TakenOut:
    counts = {name: getattr(taken, name) for name in TakenOut.model_fields if hasattr(taken, name)}
    return TakenOut(benchmark=bench.full_name, version=bench.version.number, **counts)


@router.api(
    "POST",
    PATH,
    guard=scope("write", owned),
    response_model=TakenOut,
    status_code=202,
    responses=problems(401, 403, 404, 409),
    summary="Evaluate the standing entries on a new version of a benchmark",
    tags=["benchmarks"],
)
def re_evaluate(req: Req) -> TakenOut:
    """Queue the best version of every entry of the version before: low priority, nobody's quota, safe to repeat."""
    bench: Bench = req.subject
    return _out(bench, actions.re_evaluate(req.db, req.actor, benchmark_id=bench.benchmark.id))


@router.api(
    "GET",
    PATH,
    guard=scope("read", owned),
    response_model=TakenOut,
    responses=problems(401, 403, 404),
    summary="How far the re-evaluation of a benchmark is",
    tags=["benchmarks"],
)
def progress(req: Req) -> TakenOut:
    """Counts by what became of the entries of the version before."""
    bench: Bench = req.subject
    old = reruns.before(req.db, bench.benchmark.id)
    if old is None:
        raise NotFound(_("This benchmark has no other version to compare with."))
    return _out(bench, actions.progress(req.db, bench.benchmark, old[0].id))
