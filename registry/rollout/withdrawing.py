"""The signed list of what is not to be used any more: made from what the tables say, and signed when it changes."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cspon_node import formats
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.i18n import _
from portal.kit.signing import canonical
from portal.notices.actions import speaking
from registry.promotion.models import Stage
from registry.rollout import ceremony
from registry.rollout.metadata import write
from registry.rollout.queries import bundles as queries
from registry.rollout.repository import Repository
from registry.versions.models import VersionState


def rows_of(found: Iterable[Any]) -> list[formats.Withdrawal]:
    """What is said of each stopped version. Pure."""
    made = []
    for row in found:
        why, at, reason = row.stage.value, row.stage_at, row.stage_reason
        if row.stage is Stage.suspended and row.revoked:
            why = "revoked"
        if row.state is VersionState.yanked:
            why, at, reason = "yanked", row.yanked_at or row.stage_at, row.state_reason
        elif row.withheld:
            why = "suspended"
        made.append(
            formats.Withdrawal(
                row.namespace, row.name, row.version, row.digest, why, at.isoformat(timespec="seconds"), reason[:500]
            )
        )  # fmt: skip
    return sorted(made, key=lambda each: (each.namespace, each.name, each.version))


def in_both(reason: str) -> str:
    """A reason of the program in both languages, because the list is signed once for all nodes; a person's as it is."""
    with speaking("zh_Hans"):
        chinese = _(reason) if reason else ""
    return reason if chinese == reason else f"{chinese} {reason}"[:500]


def withdrawn_bytes() -> bytes:
    """The list that is served now."""
    there = ceremony.repository()
    return _kept(there, there.targets(formats.NOTICES)[formats.WITHDRAWN_TARGET]).read_bytes()


def _kept(there: Repository, sha256: str) -> Path:
    # Beside the metadata and not in the store: no row names it, so a sweep would take it.
    return there.folder / "targets" / f"{sha256}.json"


def publish(db: Session) -> bool:
    """Sign the list if it says anything new, and serve no more what is on it; whether it was signed."""
    there = ceremony.repository()
    if not there.complete:
        return False
    lock_key(db, "rollout", "notices")
    rows = [replace(row, reason=in_both(row.reason)) for row in rows_of(queries.stopped(db))]
    old = json.loads(withdrawn_bytes()) if there.targets(formats.NOTICES) else None
    sequence = old["sequence"] + 1 if old else 1
    value = formats.withdrawn_json(sequence, now().isoformat(timespec="seconds"), rows)
    if old is not None and old["withdrawn"] == value["withdrawn"]:
        return False
    data = canonical(value)
    sha256 = hashlib.sha256(data).hexdigest()
    _kept(there, sha256).parent.mkdir(exist_ok=True)
    write(_kept(there, sha256), data)
    signers, at = ceremony.signers(), now()
    there.publish(formats.NOTICES, {formats.WITHDRAWN_TARGET: (len(data), sha256)}, signers, at)
    for channel in formats.CHANNELS:
        gone = {formats.target_path(channel, each.namespace, each.name, each.version) for each in rows}
        if gone & there.targets(channel).keys():
            there.publish(channel, {}, signers, at, remove=gone)
    return True
