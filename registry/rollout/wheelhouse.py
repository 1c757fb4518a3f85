"""Wheels that travel with a bundle, for nodes that reach no package index."""

from pathlib import Path

from cspon_node import formats
from portal.kit.db import Session
from portal.kit.errors import Conflict
from portal.kit.i18n import _
from portal.kit.storage import get_store
from registry.versions import queries as versions

PIECE = 1 << 20


def stored(db: Session, folder: Path) -> dict[str, str]:
    """Put every wheel of a folder into the store: entry of the bundle -> digest. Refuses a folder without any.

    Whether they are the ones of the lock is checked where they are installed: by the lock's hashes.
    """
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.whl")):
        name = formats.check_path(f"{formats.WHEELS_DIR}{path.name}")
        with path.open("rb") as file:
            blob = get_store().put(iter(lambda: file.read(PIECE), b""))
        versions.note_blobs(db, [blob])
        found[name] = blob.sha256
    if not found:
        raise Conflict(_("There is no wheel (*.whl) in %(folder)s.", folder=folder))
    return found
