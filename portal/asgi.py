"""What a server is pointed at: the application, imported while the garbage collector rests.

Importing makes some hundred thousand objects, and none of them is garbage; the collector would go through all of them
again and again (a quarter of the start). Afterwards they are frozen, so it never looks at them in a running process.
"""

import gc

from fastapi import FastAPI


def create_app() -> FastAPI:
    """``portal.app.create_app``, quicker to begin with."""
    gc.disable()
    try:
        from portal.app import create_app as made

        return made()
    finally:
        gc.freeze()
        gc.enable()
