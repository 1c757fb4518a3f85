"""Pages of assets: the list, one asset, the form."""

from collections.abc import Hashable
from typing import Any

from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from portal.accounts import throttle
from portal.accounts.guards import spend_use
from portal.kit import frontmatter
from portal.kit.errors import Forbidden, Invalid, NotFound
from portal.kit.forms import Parsed, parse_values
from portal.kit.i18n import _, get_locale, label
from portal.kit.pages import Req
from portal.kit.routes import Doors, public, role, signed_in
from portal.organisations import queries as organisation_queries
from portal.settings import get_settings
from registry.assets import actions, browsing, exports, forms, licences, policy, publication, queries
from registry.assets.cards import card_facts, card_files, card_html
from registry.assets.fragments import Fragments, draw
from registry.assets.guards import editable_asset, readable_asset
from registry.assets.levels import DataLevel, level_of
from registry.assets.models import AssetKind, RelationKind, Scenario
from registry.assets.panels import DOORS, PANELS

router = Doors()
_details: Fragments[tuple[Markup, Markup]] = Fragments(size=500, seconds=60)
_pages: Fragments[bytes] = Fragments(size=500, seconds=60)


@router.page("/assets", guard=public)
def assets(req: Req) -> Response:
    """The list with facets."""
    filters = browsing.read_filters(req)
    page = browsing.page_of(req, filters, browsing.read_size(req))
    facets, filter_form = browsing.counted(req, filters, page)
    sorts = [
        ("updated", _("Newest change")),
        ("name", _("Title")),
        ("downloads", _("Downloads")),
        ("likes", _("Likes")),
    ]
    return req.page(
        "assets/list.html",
        block="listing",
        rows=Markup().join(browsing.html_rows(req, page)),
        total=facets.total,
        total_text=browsing.total_text(facets.total),
        filter_form=filter_form,
        chips=browsing.chips(req, filters) if not filters.is_empty else [],
        wanted=filters,
        sorts=[
            (text, req.url_with(sort=key, after=None, before=None), key == filters.sort)
            for key, text in sorts
        ],
        prev_url=req.url_with(before=page.before, after=None) if page.before else None,
        next_url=req.url_with(after=page.after, before=None) if page.after else None,
        csv_url=req.url_with(after=None, before=None, size=None).replace("/assets", "/assets/export.csv", 1),
        partial=req.partial,
    )


