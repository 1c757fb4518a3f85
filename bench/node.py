"""What verifying a bundle costs a node: the whole command with all checks, against ``sha256sum`` of the file."""

import os
import subprocess
import sys
import time
from pathlib import Path

from bench.support import Line, in_turns, median_ratio
from tests.node.world import World

SIZE = 1 << 30
PIECE = 1 << 24


def run(folder: Path) -> list[Line]:
    """A bundle of 1 GiB: one large file that does not compress, signed and evidenced as a real one."""
    large = folder / "large.bin"
    with large.open("wb") as file:
        for _ in range(SIZE // PIECE):
            file.write(os.urandom(PIECE))
    world = World(folder / "node")
    bundle = world.bundle(large={"weights.bin": large})
    large.unlink()
    trust = folder / "root.json"
    trust.write_bytes(world.trust)
    tool = [sys.executable, "-c", "import sys; from cspon_node.cli import main; sys.exit(main())"]
    commands = {
        "ours": [*tool, "verify", str(bundle), "--trust", str(trust)],
        "sha256sum": ["sha256sum", str(bundle)],
    }
    for command in commands.values():  # both read from memory, so that neither is measured by the disk
        _seconds(command)
    seen = in_turns({name: lambda each=command: _seconds(each) for name, command in commands.items()}, 5)  # type: ignore[misc]
    bundle.unlink()
    return [
        Line(
            "cspon-node verify of a bundle of 1 GiB", "sha256sum of it",
            median_ratio(seen["ours"], seen["sha256sum"]), 1.3, False, seen,
        )
    ]  # fmt: skip


def _seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - begin
