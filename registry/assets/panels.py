"""Places on a page for higher layers: they register here, because imports go down only.

A panel must show anonymous visitors only what depends on the row of the page's object: whoever changes what a panel
shows calls ``registry.assets.actions.touch`` in the same transaction, because pages are cached under ``updated_at``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from portal.kit.pages import Context

Render = Callable[[Context, Any], Markup | str]


@dataclass(frozen=True)
class Panel:
    """A part of a page. ``render(req, subject)`` answers Markup, or an empty text for nothing."""

    name: str
    order: int
    render: Render


class Panels:
    """The panels of one kind of page."""

    def __init__(self) -> None:
        self._panels: dict[str, Panel] = {}

    def register(self, name: str, order: int, render: Render) -> None:
        """Put a panel on every such page; small orders come first. Registering a name again replaces it."""
        self._panels[name] = Panel(name, order, render)

    def rendered(self, req: Context, subject: Any) -> list[Markup]:
        """What all panels show of this object to this request, in order, without the empty ones."""
        ordered = sorted(self._panels.values(), key=lambda panel: (panel.order, panel.name))
        # Panels answer Markup of our own templates; a plain text is escaped.
        parts = [Markup.escape(panel.render(req, subject)) for panel in ordered]
        return [part for part in parts if part.strip()]


PANELS = Panels()
"""On an asset's page: ``PANELS.register("evaluations", 40, render)`` with ``render(req, asset) -> Markup``."""
DOORS = Panels()
"""In the head of an asset's page: one line of ways to what belongs to it (likes, discussions, statistics). Anonymous
visitors see there what the asset's own counters say, and nothing else."""