@router.page("/assets/export.csv", guard=public)
def export(req: Req) -> Response:
    """The filtered list as CSV, at most 5,000 rows."""
    rows = queries.exported(req.db, req.actor, browsing.read_filters(req), exports.MAX_ROWS)
    headers = {"Content-Disposition": 'attachment; filename="assets.csv"'}
    return Response(exports.assets_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.page("/assets/new", guard=signed_in)
def new(req: Req) -> Response:
    """The empty form."""
    values = {"licence": "", "kind": req.query.get("kind", ""), "namespace": req.actor.namespace}
    return _form(req, Parsed(values=values), asset=None)


@router.act("/assets/new", guard=signed_in)
def create(req: Req) -> Response:
    """Make an asset, or show its card without saving."""
    values = forms.from_form(req.form, _scenarios(req))
    values["confirm_similar"] = "confirm_similar" in req.form
    parsed = parse_values(forms.AssetInput, values)
    if "preview" in req.form or parsed.model is None:
        return _form(req, parsed, asset=None)
    spaces = {row.slug: row.id for row in queries.namespaces_of_actor(req.db, req.actor)}
    namespace_id = spaces.get(parsed.model.namespace)
    if namespace_id is None or not policy.can_create_in(req.actor, namespace_id):
        raise Forbidden(_("You may not publish in this namespace."))
    spend_use(req, "new-asset", throttle.NEW_ASSETS, throttle.NEW_ASSETS_PER_ADDRESS)
    try:
        asset = actions.create(req.db, req.actor, namespace_id=namespace_id, given=parsed.model)
    except Invalid as refusal:
        parsed.errors.update(refusal.fields)
        return _form(req, parsed, asset=None)
    where = f"/assets/{parsed.model.namespace}/{asset.name}"
    return req.redirect(where, flash=_("The asset was created. Next: add a version with files."))


@router.act("/assets/new/card-preview", guard=signed_in)
def preview_new(req: Req) -> Response:
    """The card as it will look, while it is written. Changes nothing."""
    return _preview(req, "")


@router.act("/assets/{ns}/{name}/card-preview", guard=editable_asset)
def preview_card(req: Req) -> Response:
    """The same for an asset that has files: its pictures are shown."""
    return _preview(req, card_files(req.subject))


def _preview(req: Req, files: str) -> Response:
    text = req.form.get("card", "")
    text = text.replace("\r\n", "\n") if isinstance(text, str) else ""
    html = draw("assets/_preview.html", preview=card_html(text, files), problem=_card_problem(text))
    return req.html(html)


def _card_problem(text: str) -> str:
    """What is wrong with the front matter, or empty."""
    try:
        frontmatter.read(text)
    except frontmatter.FrontMatterError as error:
        return str(error)
    return ""


@router.page("/names", guard=role("secretariat"))
def names(req: Req) -> Response:
    """Names that are easily taken for those of others: of assets, and of organisations."""
    page = queries.lookalikes(req.db, after=req.query.get("after"), before=req.query.get("before"))
    return req.page(
        "assets/names.html",
        rows=page,
        organisations=organisation_queries.lookalikes(req.db),
        prev_url=req.url_with(before=page.before, after=None) if page.before else None,
        next_url=req.url_with(after=page.after, before=None) if page.after else None,
    )


@router.page("/assets/{ns}/{name}/edit", guard=editable_asset)
def edit(req: Req) -> Response:
    """The form with what is there."""
    return _form(req, Parsed(values=_stored(req, req.subject)), asset=req.subject)


@router.act("/assets/{ns}/{name}/edit", guard=editable_asset)
def describe(req: Req) -> Response:
    """Save the description, or show its card without saving."""
    asset = req.subject
    values = forms.from_form(req.form, _scenarios(req))
    fixed = {"kind": asset.kind.value, "namespace": asset.namespace, "name": asset.name}
    parsed = parse_values(forms.AssetDescription, {k: v for k, v in values.items() if k not in fixed})
    parsed.values.update(fixed)
    if "preview" in req.form or parsed.model is None:
        return _form(req, parsed, asset=asset)
    try:
        actions.describe(req.db, req.actor, asset_id=asset.id, given=parsed.model)
    except Invalid as refusal:
        parsed.errors.update(refusal.fields)
        return _form(req, parsed, asset=asset)
    return req.redirect(f"/assets/{asset.namespace}/{asset.name}", flash=_("Saved."))


@router.page("/assets/{ns}/{name}", guard=readable_asset)
def detail(req: Req) -> Response:
    """One asset. What anonymous visitors see depends on the asset's row alone and is kept by its change stamp."""
    asset = req.subject
    counts = (asset.downloads, asset.robot_downloads, asset.likes, asset.topics)
    key = (asset.id, asset.updated_at, counts, get_locale())
    if not req.is_plain:
        return _detail(req, asset, key)
    whole = _pages.get(key)
    return req.html(whole if whole is not None else _pages.put(key, bytes(_detail(req, asset, key).body)))


def _detail(req: Req, asset: Any, key: Hashable) -> HTMLResponse:
    parts = _details.get(key) if req.actor.is_anonymous else None
    if parts is None:
        parts = _draw_detail(req, asset)
        if req.actor.is_anonymous:
            _details.put(key, parts)
    return req.page(
        "assets/detail.html",
        asset=asset,
        main_part=parts[0],
        aside_part=parts[1],
        doors=DOORS.rendered(req, asset),
        can_edit=policy.can_edit(req.actor, asset.namespace_id),
    )


def _draw_detail(req: Req, asset: Any) -> tuple[Markup, Markup]:
    relations = queries.relations_of(req.db, req.actor, asset.id)
    main = draw(
        "assets/_detail.html",
        asset=asset,
        card=card_html(asset.card, card_files(asset)),
        panels=PANELS.rendered(req, asset),
        authors=asset.authors,
        relations=relations,
        site_url=get_settings().site_url,
    )
    aside = draw(
        "assets/_aside.html",
        asset=asset,
        authors=asset.authors,
        scenarios=[item for item in Scenario if item.value in asset.scenarios],
        tags=asset.tags,
        facts=card_facts(asset.card),
        identifiers=publication.resolvers(asset.doi, asset.cstr),
        data_level=level_of(asset.data_level, asset.card),
    )
    return main, aside


def _address(asset: Any) -> str:
    return f"/assets/{asset.namespace}/{asset.name}"


def _scenarios(req: Req) -> list[str]:
    return [value for value in req.form.getlist("scenarios") if isinstance(value, str)]


def _form(req: Req, parsed: Parsed[Any], *, asset: Any) -> Response:
    """The form; 422 where there are errors. ``preview`` shows the card as the page will."""
    previewing = "preview" in req.form
    errors = {} if previewing else {forms.field_of(key): text for key, text in parsed.errors.items()}
    spaces = queries.namespaces_of_actor(req.db, req.actor)
    if not spaces:
        raise NotFound(_("There is nothing at this address."))
    return req.page(
        "assets/form.html",
        status=422 if errors else 200,
        asset=asset,
        values=parsed.values,
        publication={name: str(parsed.values.get(name) or "") for name in publication.FIELDS},
        errors=errors,
        preview=card_html(parsed.values.get("card", ""), card_files(asset) if asset else "")
        if previewing
        else None,
        problem=_card_problem(parsed.values.get("card", "")) if previewing else "",
        preview_url=_address(asset) + "/card-preview" if asset else "/assets/new/card-preview",
        kinds=[(kind.value, label(kind)) for kind in AssetKind],
        data_levels=[(each.value, label(each)) for each in DataLevel],
        scenario_options=[(item.value, label(item)) for item in Scenario],
        relation_kinds=[(item.value, label(item)) for item in RelationKind],
        namespaces=[(row.slug, f"{row.slug} ({row.display_name})") for row in spaces],
        licences=licences.COMMON,
        author_rows=forms.rows_shown(forms.AUTHOR_ROWS, len(parsed.values.get("authors", ()))),
        relation_rows=forms.rows_shown(forms.RELATION_ROWS, len(parsed.values.get("related", ()))),
    )


def _stored(req: Req, asset: Any) -> dict[str, Any]:
    """The stored description in the shape of the form."""
    relations = [row for row in queries.relations_of(req.db, req.actor, asset.id) if row.direction == "to"]
    values: dict[str, Any] = {key: getattr(asset, key) for key in forms.SINGLE if key != "kind"}
    return {
        **values,
        "kind": asset.kind.value,
        "scenarios": [item.value for item in queries.scenarios_of(req.db, asset.id)],
        "tags": queries.tags_of(req.db, asset.id),
        "authors": [
            {"name": row.name, "affiliation": row.affiliation, "account": row.namespace or ""}
            for row in queries.authors_of(req.db, asset.id)
        ],
        "related": [{"kind": row.kind.value, "asset": f"{row.namespace}/{row.name}"} for row in relations],
    }
