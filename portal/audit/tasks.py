"""Jobs of the log."""

import logging

from portal.audit import actions, watermark
from portal.audit.actions.checkpoints import JOB
from portal.kit.db import transaction
from portal.kit.jobs import job, periodic

log = logging.getLogger(__name__)


@periodic("audit.erase", "20 3 * * *")
def erase(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Erase the names of persons whose accounts were closed long ago."""
    with transaction() as db:
        actions.erase_closed(db)


@job(JOB)
def checkpoint() -> None:
    """Sign a checkpoint now; the file outside the database follows once it has committed."""
    try:
        with transaction() as db:
            made = actions.sign_checkpoint(db)
    except actions.NotSigned as refusal:
        log.warning("no checkpoint: %s", refusal.message)
        return
    if made is not None:
        watermark.raise_to(made.note)


@periodic("audit.checkpoint_by_the_minute", "* * * * *")
def checkpoint_by_the_minute(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Sign a checkpoint if the log has grown."""
    checkpoint()
