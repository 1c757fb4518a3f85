"""A small SVG writer: everything escaped, attributes only, coordinates to a tenth."""

from collections.abc import Sequence
from typing import Self

from markupsafe import Markup, escape

from portal.kit.charts.scale import FONT
from portal.kit.i18n import _


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def points(path: Sequence[tuple[float, float]]) -> str:
    """Coordinates for a polyline or polygon."""
    return " ".join(f"{_n(x)},{_n(y)}" for x, y in path)


class Drawing:
    """Shapes in drawing order; ``markup`` closes it."""

    def __init__(self, width: float, height: float, css: str = "chart") -> None:
        self.width, self.height, self.css = width, height, css
        self._parts: list[str] = []
        self._links = False

    def add(self, tag: str, css: str = "", text: str | None = None, **attributes: str | float) -> Self:
        """One element; underscores in attribute names become hyphens, values and text are escaped."""
        pairs = "".join(
            f' {name.replace("_", "-")}="{_n(value) if isinstance(value, int | float) else escape(value)}"'
            for name, value in attributes.items()
        )
        css = f' class="{escape(css)}"' if css else ""
        self._parts.append(f"<{tag}{css}{pairs}" + (f">{escape(text)}</{tag}>" if text is not None else "/>"))
        return self

    def line(self, css: str, x1: float, y1: float, x2: float, y2: float) -> Self:
        """A straight line."""
        return self.add("line", css, x1=x1, y1=y1, x2=x2, y2=y2)

    def rect(self, css: str, x: float, y: float, width: float, height: float) -> Self:
        """A rectangle, at least half a unit in each direction so that it can be seen."""
        return self.add("rect", css, x=x, y=y, width=max(width, 0.5), height=max(height, 0.5))

    def text(self, x: float, y: float, text: str, anchor: str = "start", css: str = "") -> Self:
        """Text on its baseline."""
        return self.add("text", css, text, x=x, y=y, text_anchor=anchor)

    def open(self, css: str) -> Self:
        """Begin a group."""
        self._parts.append(f'<g class="{escape(css)}">')
        return self

    def link(self, href: str, title: str) -> Self:
        """Begin a group that is a link with a name; a drawing with links is a group and no image."""
        self._parts.append(f'<a href="{escape(href)}"><title>{escape(title)}</title>')
        self._links = True
        return self

    def end_link(self) -> Self:
        """End a link."""
        self._parts.append("</a>")
        return self

    def close(self) -> Self:
        """End a group."""
        self._parts.append("</g>")
        return self

    def markup(self, title: str, desc: str = "") -> Markup:
        """The finished image with its name and, where given, its description."""
        wide, high = _n(self.width), _n(self.height)
        size = f'viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
        about = f"<title>{escape(title)}</title>" + (f"<desc>{escape(desc)}</desc>" if desc else "")
        body = "".join(self._parts)
        role = f'role="group" aria-label="{escape(title)}"' if self._links else 'role="img"'
        # Every part above was escaped on its way in.
        return Markup(f'<svg class="{self.css}" {role} {size}>{about}{body}</svg>')  # noqa: S704


def nothing(title: str, width: float) -> Markup:
    """What stands where there is nothing to draw."""
    drawing = Drawing(width, 64)
    drawing.add("rect", "grid", x=0.5, y=0.5, width=width - 1, height=63, rx=3)
    return drawing.text(width / 2, 32 + FONT / 3, _("No data yet"), "middle").markup(title)
