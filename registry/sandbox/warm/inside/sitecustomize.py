"""Found by Python's own start, inside a warm jail, before the program's file is looked for.

Imports what /warm/modules names, says so, and waits at the pipe /warm/go. Once told to go it takes itself back
(path, variable, module), and Python goes on to run the command it was started with: arguments, `__main__`, frames,
tracebacks and exit codes are those of a cold start because they come from the same start.
"""

import gc
import importlib
import os
import sys

PLACE = "/warm"
MARK = b"\0cspon-warm "


def prepare() -> None:
    """Import; a module that is absent or broken is for the program itself to meet."""
    with open(f"{PLACE}/modules", encoding="utf-8") as file:  # noqa: PTH123 - pathlib is one import more
        names = file.read().split()
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:  # noqa: S112 - it fails again, in the program's own words
            continue


def withdraw() -> None:
    """Leave the search path and the environment as a cold start has them."""
    sys.path.remove(PLACE)
    sys.path_importer_cache.pop(PLACE, None)
    os.environ["PYTHONPATH"] = os.environ["PYTHONPATH"].removeprefix(f"{PLACE}:")


def wait() -> None:
    """Name what is loaded, then block until the worker says GO; its silence for good ends the jail."""
    gc.freeze()  # what the imports made stays: no collection need look at it again
    tops = sorted({name.partition(".")[0] for name in sys.modules} - {"__main__", "sitecustomize"})
    os.write(1, MARK + " ".join(tops).encode() + b"\n")
    pipe = os.open(f"{PLACE}/go", os.O_RDONLY)
    if os.read(pipe, 2) != b"GO":
        os._exit(70)
    os.close(pipe)
    importlib.invalidate_caches()  # the job's files are there now


prepare()
withdraw()
wait()
# For `site` this says: there is no such module. So none is left behind.
raise ImportError("done", name="sitecustomize")
