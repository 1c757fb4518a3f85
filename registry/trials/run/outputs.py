"""What a stranger's program wrote, read as a stranger's file is: in a jail, by the readers of previews."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from portal.kit.storage import Blob, get_store
from registry.dryruns.run.steps import staged
from registry.evaluation.queries.orders import StoredFile
from registry.evaluation.run.place import Place
from registry.evaluation.run.staging import lay
from registry.previews.models import PreviewKind
from registry.previews.reading import Result
from registry.previews.run import make_preview
from registry.previews.tasks import RUNTIME
from registry.sandbox.backend import MIB, Limits
from registry.sandbox.runtimes import find
from registry.sandbox.slots import Slot
from registry.trials.interface import Output
from registry.versions.serving import suffix

READERS = {
    "table": PreviewKind.table,
    "picture": PreviewKind.picture,
    "map": PreviewKind.map,
    "document": PreviewKind.text,
}
READING = Limits(
    wall_s=30.0,
    memory_bytes=1024 * MIB,
    output_bytes=32 * MIB,
    output_files=100,
    log_bytes=64 * 1024,
    processes=16,
)


async def read_outputs(
    place: Place,
    slot: Slot,
    wanted: Sequence[Output],
    files: Mapping[str, Blob],
    *,
    check: Callable[[], None],
) -> tuple[list[dict[str, Any]], dict[str, Blob]]:
    """One entry per wanted output, and the parts to be shown, in the store. An output that cannot be read, or is not
    there, spoils no other. ``check`` is asked before each jail and raises where nobody wants the answer any more."""
    entries: list[dict[str, Any]] = []
    parts: dict[str, Blob] = {}
    for n, output in enumerate(wanted):
        blob = files.get(str(n))
        if blob is None:
            entries.append({"state": "missing", "reason": "", "params": {}, "facts": {}, "size": 0})
            continue
        check()
        result = await _read(place, slot, output, blob)
        entries.append(
            {
                "state": result.state.value,
                "reason": result.reason,
                "params": dict(result.params),
                "facts": dict(result.facts),
                "size": blob.size,
            }
        )
        for name, data in result.parts.items():
            parts[f"{n}/{name.partition('.')[0]}"] = await place.run(get_store().put, [data])
    return entries, parts


async def _read(place: Place, slot: Slot, output: Output, blob: Blob) -> Result:
    runtime = await place.run(find, RUNTIME, place.runtimes)
    kept = StoredFile(output.file, blob.sha256, blob.size)
    async with staged(place, slot) as stage:
        folder = await place.run(lay, stage, "read", [kept], code="store_fault")
        return await make_preview(
            place.backend,
            runtime,
            folder / output.file,
            kind=READERS[output.kind],
            suffix=suffix(output.file),
            slot=slot,
            limits=READING,
        )
