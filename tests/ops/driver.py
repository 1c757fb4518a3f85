"""A supervisor over the children named on the command line as JSON: ``{"name": "python source"}``."""

import json
import sys
from functools import partial
from pathlib import Path

from portal.kit import embedded
from portal.supervisor import Child, Printer, Supervisor
from portal.supervisor.loop import Stopped


def main(home: Path, children: dict[str, str], *, with_database: bool) -> int:
    start = partial(embedded.start, home, join=False) if with_database else None
    supervisor = Supervisor(Printer(sys.stdout), start_database=start)
    code = 1
    with supervisor.watch_signals():
        try:
            supervisor.start_database()
            code = supervisor.run(
                [
                    Child(
                        name,
                        [sys.executable, "-c", source, str(home)],
                        ready=(home / f"{name}.ready").exists if name == "web" else None,
                        stop_seconds=2,
                    )
                    for name, source in children.items()
                ]
            )
        except Stopped:
            code = 0
        finally:
            supervisor.stop()
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), json.loads(sys.argv[2]), with_database=sys.argv[3:] == ["database"]))
