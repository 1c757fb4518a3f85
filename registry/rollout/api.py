"""The door of nodes: what they are offered, bundles in ranges, signed metadata, receipts. By the node's token."""

from typing import Any

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from portal.kit.actor import Actor
from portal.kit.answers import problems, raw
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors, public
from registry.rollout import ceremony, guards, offers, withdrawing
from registry.rollout.actions import receipts as actions
from registry.rollout.forms import ReceiptsInput
from registry.rollout.models import RolloutNode
from registry.rollout.queries import bundles
from registry.rollout.serving import bundle_response

router = Doors()
TAGS: list[Any] = ["rollout"]
BUNDLE: dict[str, Any] = {
    "id": "0198f2c4-6a51-7c3e-9a2b-1d2e3f405162", "channel": "national", "namespace": "planning-lab",
    "name": "landcover-onnx", "version": "1.0.0", "digest": "0" * 64, "sequence": 12, "manifest": "1" * 64,
    "size": 1048576, "newest": True,
}  # fmt: skip
GONE: dict[str, Any] = {
    "namespace": "planning-lab", "name": "landcover-onnx", "version": "0.9.0", "digest": "3" * 64,
    "why": "suspended", "at": "2026-11-20T09:00:00+00:00", "reason": "reported error",
}  # fmt: skip


class BundleOut(BaseModel):
    """A bundle that is offered."""

    model_config = ConfigDict(json_schema_extra={"example": BUNDLE})

    id: str
    channel: str
    namespace: str
    name: str
    version: str
    digest: str = Field(description="SHA-256 over the version's files (sha256sum lines)")
    sequence: int
    manifest: str = Field(description="SHA-256 of the manifest, the TUF target")
    size: int = Field(
        description="Bytes, about: it is sent under the metadata of the moment (Content-Length)"
    )
    newest: bool = Field(description="No higher version of this asset is offered")


class WithdrawnOut(BaseModel):
    """A version that is not to be used any more."""

    model_config = ConfigDict(json_schema_extra={"example": GONE})

    namespace: str
    name: str
    version: str
    digest: str
    why: str
    at: str
    reason: str


class IndexOut(BaseModel):
    """What a node is offered now. A hint only: the signed list of withdrawn versions is what counts."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"node": "4" * 64, "bundles": [BUNDLE], "withdrawn": [GONE]}}
    )

    node: str = Field(description="Key id of the node")
    bundles: list[BundleOut]
    withdrawn: list[WithdrawnOut]


class TakenOut(BaseModel):
    """What became of an export of receipts."""

    model_config = ConfigDict(json_schema_extra={"example": {"new": 2, "known": 5}})

    new: int
    known: int = Field(description="Stood here already")


def node_actor(node: RolloutNode) -> Actor:
    """How the log names a node that acts by itself."""
    return Actor(name=f"node {node.key_id[:16]}")


@router.api(
    "GET", "/api/v1/rollout/index", guard=guards.by_token, response_model=IndexOut,
    responses=problems(401, 403, 429), summary="What is offered to this node", tags=TAGS,
)  # fmt: skip
def index(req: Req) -> IndexOut:
    """Pilot: what the node pilots; regional: what was piloted in its province; national: everything."""
    rows = offers.of_node(req.db, req.subject)
    highest: dict[Any, str] = {}
    for row in rows:
        highest[row.asset_id] = max(highest.get(row.asset_id, ""), row.sort_key)
    return IndexOut(
        node=req.subject.key_id,
        bundles=[
            BundleOut(
                id=str(row.id), channel=row.channel.value, namespace=row.namespace, name=row.name,
                version=row.version, digest=row.digest, sequence=row.sequence, manifest=row.manifest_sha256,
                size=row.size, newest=row.sort_key == highest[row.asset_id],
            )
            for row in rows
        ],
        withdrawn=[
            WithdrawnOut(
                namespace=each.namespace, name=each.name, version=each.version, digest=each.digest, why=each.why,
                at=each.at, reason=each.reason,
            )
            for each in withdrawing.rows_of(bundles.stopped(req.db))
        ],
    )  # fmt: skip


@router.api(
    "GET", "/api/v1/rollout/bundles/{id}", guard=guards.bundle_for_node, response_class=Response,
    responses={
        **raw("application/zip", description="The bundle; `Range` gives a part"), **problems(401, 403, 404, 416, 429),
    },
    summary="A bundle", tags=TAGS,
)  # fmt: skip
def bundle(req: Req) -> Response:
    """Only what is offered to the node now: a withdrawn bundle is not found any more."""
    return bundle_response(req.request, req.subject.bundle)


@router.api(
    "GET", "/api/v1/rollout/metadata/{name}", guard=guards.by_token, response_class=Response,
    responses={**raw("application/json", description="TUF metadata"), **problems(401, 403, 404, 429)},
    summary="A file of the signed metadata", tags=TAGS,
)  # fmt: skip
def metadata(req: Req) -> Response:
    """`N.root.json`, `timestamp.json`, `snapshot.json`, `targets.json`, the channels and `notices.json`."""
    try:
        data = ceremony.repository().read(req.path["name"])
    except FileNotFoundError:
        raise NotFound(_("There is nothing at this address.")) from None
    return Response(data, media_type="application/json", headers={"Cache-Control": "no-cache"})


@router.api(
    "GET", "/api/v1/rollout/withdrawn", guard=guards.by_token, response_class=Response,
    responses={**raw("application/json", description="The TUF target"), **problems(401, 403, 404, 429)},
    summary="The signed list of withdrawn versions", tags=TAGS,
)  # fmt: skip
def withdrawn(req: Req) -> Response:
    """The target `notices/withdrawn.json`, as `notices.json` signs for it."""
    assert req.subject  # noqa: S101 - the guard
    try:
        data = withdrawing.withdrawn_bytes()
    except (KeyError, FileNotFoundError):
        raise NotFound(_("There is nothing at this address.")) from None
    return Response(data, media_type="application/json", headers={"Cache-Control": "no-cache"})


@router.api(
    "GET", "/api/v1/rollout/root", guard=public, response_class=Response,
    responses={**raw("application/json", description="TUF root metadata"), **problems(404)},
    summary="The newest root", tags=TAGS,
)  # fmt: skip
def root(req: Req) -> Response:
    """For comparing only: the root a node trusts comes to it by another way."""
    assert req.request  # noqa: S101 - nothing of the request is needed
    try:
        data = ceremony.repository().root()
    except FileNotFoundError:
        raise NotFound(_("There is nothing at this address.")) from None
    return Response(data, media_type="application/json", headers={"Cache-Control": "no-cache"})


@router.api(
    "POST", "/api/v1/rollout/receipts", guard=guards.by_token, response_model=TakenOut,
    responses=problems(401, 403, 409, 422, 429), summary="Hand in receipts", tags=TAGS,
)  # fmt: skip
def hand_in(req: Req, body: ReceiptsInput) -> TakenOut:
    """An export of `cspon-node receipt`: all new ones are taken, or none; those that stand here are passed over."""
    taken = actions.take(req.db, node_actor(req.subject), given=body, node=req.subject)
    return TakenOut(new=taken.new, known=taken.known)
