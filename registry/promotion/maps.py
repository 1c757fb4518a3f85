"""The map of adoption, drawn on the server: tiles, or boundaries where the operator has some. Always illustrative."""

from collections.abc import Mapping

from markupsafe import Markup

from portal.kit.charts.scale import FONT, fit
from portal.kit.charts.svg import Drawing
from portal.kit.i18n import _, get_locale, ngettext
from registry.benchmarks.divisions import PROVINCES
from registry.evaluation.maps import LEGEND, STRENGTH, TILES_HEIGHT, Tile, no_boundaries, tiles
from registry.previews.drawing import WIDTH
from registry.promotion.adoption import Province
from registry.promotion.boundaries import Point

STEPS = (1, 2, 4, 8, 16)
"""A class begins at each of these numbers of organisations."""
MOST_HEIGHT = 680.0


def strength(n: int) -> float:
    """The opacity of a number's class."""
    return STRENGTH[max(at for at, step in enumerate(STEPS) if n >= step)]


def legend(drawing: Drawing) -> None:
    """What the colours mean."""
    wide = (WIDTH - 8) / (len(STEPS) + 1)
    for at, step in enumerate(STEPS):
        x = 4 + at * wide
        above = STEPS[at + 1] - 1 if at + 1 < len(STEPS) else None
        text = f"≥ {step}" if above is None else f"{step}–{above}" if above > step else str(step)
        drawing.add("rect", "fill", x=x, y=4, width=wide - 6, height=12, fill_opacity=STRENGTH[at])
        drawing.text(x, 18 + FONT, fit(text, wide - 6), css="label")
    x = 4 + len(STEPS) * wide
    drawing.add("rect", "axis", x=x, y=4.5, width=wide - 7, height=11)
    drawing.text(x, 18 + FONT, fit(_("none"), wide - 6), css="label")


def said(province: Province) -> str:
    """The number of a province in words."""
    each = PROVINCES[province.code]
    name = each.name_en if get_locale() == "en" else each.name_zh
    n = province.organisations
    return name + _(": ") + ngettext("%(n)s organisation", "%(n)s organisations", n)


def tile_map(found: Mapping[str, Province], *, title: str) -> Markup:
    """The cartogram of equal tiles; a tile leads to its line of the table."""
    drawing = Drawing(WIDTH, TILES_HEIGHT)
    legend(drawing)
    tiles(
        drawing,
        {
            code: Tile(str(each.organisations), strength(each.organisations), f"#p{code}", said(each))
            for code, each in found.items()
        },
    )
    return drawing.markup(title, " ".join((_("Illustrative."), no_boundaries())))


def outline_map(
    found: Mapping[str, Province], shapes: Mapping[str, list[list[Point]]], *, title: str
) -> Markup:
    """The provinces by the operator's boundaries, as much of them as the file holds; none is cut off."""
    east = [point[0] for rings in shapes.values() for ring in rings for point in ring]
    north = [point[1] for rings in shapes.values() for ring in rings for point in ring]
    wide, high = max(east) - min(east) or 1, max(north) - min(north) or 1
    scale = min((WIDTH - 8) / wide, MOST_HEIGHT / high)
    left, top = (WIDTH - wide * scale) / 2, LEGEND
    drawing = Drawing(WIDTH, top + high * scale + 8)
    legend(drawing)
    for code, rings in shapes.items():
        path = "".join(_path(ring, min(east), max(north), scale, left, top) for ring in rings)
        province = found.get(code)
        if province is None:
            drawing.add("path", "grid", d=path)
            continue
        drawing.link(f"#p{code}", said(province))
        drawing.add(
            "path", "fill", d=path, fill_rule="evenodd", fill_opacity=strength(province.organisations)
        )
        drawing.add("path", "axis", d=path)
        drawing.end_link()
    return drawing.markup(title, _("Illustrative."))


def _path(ring: list[Point], west: float, north: float, scale: float, left: float, top: float) -> str:
    places = (f"{left + (x - west) * scale:.1f} {top + (north - y) * scale:.1f}" for x, y in ring)
    return "M" + "L".join(places) + "z"
