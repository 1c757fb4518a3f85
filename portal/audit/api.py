"""The log for other programs: checkpoint, proofs, entries, and the door of witnesses."""

import base64
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from portal.audit import actions, merkle, queries
from portal.audit.models import AuditCheckpoint
from portal.kit.answers import problems, raw
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.limits import Limit, spend
from portal.kit.pages import Req
from portal.kit.routes import Doors, public, scope

router = Doors()
TAGS: list[Any] = ["log"]
ENTRIES = 256
PER_ADDRESS = (Limit(120, 60),)
HASH = "3q2+7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
NOTE = "cspon.example/log\n42\n3q2+7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— cspon.example/log AAAAAAAA\n"
Size = Annotated[int, Query(ge=0, le=2**53, description="Number of leaves.")]


class ConsistencyOut(BaseModel):
    """That the tree of ``second`` leaves begins with that of ``first`` (RFC 6962, 2.1.2)."""

    model_config = ConfigDict(json_schema_extra={"example": {"first": 7, "second": 42, "hashes": [HASH]}})

    first: int
    second: int
    hashes: list[str] = Field(description="Base64, in the order of RFC 6962")


class InclusionOut(BaseModel):
    """That the leaf is in the tree of ``size`` leaves (RFC 6962, 2.1.1)."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"index": 3, "size": 42, "leaf_hash": HASH, "hashes": [HASH]}}
    )

    index: int
    size: int
    leaf_hash: str = Field(description="Base64")
    hashes: list[str] = Field(description="Base64, in the order of RFC 6962")


class EntryOut(BaseModel):
    """A leaf by its hash. Leaves hold commitments; what they say is shown for public events only."""

    index: int
    hash: str = Field(description="Base64 of the leaf hash")


class EntriesOut(BaseModel):
    """Leaves from ``start`` on; ``next`` is the ``start`` of what follows."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"items": [{"index": 0, "hash": HASH}], "next": 256}}
    )

    items: list[EntryOut]
    next: int | None


class SeenIn(BaseModel):
    """What a witness sends."""

    model_config = ConfigDict(json_schema_extra={"example": {"note": NOTE}})

    note: str = Field(
        max_length=20_000, description="A checkpoint of this log, with our signature and the witness's line"
    )


class SeenOut(BaseModel):
    """What became of it."""

    model_config = ConfigDict(json_schema_extra={"example": {"alarm": False}})

    alarm: bool = Field(description="The log contradicts this checkpoint: the site is read-only now")


def _newest(req: Req) -> AuditCheckpoint:
    newest = queries.newest_checkpoint(req.db)
    if newest is None:
        raise NotFound(_("This log has signed no checkpoint yet."))
    return newest


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


@router.api(
    "GET", "/api/v1/log/checkpoint", guard=scope("read", public), response_class=PlainTextResponse,
    responses={**raw("text/plain", description="A C2SP signed note with the lines of its witnesses"), **problems(404)},
    summary="The newest checkpoint", tags=TAGS,
)  # fmt: skip
def checkpoint(req: Req) -> PlainTextResponse:
    """Origin, size and root of the log, signed; cosignatures of witnesses follow."""
    newest = _newest(req)
    lines = "".join(row.line for row, _witness in queries.cosignatures(req.db, newest.size))
    return PlainTextResponse(newest.note + lines, headers={"Cache-Control": "no-cache"})


@router.api(
    "GET", "/api/v1/log/consistency", guard=scope("read", public), response_model=ConsistencyOut,
    responses=problems(404, 422), summary="Proof that the log only grew", tags=TAGS,
)  # fmt: skip
def consistency(req: Req, first: Size, second: Size) -> ConsistencyOut:
    """Between any two sizes up to that of the newest checkpoint."""
    if not first <= second <= _newest(req).size:
        raise NotFound(_("No checkpoint covers this size."))
    hashes = _proof(req, merkle.consistency(first, second))
    return ConsistencyOut(first=first, second=second, hashes=hashes)


@router.api(
    "GET", "/api/v1/log/inclusion", guard=scope("read", public), response_model=InclusionOut,
    responses=problems(404, 422), summary="Proof that a leaf is in the log", tags=TAGS,
)  # fmt: skip
def inclusion(
    req: Req,
    index: Annotated[int, Query(ge=0, le=2**53, description="Place of the leaf; the first is 0.")],
    size: Annotated[
        int | None, Query(ge=1, le=2**53, description="Size of the tree; empty: the newest checkpoint's.")
    ] = None,
) -> InclusionOut:
    """In the tree of a size up to that of the newest checkpoint."""
    newest = _newest(req).size
    there = size or newest
    if not index < there <= newest:
        raise NotFound(_("No checkpoint covers this size."))
    leaf = queries.leaf(req.db, index)
    if leaf is None:
        raise NotFound(_("There is no such leaf."))
    hashes = _proof(req, merkle.inclusion(index, there))
    return InclusionOut(index=index, size=there, leaf_hash=_text(leaf.hash), hashes=hashes)


def _proof(req: Req, ranges: list[merkle.Range]) -> list[str]:
    wanted = merkle.needed(ranges)
    found = queries.nodes(req.db, wanted)
    if len(found) < len(set(wanted)):
        raise NotFound(_("Parts of the log's tree are missing. Run: cspon verify"))
    return [_text(step) for step in merkle.proof(ranges, found)]


@router.api(
    "GET", "/api/v1/log/entries", guard=scope("read", public), response_model=EntriesOut,
    responses=problems(422), summary="Leaves of the log", tags=TAGS,
)  # fmt: skip
def entries(
    req: Req,
    start: Annotated[int, Query(ge=0, le=2**53, description="Place of the first leaf wanted.")] = 0,
) -> EntriesOut:
    """256 leaf hashes a page: enough to make the tree anew, without what the leaves say."""
    found = list(queries.hashes(req.db, start, start + ENTRIES))
    items = [EntryOut(index=index, hash=_text(digest)) for index, digest in found]
    return EntriesOut(items=items, next=start + ENTRIES if len(items) == ENTRIES else None)


@router.api(
    "POST", "/api/v1/log/cosignatures", guard=public, response_model=SeenOut,
    responses=problems(404, 409, 422), summary="Hand in a checkpoint as a witness", tags=TAGS,
)  # fmt: skip
def cosign(req: Req, body: SeenIn) -> SeenOut:
    """A witness whose key is registered shows itself by its signature; no account is needed.

    A checkpoint of ours that is larger than the log, or has another root, is proof of a loss: the site turns read-only.
    """
    spend(f"log-witness:{req.address}", PER_ADDRESS)
    return SeenOut(alarm=actions.receive(req.db, text=body.note))
