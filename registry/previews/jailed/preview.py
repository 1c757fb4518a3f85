"""Read /input/file as the kind that /config/preview.json names, and write a preview of it to /output."""

import json
import sys
from importlib import import_module
from pathlib import Path

from .result import Output, UnsupportedError

READERS = {
    "text": "texts",
    "markdown": "texts",
    "table": "tables",
    "picture": "pictures",
    "map": "maps",
    "notebook": "notebooks",
    "graph": "graphs",
    "paper": "papers",
}


def main() -> int:
    """Exit code 0 whenever the index was written, whatever it says."""
    config = json.loads(Path("/config/preview.json").read_text(encoding="ascii"))
    make(Path("/input/file"), Path("/output"), kind=config["kind"], suffix=config["suffix"])
    return 0


def make(source: Path, folder: Path, *, kind: str, suffix: str) -> None:
    """The preview of one file. A reader imports what it needs itself: the others stay unloaded."""
    output = Output(folder)
    try:
        reader = import_module(f".{READERS[kind]}", __package__)
        facts = reader.read(source, output, kind=kind, suffix=suffix)
    except UnsupportedError as error:
        output.finish("unsupported", error.code, error.params)
    except MemoryError:
        raise
    except (Exception, RecursionError) as error:
        print(f"{type(error).__name__}: {str(error)[:500]}", file=sys.stderr)
        output.finish("unsupported", "damaged")
    else:
        output.finish("ready", facts=facts)


if __name__ == "__main__":
    sys.exit(main())
