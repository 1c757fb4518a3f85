"""Jobs of rollout."""

import datetime as dt
import logging
import uuid

from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.jobs import defer, job, periodic
from registry.rollout import ceremony, faults, hooks, making, withdrawing
from registry.rollout.actions import bundles, nodes

assert hooks  # noqa: S101 - promotions that a worker moves order and withdraw bundles
log = logging.getLogger(__name__)
AGAIN_S = 20


@job(bundles.BUILD)
def build(bundle_id: str) -> None:
    """Build a bundle; while the log has not signed for it, or no ceremony was held, look again a little later."""
    notices()
    if not making.build(uuid.UUID(bundle_id)):
        with transaction() as db:
            defer(
                db, bundles.BUILD, queueing_lock=f"rollout:{bundle_id}",
                at=now() + dt.timedelta(seconds=AGAIN_S), bundle_id=bundle_id,
            )  # fmt: skip


@job(bundles.SETTLE)
def settle(bundle_id: str) -> None:
    """Go on with a bundle that people have signed for meanwhile."""
    notices()
    making.settle(uuid.UUID(bundle_id))


@job(bundles.NOTICES)
def notices() -> None:
    """Sign the list of withdrawn versions if it changed."""
    try:
        with transaction() as db:
            withdrawing.publish(db)
    except faults.KNOWN as fault:
        log.warning("the list of withdrawn versions is not signed: %s", faults.written(fault))


@periodic("rollout.watch", "2-59/5 * * * *")
def watch(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """End what is overdue, order what is lacking, go on with what was signed, and keep the list of withdrawn true."""
    with transaction() as db:
        nodes.watch(db)
    if ceremony.repository().complete:
        notices()
        with transaction() as db:
            bundles.watch(db)


@periodic("rollout.refresh", "40 2 * * *")
def refresh(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Sign snapshot and timestamp anew once a day; bundles are sent under them from then on."""
    try:
        ceremony.repository().refresh(ceremony.signers(), now())
    except faults.KNOWN as fault:
        log.warning("the repository is not signed anew: %s", faults.written(fault))
