"""Jobs of versions."""

from portal.kit.db import transaction
from portal.kit.jobs import periodic
from registry.versions import actions


@periodic("versions.forget_readers", "17 3 * * *")
def forget_readers(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Forget the digests of yesterday's readers, daily; the counts stay."""
    with transaction() as db:
        actions.forget_readers(db)
