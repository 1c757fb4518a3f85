"""Sample data of the styleguide."""

from typing import Any

from portal.kit.charts.specimens import specimens
from portal.kit.clock import now


def samples() -> dict[str, Any]:
    """What ``templates/styleguide/index.html`` shows."""
    return {"samples": specimens(), "moment": now()}
