"""A worker that runs deaf programs until somebody kills it: ``work runtime_name runtime_root token``."""

import asyncio
import signal
import sys
from pathlib import Path

from registry.sandbox.backend import JailSpec, Limits
from registry.sandbox.detect import detect
from registry.sandbox.runtimes import find
from tests.sandbox.conformance import own_slot

DEAF = """
import os, signal, sys, time
for n in range(1, 65):
    try: signal.signal(n, signal.SIG_IGN)
    except (OSError, ValueError): pass
if os.fork() == 0:
    os.setsid(); os.fork()
print("READY", flush=True)
while True: time.sleep(600)
"""


async def main(work: Path, name: str, root: Path, token: str) -> None:
    backend = detect(weak_allowed=True, work=work)
    spec = JailSpec(find(name, root), ["python", "-c", DEAF, token], limits=Limits(wall_s=100))
    async with backend.open(spec, own_slot(77)) as jail:
        await jail.run(on_log=lambda chunk: print(chunk.decode(), flush=True))


if __name__ == "__main__":
    # A shell that runs its tests in the background hands down an ignored SIGINT; a worker's is never ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
