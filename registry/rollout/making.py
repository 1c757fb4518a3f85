"""Building a bundle, from the order to the zip: gathered, stored, signed for, packed. Run by a job, never by a page.

Everything is stored before it is named, and every step may be done again: what stands already stays.
"""

import contextlib
import hashlib
import json
import logging
import os
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cspon_node import formats
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.signing import own_signer
from portal.kit.storage import BLOCK, Blob, get_store
from portal.settings import get_settings
from registry.rollout import building, ceremony, faults
from registry.rollout.actions import bundles as actions
from registry.rollout.models import BundleState
from registry.rollout.packing import Part, from_bytes, pack
from registry.rollout.plan import Refused
from registry.rollout.queries import bundles as queries
from registry.rollout.queries import gathering, stored
from registry.rollout.queries.gathering import NotYet
from registry.rollout.withdrawing import withdrawn_bytes

log = logging.getLogger(__name__)


def build(bundle_id: uuid.UUID) -> bool:
    """Gather, store and sign for; then pack, unless people must sign first. False: to be tried again a little later."""
    if not ceremony.repository().complete:
        return False
    try:
        with transaction() as db:
            bundle = actions.locked(db, bundle_id)
            if bundle.state is not BundleState.building:
                return True
            if bundle.manifest_sha256 is None:
                found = gathering.gather(db, bundle)
                wheels = stored.sizes(db, bundle.parts)
                facts = bundle.channel.value, bundle.sequence
        if bundle.manifest_sha256 is None:
            made = building.build(
                found, channel=facts[0], sequence=facts[1], portal=get_settings().site_url,
                made_at=now().isoformat(timespec="seconds"), signer=own_signer(building.KEY), wheels=wheels,
            )  # fmt: skip
            store = get_store()
            parts = {name: store.put([data]) for name, data in made.parts.items()}
            manifest = store.put([made.manifest])
            with transaction() as db:
                actions.prepared(db, bundle_id, manifest, parts)
    except NotYet:
        return False
    except faults.KNOWN as fault:
        return _fail(bundle_id, fault)
    return settle(bundle_id)


def settle(bundle_id: uuid.UUID) -> bool:
    """Have TUF sign for the manifest; when it is served, pack. False: to be tried again a little later."""
    try:
        if _signed_for(bundle_id):
            pack_it(bundle_id)
    except faults.KNOWN as fault:
        return _fail(bundle_id, fault)
    return True


def _fail(bundle_id: uuid.UUID, fault: Exception) -> bool:
    """Whether that was the end: what a key, a disk or a signature that is put back mends is waited for, and said."""
    why = faults.written(fault)
    log.warning("bundle %s: %s", bundle_id, why.replace("\n", ": "))
    over = not faults.FAULTS[faults.code_of(fault)].again
    with transaction() as db:
        (actions.failed if over else actions.held_up)(db, bundle_id, why)
    return over


def _signed_for(bundle_id: uuid.UUID) -> bool:
    # Under the bundle's lock: whoever withdraws it comes before, and nothing is signed for, or after.
    with transaction() as db:
        bundle = actions.locked(db, bundle_id)
        if bundle.state not in (BundleState.building, BundleState.signing) or not bundle.manifest_sha256:
            return False
        row = queries.one(db, bundle.id)
        assert row is not None  # noqa: S101 - it is locked
        target = target_of(_names(row))
        there = ceremony.repository()
        size = get_store().size(bundle.manifest_sha256)
        served = there.publish(
            bundle.channel.value, {target: (size, bundle.manifest_sha256)}, ceremony.signers(), now()
        )
        served = served and there.targets(bundle.channel.value).get(target) == bundle.manifest_sha256
        if not served and bundle.state is BundleState.building:
            actions.move(db, bundle, BundleState.signing)
    return served


@dataclass(frozen=True)
class Names:
    """What a bundle is called."""

    channel: str
    namespace: str
    name: str
    version: str


def _names(row: Any) -> Names:
    return Names(row.channel.value, row.namespace, row.name, row.version)


def target_of(names: Names) -> str:
    """The TUF target that holds its manifest."""
    return formats.target_path(names.channel, names.namespace, names.name, names.version)


def pack_it(bundle_id: uuid.UUID) -> None:
    """Write the zip with the metadata that is served now, store it, offer it. A withdrawn bundle is left alone."""
    with transaction() as db:
        row = queries.one(db, bundle_id)
        if row is None or row.state not in (BundleState.building, BundleState.signing, BundleState.ready):
            return
        parts = dict(row.parts)
    front = front_of(row)
    stale = [each.role for each in ceremony.repository().expiring(now())]
    if stale:
        raise Refused(f"The metadata has expired: {', '.join(stale)}.", code="expired")
    manifest = _read(row.manifest_sha256)
    entries = formats.read_manifest(json.loads(manifest)).files
    head = [from_bytes(name, data) for name, data in front]
    assert set(parts) <= {each.path for each in entries}  # noqa: S101 - the manifest was made of them
    with _spooled([*head, *_stored(entries)]) as (path, blob):
        get_store().adopt(path, blob)
    with transaction() as db:
        actions.ready(db, bundle_id, blob, stored.certificate_ends(db, bundle_id))


def front_of(row: Any) -> list[tuple[str, bytes]]:
    """The first entries of a bundle as they are served now: metadata, its manifest, the list of withdrawn versions.

    ``Refused`` where the channel serves another bundle of this version, or none.
    """
    there = ceremony.repository()
    names = _names(row)
    if there.targets(formats.NOTICES) == {}:
        raise Refused("The list of withdrawn versions is not signed yet.", code="notices-unsigned")
    target = target_of(names)
    if there.targets(names.channel).get(target) != row.manifest_sha256:
        raise Refused("Another bundle of this version is served in this channel.", code="replaced")
    metadata = there.together(names.channel, formats.NOTICES)
    front = [(f"{formats.METADATA_DIR}{name}", data) for name, data in metadata.items()]
    front.append((f"{formats.TARGETS_DIR}{target}", _read(row.manifest_sha256)))
    front.append((f"{formats.TARGETS_DIR}{formats.WITHDRAWN_TARGET}", withdrawn_bytes()))
    return front


def _stored(entries: Sequence[formats.Entry]) -> Iterator[Part]:
    """The files of a manifest in the order of a bundle, opened from the store one after the other."""
    place = {folder: n for n, folder in enumerate(formats.ORDER)}
    ordered = sorted(entries, key=lambda each: (place[each.path.partition("/")[0] + "/"], each.path))
    for each in ordered:
        yield Part(each.path, each.sha256, each.size, lambda sha256=each.sha256: _open(sha256))  # type: ignore[misc]


def _open(sha256: str) -> BinaryIO:
    try:
        return get_store().open(sha256)
    except FileNotFoundError:
        raise FileNotFoundError(f"the file {sha256} is not in the store") from None


def _read(sha256: str) -> bytes:
    with get_store().open(sha256) as file:
        return file.read()


@contextlib.contextmanager
def _spooled(parts: Sequence[Part] | Iterator[Part]) -> Iterator[tuple[Path, Blob]]:
    """The zip as a file beside the store, with its digest. It is gone afterwards unless the store took it."""
    folder = get_store().incoming
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="incoming-", dir=folder)
    path = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            pack(parts, file)
            file.flush()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o444)
            file.seek(0)
            digest, size = hashlib.sha256(), 0
            while piece := file.read(BLOCK):
                digest.update(piece)
                size += len(piece)
        yield path, Blob(digest.hexdigest(), size)
    finally:
        path.unlink(missing_ok=True)
