"""What each domain adds to the world of the browser tests: a module here has ``add(world)``.

``add`` makes what its pages show and appends their addresses to ``world.pages``; it is called in order of names, when
the world's own things exist and the worker runs.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def add_all(world: Any) -> None:
    """Call ``add(world)`` of every module of this folder."""
    for found in sorted(iter_modules(__path__), key=lambda module: module.name):
        import_module(f"{__name__}.{found.name}").add(world)
