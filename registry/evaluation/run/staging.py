"""Lays the files of a run where its jails can see them: hard links where possible, so that it costs next to nothing."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from portal.kit.storage import get_store
from registry.evaluation.failures import clean
from registry.evaluation.queries.orders import StoredFile
from registry.evaluation.run.faults import RunFailed
from registry.evaluation.run.plan import RUNNERS
from registry.sandbox.binds import Bind
from registry.sandbox.errors import PlatformFault
from registry.sandbox.staging import Stage


def lay(stage: Stage, folder: str, files: Iterable[StoredFile], prefix: str = "", *, code: str) -> Path:
    """Put the files below ``prefix`` into ``folder`` of the stage, without the prefix; a bad path fails as ``code``."""
    top = stage.folder(folder)
    made: set[str] = set()
    store = get_store()
    for file in files:
        if not file.path.startswith(prefix):
            continue
        relative = PurePosixPath(file.path[len(prefix) :])
        parent = str(relative.parent)
        try:
            if parent not in made and parent != ".":
                stage.folder(f"{folder}/{parent}")
                made.add(parent)
        except (PlatformFault, OSError) as error:
            raise RunFailed(code, reason=clean(file.path)) from error
        try:
            store.fetch(file.sha256, top / relative)
        except FileNotFoundError as error:
            raise RunFailed("store_fault", reason=clean(file.path)) from error
        except OSError as error:
            raise RunFailed(code, reason=clean(f"{file.path}: {error.strerror}")) from error
    return top


def lay_runners(stage: Stage, model_io: Mapping[str, object]) -> list[Bind]:
    """The runners of model files, and what they are told (the fields of ``ModelIO``), ready to bind."""
    top = stage.folder("runner")
    for source in RUNNERS.iterdir():
        if source.suffix in {".py", ".json"}:
            stage.put(f"runner/{source.name}", source)
    stage.write("runner-config/model_io.json", json.dumps(dict(model_io)).encode())
    return [Bind(top, "/runner"), Bind(top.parent / "runner-config", "/runner-config")]
