"""JSON doors of dry runs."""

import datetime as dt
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from portal.kit.answers import problems
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from registry.dryruns import actions
from registry.dryruns.standing import own_benchmark, standing
from registry.versions.addresses import address

router = Doors()
BASE = "/api/v1/assets/{ns}/{name}/versions/{number}/dry-run"
TAGS: list[Any] = ["benchmarks"]


class CaseAnswer(BaseModel):
    """One case: what was tried, what it must end in, and what happened."""

    name: str
    title: str
    state: str = Field(description="waiting, running, passed, failed or skipped")
    expected: str
    got: str = Field(description="in words; empty while it is not over")
    code: str = Field(description="done, or a failure code")
    score: float | None
    reason: str
    advice: str
    seconds: float


class DryRunAnswer(BaseModel):
    """The newest dry run of a version of a benchmark."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01938f6e-7a10-7c3e-9d2b-3f6f0c2a9b11",
                    "version": "planning-lab/house-prices@1.0.0",
                    "state": "passed",
                    "ready": True,
                    "changed": False,
                    "started_at": "2026-11-25T12:00:00Z",
                    "finished_at": "2026-11-25T12:00:20Z",
                    "failure": "",
                    "cases": [],
                    "url": "/assets/planning-lab/house-prices/versions/1.0.0/dry-run",
                }
            ]
        }
    )

    id: str
    version: str
    state: str = Field(description="queued, running, passed, failed, broken or replaced")
    ready: bool = Field(description="whether the files as they are now may be published")
    changed: bool = Field(description="whether the files have changed since this dry run began")
    started_at: dt.datetime
    finished_at: dt.datetime | None
    failure: str
    cases: list[CaseAnswer]
    url: str


def _answer(req: Req) -> DryRunAnswer:
    version = req.subject
    values = standing(req.db, version)
    run = values["run"]
    if run is None:
        raise NotFound(_("There was no dry run of this version yet."))
    return DryRunAnswer(
        id=str(run.id),
        version=f"{version.namespace}/{version.name}@{version.number}",
        state=run.state.value,
        ready=values["ready"],
        changed=values["changed"],
        started_at=run.created_at,
        finished_at=run.finished_at,
        failure=values["failure"].text if values["failure"] else "",
        cases=[
            CaseAnswer(
                **{**{name: case[name] for name in CaseAnswer.model_fields}, "state": case["state"].value}
            )
            for case in values["cases"]
        ],
        url=f"{address(version)}/dry-run",
    )


@router.api(
    "GET",
    BASE,
    guard=scope("read", own_benchmark),
    response_model=DryRunAnswer,
    responses=problems(401, 403, 404),
    summary="The newest dry run of a benchmark's version",
    tags=TAGS,
)
def one(req: Req) -> DryRunAnswer:
    """State and cases. Only publishers of the benchmark's namespace see it."""
    return _answer(req)


@router.api(
    "POST",
    BASE,
    guard=scope("write", own_benchmark),
    response_model=DryRunAnswer,
    status_code=202,
    responses=problems(401, 403, 404, 409, 422),
    summary="Start a dry run of a benchmark's draft",
    tags=TAGS,
)
def start(req: Req) -> DryRunAnswer:
    """Without a passed dry run a benchmark is not published. The same files again give the one under way."""
    actions.start(req.db, req.actor, version_id=req.subject.id)
    return _answer(req)
