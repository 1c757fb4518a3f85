"""``cspon demo --scale N``: synthetic rows in the numbers a national registry would hold, to measure pages with."""

from portal.demo.scale.filling import fill
from portal.demo.scale.loader import main
from portal.demo.scale.sizes import Scale

__all__ = ["Scale", "fill", "main"]
