"""The same packs over the API."""

from typing import Any

from fastapi.responses import Response

from portal.kit.answers import problems, raw
from portal.kit.pages import Req
from portal.kit.routes import Doors, scope
from registry.reproduction import answering
from registry.reproduction.gathering import gather
from registry.reproduction.guards import reproducible, reproducible_by_owner
from registry.reproduction.pack import Pack

router = Doors()
TAGS: list[Any] = ["evaluations"]
BASE = "/api/v1/evaluations/{id}"


@router.api(
    "GET",
    BASE + "/reproduction",
    guard=scope("read", reproducible),
    response_model=Pack,
    responses=problems(403, 404, 409),
    summary="What is needed to make a result again",
    tags=TAGS,
)
def description(req: Req) -> Pack:
    """``pack.json`` of the pack: runtimes, commands, limits, seed, recorded scores, tolerances, digests of all files.

    409 where the labels are hidden and nothing can be run without them; the answer says what is possible instead.
    """
    return gather(req.db, req.subject).pack


@router.api(
    "GET",
    BASE + "/reproduction.zip",
    guard=scope("read", reproducible),
    response_class=Response,
    response_model=None,
    responses={**raw("application/zip", description="The pack"), **problems(403, 404, 409)},
    summary="A result as a reproduction pack",
    tags=TAGS,
)
def pack(req: Req) -> Response:
    """A zip for `cspon reproduce`, an RO-Crate as well. It never holds hidden files of a benchmark."""
    return answering.packed(req, req.subject)


@router.api(
    "GET",
    BASE + "/reproduction-confidential.zip",
    guard=scope("read", reproducible_by_owner),
    response_class=Response,
    response_model=None,
    responses={**raw("application/zip", description="The pack"), **problems(401, 403, 404)},
    summary="A result as a reproduction pack with hidden labels",
    tags=TAGS,
)
def confidential_pack(req: Req) -> Response:
    """For publishers of the benchmark's namespace alone: the same with labels and scoring program."""
    return answering.packed(req, req.subject, labels=True)
