"""An attacker's workshop: metadata changed and signed again with the keys that were stolen, and no others."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata, MetaFile

from portal.kit.clock import now
from portal.kit.signing import Signer
from registry.rollout.metadata import Adapter
from registry.rollout.packing import Part, from_bytes
from tests.node.world import World, packed

Change = Callable[[Metadata[Any]], None]


def signed(made: Metadata[Any], signers: Sequence[Signer]) -> bytes:
    made.signatures.clear()
    for signer in signers:
        made.sign(Adapter(signer), append=True)
    return made.to_bytes()


def forged(
    world: World,
    parts: Sequence[Part],
    changes: Mapping[str, tuple[Change, Sequence[Signer]]],
    name: str = "forged.zip",
) -> Path:
    """The bundle with metadata changed and signed by these keys; snapshot and timestamp follow, by the stolen online
    keys, so that only the rule under test can refuse it."""
    data = {part.name: part.open().read() for part in parts}
    for role, (change, signers) in changes.items():
        made = Metadata[Any].from_bytes(data[f"metadata/{role}.json"])
        change(made)
        data[f"metadata/{role}.json"] = signed(made, signers)
    if not set(changes) & {"snapshot", "timestamp"}:
        snapshot = Metadata[Any].from_bytes(data["metadata/snapshot.json"])
        for role in set(changes) & {"targets", "pilot", "regional", "national", "notices"}:
            version = Metadata[Any].from_bytes(data[f"metadata/{role}.json"]).signed.version
            snapshot.signed.meta[f"{role}.json"] = MetaFile(version)
        data["metadata/snapshot.json"] = signed(snapshot, [world.online["snapshot"]])
    if "timestamp" not in changes:
        stamp = Metadata[Any].from_bytes(data["metadata/timestamp.json"])
        number = Metadata[Any].from_bytes(data["metadata/snapshot.json"]).signed.version
        stamp.signed.snapshot_meta = MetaFile(number)
        data["metadata/timestamp.json"] = signed(stamp, [world.online["timestamp"]])
    return packed(world.folder / name, [from_bytes(each.name, data[each.name]) for each in parts])


def nothing(_made: Metadata[Any]) -> None:
    """No change; other signatures."""


def old(made: Metadata[Any]) -> None:
    """Expired yesterday."""
    made.signed.expires = (now() - dt.timedelta(days=1)).replace(microsecond=0)
