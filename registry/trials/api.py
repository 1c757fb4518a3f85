"""JSON doors of trials."""

import base64
import binascii
import datetime as dt
from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from portal.kit.answers import problems
from portal.kit.errors import Conflict, Invalid
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from registry.trials import actions, answers, queries
from registry.trials.forms import TrialInput
from registry.trials.guards import asking, own_trial
from registry.trials.interface import Interface
from registry.trials.offers import offer_of
from registry.trials.requests import ask_for
from registry.versions.answers import SENT_FILE
from registry.versions.guards import readable_version
from registry.versions.serving import file_response

router = Doors()
BASE = "/api/v1/assets/{ns}/{name}/versions/{number}/trials"
ONE = "/api/v1/trials/{id}"
TAGS: list[Any] = ["trials"]


class OutputAnswer(BaseModel):
    """One declared output."""

    file: str
    title: str
    kind: str = Field(description="table, picture, map or document")
    state: str = Field(
        description="ready; failed or unsupported: it cannot be shown; missing: it was not written"
    )
    reason: str
    size: int
    url: str = Field(description="the file as the program left it; empty where there is none")


class TrialAnswer(BaseModel):
    """A trial, for its asker alone."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "01938f6e-7a10-7c3e-9d2b-3f6f0c2a9b11",
                    "version": "planning-lab/density@1.0.0",
                    "state": "done",
                    "created_at": "2026-11-25T12:00:00Z",
                    "seconds": 1.2,
                    "failure": "",
                    "advice": "",
                    "log_tail": "",
                    "outputs": [],
                    "url": "/trials/01938f6e-7a10-7c3e-9d2b-3f6f0c2a9b11",
                }
            ]
        }
    )

    id: str
    version: str
    state: str = Field(description="queued, running, done, failed, broken or cancelled")
    created_at: dt.datetime
    seconds: float
    failure: str
    advice: str
    log_tail: str
    outputs: list[OutputAnswer]
    url: str


def _answer(row: Any) -> TrialAnswer:
    why = answers.reason(row)
    outputs = [
        OutputAnswer(
            file=each.path,
            title=each.title,
            kind=each.kind,
            state=each.state,
            reason=each.reason,
            size=each.size,
            url=f"/api/v1/trials/{row.id}/outputs/{each.number}" if each.downloadable else "",
        )
        for each in answers.outputs(row)
    ]
    return TrialAnswer(
        id=str(row.id),
        version=f"{row.namespace}/{row.name}@{row.number}",
        state=row.state.value,
        created_at=row.created_at,
        seconds=row.seconds,
        failure=f"{why.title}: {why.text}" if why else "",
        advice=why.advice if why else "",
        log_tail=row.log_tail if why else "",
        outputs=outputs,
        url=f"/trials/{row.id}",
    )


@router.api(
    "GET",
    BASE + "/interface",
    guard=scope("read", readable_version),
    response_model=Interface,
    responses=problems(403, 404, 409),
    summary="What a trial of a version asks for, and what it answers",
    tags=TAGS,
)
def interface(req: Req) -> Interface:
    """Settings, inputs and outputs; 409 with the reason where the version cannot be tried."""
    offer = offer_of(req, req.subject)
    if offer.interface is None:
        raise Conflict(_("This version cannot be tried."), hint=offer.reason)
    return offer.interface


@router.api(
    "POST",
    BASE,
    guard=scope("evaluate", asking),
    response_model=TrialAnswer,
    status_code=202,
    responses=problems(401, 403, 404, 409, 413, 422, 429),
    summary="Try a version on a small input",
    tags=TAGS,
)
def ask(req: Req, body: TrialInput) -> TrialAnswer:
    """Queue a trial; ask for its state until it is over. One unfinished trial per person, and a number per day."""
    inputs = {name: text.encode() for name, text in body.inputs.items()}
    inputs |= {name: _decoded(name, text) for name, text in body.files.items()}
    trial = ask_for(req, req.subject, offer_of(req, req.subject), body.parameters, inputs)
    assert req.actor.id is not None  # noqa: S101 - the guard lets members in only
    return _answer(queries.own(req.db, req.actor.id, trial.id))


def _decoded(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(
            _("This is not base64."), fields={f"i-{name}"[:80]: _("This is not base64.")}
        ) from error


@router.api(
    "GET",
    ONE,
    guard=scope("read", own_trial),
    response_model=TrialAnswer,
    responses=problems(401, 403, 404),
    summary="State and outputs of a trial",
    tags=TAGS,
)
def one(req: Req) -> TrialAnswer:
    """Nobody but the asker sees it."""
    return _answer(req.subject)


@router.api(
    "DELETE",
    ONE,
    guard=scope("evaluate", own_trial),
    status_code=204,
    response_model=None,
    responses=problems(401, 403, 404),
    summary="Cancel a trial",
    tags=TAGS,
)
def cancel(req: Req) -> Response:
    """A trial that is over stays as it is."""
    actions.cancel(req.db, req.actor, trial_id=req.subject.id)
    return Response(status_code=204)


@router.api(
    "GET",
    ONE + "/outputs/{n}",
    guard=scope("read", own_trial),
    response_class=Response,
    response_model=None,
    responses={**SENT_FILE, **problems(401, 404, 416)},
    summary="An output of a trial",
    tags=TAGS,
)
def output(req: Req) -> Response:
    """The file as the program left it; ``n`` counts the declared outputs from 0."""
    return file_response(req.request, answers.output_file(req.subject, req.path["n"]))
