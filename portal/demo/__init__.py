"""The demo content: invented people and organisations, and what they publish. ``cspon demo`` calls ``main``."""

from portal.demo.loader import main

__all__ = ["main"]
