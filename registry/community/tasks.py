"""Jobs of the community."""

import uuid

from portal.kit.db import transaction
from portal.kit.jobs import job, periodic
from registry.community.actions import reactions, reports
from registry.versions.models import VersionState


@job("community.version_changed")
def version_changed(version_id: str, state: str) -> None:
    """Tell those who watch the asset."""
    with transaction() as db:
        reactions.tell_watchers(db, version_id=uuid.UUID(version_id), state=VersionState(state))


@periodic("community.pass_on_overdue", "47 * * * *")
def pass_on_overdue(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Pass on reports that were not decided in time, hourly."""
    with transaction() as db:
        reports.pass_on_overdue(db)
