"""The map of adoption by province, with its table."""

from typing import Any

from fastapi.responses import Response

from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public
from portal.kit.text import to_csv
from portal.settings import get_settings
from registry.benchmarks.divisions import PROVINCES
from registry.promotion import boundaries, maps, shown
from registry.promotion.adoption import Province, by_province
from registry.promotion.queries import adoption as queries

router = Doors()
SHOWN = 6
"""Versions named for a province where no asset was asked for; the table to take away names all."""


def _chosen(req: Context) -> tuple[Any, Any]:
    """The assets there are to choose from, and the one that was chosen."""
    offered = queries.assets(req.db)
    wanted = req.query.get("asset", "")
    return offered, next((each for each in offered if f"{each.namespace}/{each.name}" == wanted), None)


@router.page("/promotions/map", guard=public)
def page(req: Req) -> Response:
    """Who has adopted which version, by province; ``?asset=`` narrows it to one."""
    offered, chosen = _chosen(req)
    found, named = by_province(req.db, [chosen.id] if chosen is not None else None)
    shapes = boundaries.known()
    title = _("Adoption by province")
    return req.page(
        "promotion/map.html",
        drawing=maps.outline_map(found, shapes, title=title) if shapes else maps.tile_map(found, title=title),
        title=title,
        outlined=shapes is not None,
        note=get_settings().province_boundaries_note,
        offered=[(f"{each.namespace}/{each.name}", shown.title(each, req.locale)) for each in offered],
        chosen=f"{chosen.namespace}/{chosen.name}" if chosen is not None else "",
        csv="/promotions/map.csv"
        + (f"?asset={chosen.namespace}/{chosen.name}" if chosen is not None else ""),
        rows=[_row(each, named, req.locale, whole=chosen is not None) for each in found.values()],
        total=len({name for each in found.values() for use in each.uses.values() for name in use.who}),
    )


def _row(province: Province, named: Any, locale: str, *, whole: bool) -> dict[str, Any]:
    each = PROVINCES[province.code]
    uses = sorted(province.uses.values(), key=lambda use: (-len(use.who), str(use.version_id)))
    shows = uses if whole else uses[:SHOWN]
    return {
        "code": province.code,
        "name": each.name_en if locale == "en" else each.name_zh,
        "n": province.organisations,
        "more": len(uses) - len(shows),
        "uses": [
            {
                "title": f"{shown.title(named[use.version_id], locale)} {named[use.version_id].number}",
                "n": len(use.who),
                "who": sorted(use.who)[:SHOWN],
                "since": use.since,
            }
            for use in shows
        ],
    }


@router.page("/promotions/map.csv", guard=public)
def table(req: Req) -> Response:
    """The same as a table: a line for every organisation and version."""
    _offered, chosen = _chosen(req)
    found, named = by_province(req.db, [chosen.id] if chosen is not None else None)
    lines = [
        (
            province.code, PROVINCES[province.code].name_zh, f"{named[key].namespace}/{named[key].name}",
            named[key].number, who, "; ".join(sorted(_(how) for how in ways)),
        )
        for province in found.values()
        for key, use in province.uses.items()
        for who, ways in use.who.items()
    ]  # fmt: skip
    header = ("code", "province", "asset", "version", "organisation", "how")
    headers = {"Content-Disposition": 'attachment; filename="adoption.csv"'}
    return Response(to_csv(header, lines), media_type="text/csv; charset=utf-8", headers=headers)
