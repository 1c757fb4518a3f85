"""Places on a version's page for higher layers (see ``registry.assets.panels``)."""

from registry.assets.panels import Panels

PANELS = Panels()
"""On a version's page: ``PANELS.register("scan", 10, render)`` with ``render(req, version) -> Markup``."""
