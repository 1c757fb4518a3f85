"""The graph as SVG: boxes that are links, lines with a word; no style attribute, light and dark by classes."""

from itertools import pairwise

from markupsafe import Markup, escape

from portal.kit.i18n import _, ngettext
from registry.lineage.graph import Graph, Node
from registry.lineage.layout import Layout, layered

BOX_WIDTH, BOX_HEIGHT = 168, 62
GAP_X, GAP_Y = 84, 20
PAD = 10
FONT = 13
MAX_LABEL = 14
CLOSING = "，。、；：）》」”!,.;:)"


def draw(graph: Graph) -> Markup:
    """The drawing. It is a group of links and no picture: every box can be reached by the keyboard and has a name."""
    layout = layered(list(graph.nodes), [(edge.start, edge.end) for edge in graph.edges])
    width = 2 * PAD + layout.width * BOX_WIDTH + max(0, layout.width - 1) * GAP_X
    height = 2 * PAD + layout.height * (BOX_HEIGHT + GAP_Y) - GAP_Y + FONT
    lines = "".join(_line(layout, start, end, words) for (start, end), words in _labels(graph).items())
    boxes = "".join(_box(graph, layout, node) for node in graph.nodes.values())
    name = escape(_("Lineage"))
    # Everything that comes from people is escaped where it is put in.
    return Markup(  # noqa: S704
        f'<svg class="chart graph" role="group" aria-label="{name}" viewBox="0 0 {width} {height:g}"'
        f' width="{width}" height="{height:g}">{lines}{boxes}</svg>'
    )


def _labels(graph: Graph) -> dict[tuple[str, str], str]:
    """One line per pair and direction; all words of a pair, whichever way they lead, stand on the first line once."""
    words: dict[frozenset[str], dict[str, None]] = {}
    for edge in graph.edges:
        words.setdefault(frozenset((edge.start, edge.end)), {})[edge.label] = None
    found: dict[tuple[str, str], str] = {}
    for edge in graph.edges:
        found.setdefault(
            (edge.start, edge.end), _(", ").join(words.pop(frozenset((edge.start, edge.end)), {}))
        )
    return found


def _at(place: tuple[int, float]) -> tuple[float, float]:
    """Upper left corner of a place."""
    x, y = place
    return PAD + x * (BOX_WIDTH + GAP_X), PAD + y * (BOX_HEIGHT + GAP_Y)


def _line(layout: Layout, start: str, end: str, label: str) -> str:
    """A smooth line from right edge to left edge (or back), through the places between, with its word and a head."""
    path = layout.paths[start, end]
    forward = path[0][0] <= path[-1][0]
    points = []
    for n, place in enumerate(path):
        x, y = _at(place)
        middle = y + BOX_HEIGHT / 2
        if n == 0:
            points.append((x + BOX_WIDTH if forward else x, middle))
        elif n == len(path) - 1:
            points.append((x if forward else x + BOX_WIDTH, middle))
        else:
            points += (
                [(x, middle), (x + BOX_WIDTH, middle)] if forward else [(x + BOX_WIDTH, middle), (x, middle)]
            )
    drawn = f"M{points[0][0]:g} {points[0][1]:g}"
    for (x0, y0), (x1, y1) in pairwise(points):
        half = (x0 + x1) / 2
        drawn += f"C{half:g} {y0:g} {half:g} {y1:g} {x1:g} {y1:g}"
    x, y = points[-1]
    back = -7 if forward else 7
    head = f"M{x + back:g} {y - 4:g}L{x:g} {y:g}L{x + back:g} {y + 4:g}"
    text_x, text_y = (
        points[0][0] + (GAP_X / 2 if forward else -GAP_X / 2),
        (points[0][1] + points[1][1]) / 2 - 4,
    )
    words = _small(text_x, text_y, "middle", _cut(label, MAX_LABEL))
    return f'<path class="axis" d="{drawn}{head}"/>{words}'


def _box(graph: Graph, layout: Layout, node: Node) -> str:
    x, y = _at(layout.places[node.key])
    here = node.key == graph.centre
    lines = wrapped(node.title, BOX_WIDTH - 16)
    css = "here" if here else node.css
    shape = f'<rect class="{css}" x="{x:g}" y="{y:g}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="3"/>'
    rows = "".join(
        f'<text class="label" x="{x + 8:g}" y="{y + 18 + 15 * n:g}">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    kind = _small(x + 8, y + BOX_HEIGHT - 8, "start", node.kind)
    name = f"<title>{escape(node.title)} ({escape(node.kind)})</title>"
    more = graph.more.get(node.key, 0)
    note = ""
    if more:
        words = ngettext("%(n)s more", "%(n)s more", more)
        note = _small(x + BOX_WIDTH, y + BOX_HEIGHT + 12, "end", words)
    inner = name + shape + rows + kind
    if here or not node.url:
        return f"<g>{inner}</g>{note}"
    return f'<a href="{escape(node.url)}">{inner}</a>{note}'


def _small(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="11">{escape(text)}</text>'


def wrapped(text: str, width: float) -> list[str]:
    """At most two lines that fit; the second ends with … where something is left out. Width in units at 13 px."""
    first, rest = _fit(text, width)
    if not rest:
        return [first]
    second, left = _fit(rest, width)
    return [first, second if not left else _cut(rest, len(second) - 1)]


def _fit(text: str, width: float) -> tuple[str, str]:
    """As much of the text as fits, broken at a blank where there is one, and the rest."""
    used, at = 0.0, 0
    for at, char in enumerate(text, start=1):
        used += FONT if ord(char) > 0x2E7F else FONT * 0.56
        if used > width:
            at -= 1
            break
    while at < len(text) and text[at] in CLOSING:  # no line begins with a closing mark
        at += 1
    if at == len(text):
        return text, ""
    blank = text.rfind(" ", 0, at + 1)
    cut = blank if blank > at // 2 else at
    return text[:cut].rstrip(), text[cut:].lstrip()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: max(1, most - 1)].rstrip() + "…"
