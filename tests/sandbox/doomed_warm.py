"""A worker whose warm jail waits until somebody kills it: ``work runtime_name runtime_root token``."""

import asyncio
import sys
from pathlib import Path

from registry.sandbox.backend import JailSpec
from registry.sandbox.detect import detect
from registry.sandbox.runtimes import find
from registry.sandbox.warm.mould import cast
from tests.sandbox.conformance import own_slot


async def main(work: Path, name: str, root: Path, token: str) -> None:
    backend = detect(weak_allowed=True, work=work)
    spec = JailSpec(find(name, root), ["python", "main.py", token])
    async with backend.warm(cast(spec, ("numpy",)), own_slot(78)):
        print("READY", flush=True)
        await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
