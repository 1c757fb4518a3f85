"""Assets by JSON."""

from typing import Any

from fastapi.responses import JSONResponse, Response

from portal.accounts import throttle
from portal.accounts.guards import spend_use
from portal.kit.answers import problems
from portal.kit.errors import Clash, Forbidden
from portal.kit.forms import parse_values
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public, scope, signed_in
from registry.assets import actions, browsing, policy, queries
from registry.assets.answers import AssetAnswer, AssetDetail, AssetPage
from registry.assets.forms import AssetDescription, AssetInput, PartialDescription
from registry.assets.guards import editable_asset, readable_asset

router = Doors()
TAGS: list[Any] = ["assets"]


@router.api(
    "GET",
    "/api/v1/assets",
    guard=scope("read", public),
    response_model=AssetPage,
    responses=problems(422),
    summary="List assets",
    tags=TAGS,
    openapi_extra={
        "parameters": [
            {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
            for name, text in {
                "q": "Words in title, summary, name or tag",
                "kind": "model, algorithm, tool, dataset, benchmark, paper or report; may be repeated",
                "scenario": "Application scenario; may be repeated",
                "licence": "SPDX expression; may be repeated",
                "tag": "Tag; repeated ones must all be there",
                "evaluated": "yes or no",
                "namespace": "Only of this namespace",
                "sort": "updated, name, downloads or likes",
                "size": "Rows of a page, 1 to 100 (20)",
                "after": "Cursor of the next page",
                "before": "Cursor of the previous page",
            }.items()
        ]
    },
)
def listed(req: Req) -> Response:
    """The assets you may see, newest change first."""
    page = browsing.page_of(req, browsing.read_filters(req), browsing.read_size(req))
    # Rows are kept as JSON text; only the frame is written anew.
    frame = JSONResponse({"after": page.after, "before": page.before}).body
    text = '{"items":[' + ",".join(browsing.json_rows(req, page)) + "]," + bytes(frame)[1:].decode()
    return Response(text, media_type="application/json", headers={"Cache-Control": "private, no-cache"})


@router.api(
    "POST",
    "/api/v1/assets",
    guard=scope("write", signed_in),
    response_model=AssetDetail,
    status_code=201,
    responses=problems(401, 403, 409, 422),
    summary="Create an asset",
    tags=TAGS,
)
def create(req: Req, body: AssetInput) -> Response:
    """Make an asset; it becomes public with its first published version."""
    spaces = {row.slug: row.id for row in queries.namespaces_of_actor(req.db, req.actor)}
    namespace_id = spaces.get(body.namespace)
    if namespace_id is None or not policy.can_create_in(req.actor, namespace_id):
        raise Forbidden(_("You may not publish in this namespace."))
    spend_use(req, "new-asset", throttle.NEW_ASSETS, throttle.NEW_ASSETS_PER_ADDRESS)
    asset = actions.create(req.db, req.actor, namespace_id=namespace_id, given=body)
    return JSONResponse(_detail(req, body.namespace, asset.name), 201)


@router.api(
    "GET",
    "/api/v1/assets/{ns}/{name}",
    guard=scope("read", readable_asset),
    response_model=AssetDetail,
    responses=problems(404),
    summary="One asset",
    tags=TAGS,
)
def one(req: Req) -> Response:
    """An asset with its card, people and relations."""
    return JSONResponse(_detail(req, req.path["ns"], req.path["name"]))


@router.api(
    "PATCH",
    "/api/v1/assets/{ns}/{name}",
    guard=scope("write", editable_asset),
    response_model=AssetDetail,
    responses=problems(401, 403, 404, 409, 422),
    summary="Change what is said about an asset",
    tags=TAGS,
)
def change(req: Req, body: PartialDescription) -> Response:
    """Change the given fields; lists are replaced whole. Published files are not affected."""
    asset = req.subject
    given = body.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    parsed = parse_values(AssetDescription, {**_description(req, asset), **given})
    if parsed.model is None:
        raise Clash(_("Please correct the marked fields."), fields=parsed.errors)
    actions.describe(req.db, req.actor, asset_id=asset.id, given=parsed.model)
    return JSONResponse(_detail(req, asset.namespace, asset.name))


def _description(req: Context, asset: Any) -> dict[str, Any]:
    """What is stored, in the shape of the input."""
    relations = [row for row in queries.relations_of(req.db, req.actor, asset.id) if row.direction == "to"]
    return {
        **{key: getattr(asset, key) for key in actions.PLAIN},
        "scenarios": [item.value for item in queries.scenarios_of(req.db, asset.id)],
        "tags": queries.tags_of(req.db, asset.id),
        "authors": [
            {"name": row.name, "affiliation": row.affiliation, "account": row.namespace or ""}
            for row in queries.authors_of(req.db, asset.id)
        ],
        "related": [{"kind": row.kind.value, "asset": f"{row.namespace}/{row.name}"} for row in relations],
    }


def _detail(req: Context, namespace: str, name: str) -> dict[str, Any]:
    asset = queries.detail(req.db, req.actor, namespace, name)
    assert asset is not None  # noqa: S101 - the guard has found it, or we have just made it
    row = queries.rows_of(req.db, [asset.id])[0]
    answer = AssetAnswer(**browsing.as_json(row)).model_dump()
    relations = queries.relations_of(req.db, req.actor, asset.id)
    return {
        **answer,
        "card": asset.card,
        "people": [
            {"name": author.name, "affiliation": author.affiliation, "account": author.namespace}
            for author in queries.authors_of(req.db, asset.id)
        ],
        "related": [
            {
                "kind": item.kind.value,
                "direction": item.direction,
                "asset": f"{item.namespace}/{item.name}",
                "title": item.title,
            }
            for item in relations
        ],
    }
