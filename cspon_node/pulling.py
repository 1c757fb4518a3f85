"""What a portal offers this node, fetched and then held against the same signatures as a bundle on a stick."""

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cspon_node.archive import Member
from cspon_node.durable import sync_folder, write_bytes
from cspon_node.formats import CHANNELS, METADATA_DIR, NOTICES, TARGETS_DIR, WITHDRAWN_TARGET, shown
from cspon_node.home import Home, read_json
from cspon_node.installing import Shelf
from cspon_node.portal_door import Portal, check_id
from cspon_node.refusals import Refusal, unread
from cspon_node.trust import check_root
from cspon_node.verifying import Show

INDEX, BUNDLES, METADATA = "/api/v1/rollout/index", "/api/v1/rollout/bundles", "/api/v1/rollout/metadata"
WITHDRAWN, RECEIPTS = "/api/v1/rollout/withdrawn", "/api/v1/rollout/receipts"
MARGIN = 64 << 20
PART = 500
"""Receipts that are sent at once; the portal takes 1000."""


@dataclass(frozen=True)
class Offer:
    """A bundle that the portal says it has. Nothing of it is believed: it only says what to fetch."""

    id: str
    channel: str
    asset: str
    version: str
    sequence: int
    manifest: str
    size: int

    @property
    def text(self) -> str:
        """``namespace/name@version``, safe to show."""
        return shown(f"{self.asset}@{self.version}")


def offers(portal: Portal, channel: str | None, shelf: Shelf) -> list[Offer]:
    """The newest offered bundle of every asset (of one channel, where that is asked for) that is not installed here."""
    value = portal.ask(INDEX)
    rows = value.get("bundles") if isinstance(value, dict) else None
    if not isinstance(rows, list):
        raise unread(INDEX)
    newest: dict[str, Offer] = {}
    for row in rows:
        offer = _offer(row)
        if offer is None or (channel and offer.channel != channel):
            continue
        if offer.asset not in newest or newest[offer.asset].sequence < offer.sequence:
            newest[offer.asset] = offer
    here = {asset: [each.manifest_sha256 for each in shelf.versions(asset)] for asset in shelf.assets()}
    return [each for each in newest.values() if each.manifest not in here.get(each.asset, ())]


def _offer(row: object) -> Offer | None:
    try:
        given = dict(row) if isinstance(row, dict) else {}
        if not given.pop("newest", True):
            return None
        return Offer(
            check_id(given["id"]), str(given["channel"]), f"{given['namespace']}/{given['name']}",
            str(given["version"]), int(given["sequence"]), str(given["manifest"]), int(given["size"]),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as error:
        raise unread(INDEX, repr(error)) from error


def hand_in(home: Home, portal: Portal, url: str, first: int | None) -> int:
    """Send the receipts this portal has not had (or those from a number on), a part at a time; how many."""
    kept = home.path / "receipts" / "handed-in.json"
    known: dict[str, int] = read_json(kept) or {}
    begin = first if first is not None else known.get(url, 0) + 1
    made = home.receipts().export(begin)
    rows = made["receipts"]
    for at in range(0, len(rows), PART):
        part = rows[at : at + PART]
        try:
            portal.post(RECEIPTS, {**made, "receipts": part})
        except Refusal as refusal:
            # All of the part stands there: an answer of before was lost on the way.
            if refusal.values.get("problem") != "receipt-replayed":
                raise
        known[url] = max(known.get(url, 0), begin + at + len(part) - 1)
        write_bytes(kept, json.dumps(known).encode())
    return len(rows)


def save(home: Home, portal: Portal, offer: Offer, show: Show) -> Path:
    """Fetch a bundle into ``inbox/``, going on with what an earlier try has left there."""
    target = home.path / "inbox" / f"{offer.id}-{offer.sequence}.zip"
    free = shutil.disk_usage(home.path).free
    if free < offer.size + MARGIN:
        raise Refusal("no-room", home=home.path, needed=(offer.size + MARGIN) >> 20, free=free >> 20)
    portal.download(f"{BUNDLES}/{offer.id}", target, offer.size + MARGIN, show)
    sync_folder(target.parent)
    return target


class _Fetched:
    """Metadata from the portal, in the shape of a bundle's."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self.members: Mapping[str, Member] = {
            name: Member(name, len(data), 0) for name, data in files.items()
        }

    def read(self, name: str, limit: int) -> bytes:
        """A file; refused above ``limit`` bytes."""
        data = self._files[name]
        if len(data) > limit:
            raise Refusal("too-large", name=name, size=len(data))
        return data


def refresh(home: Home, portal: Portal) -> None:
    """Learn what was withdrawn and what is newer, by the signed metadata the portal serves now."""
    files = dict(_roots(home, portal))
    for name in ("timestamp", "snapshot", "targets", *CHANNELS, NOTICES):
        files[f"{METADATA_DIR}{name}.json"] = portal.read(f"{METADATA}/{name}.json")
    files[f"{TARGETS_DIR}{WITHDRAWN_TARGET}"] = portal.read(WITHDRAWN)
    trust = home.trust()
    with trust.opened(_Fetched(files)) as walk:
        trust.keep(walk, walk.notices())


def _roots(home: Home, portal: Portal) -> Iterator[tuple[str, bytes]]:
    """The roots from the one that was handed over on, until there is none."""
    number = check_root(home.root())
    while True:
        name = f"{number}.root.json"
        try:
            yield f"{METADATA_DIR}{name}", portal.read(f"{METADATA}/{name}")
        except Refusal as refusal:
            if refusal.code != "portal-refused":
                raise
            return
        number += 1
