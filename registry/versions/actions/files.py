"""Files of a draft."""

import datetime as dt
import hashlib
import hmac
import mimetypes
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from portal.accounts.throttle import network
from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session, lock_key
from portal.kit.errors import Clash, NotFound, TooLarge
from portal.kit.formats import filesize
from portal.kit.i18n import _
from portal.kit.storage import Blob
from portal.settings import get_settings
from registry.assets import queries as assets
from registry.assets.models import Asset, AssetKind
from registry.versions import paths, queries
from registry.versions.actions.common import draft
from registry.versions.models import Version, VersionFile
from registry.versions.readers import reader_key
from registry.versions.robots import is_automated

MAX_FILES = 5000
PATH_ROOM = 20
_types = mimetypes.MimeTypes()
for _suffix, _type in {
    ".md": "text/markdown", ".yaml": "application/yaml", ".yml": "application/yaml", ".geojson": "application/geo+json",
    ".onnx": "application/octet-stream", ".csv": "text/csv", ".toml": "application/toml", ".jsonl": "application/jsonl",
    ".webp": "image/webp", ".parquet": "application/vnd.apache.parquet", ".tif": "image/tiff",
    ".gpkg": "application/geopackage+sqlite3", ".ipynb": "application/x-ipynb+json",
}.items():  # fmt: skip
    _types.add_type(_type, _suffix)


@dataclass(frozen=True)
class NewFile:
    """A stored file and the path it shall have."""

    path: str
    blob: Blob


def media_type(path: str) -> str:
    """The type a path's ending stands for; only ever shown, never trusted."""
    return (_types.guess_type(path.rpartition("/")[2])[0] or "application/octet-stream")[:100]


def quota_bytes() -> int:
    """Bytes one namespace may store."""
    return int(get_settings().user_quota_gb * 2**30)


def headroom(db: Session, namespace_id: uuid.UUID) -> int:
    """Bytes a namespace may still store."""
    return max(0, quota_bytes() - queries.owned_bytes(db, namespace_id))


def check_quota(db: Session, namespace_id: uuid.UUID, blobs: Iterable[Blob]) -> None:
    """Refuse what goes past the namespace's quota; the lock lets parallel uploads be counted one after the other."""
    lock_key(db, "quota", namespace_id)
    wanted = {blob.sha256: blob.size for blob in blobs}
    known = queries.owned_blobs(db, namespace_id, wanted)
    more = sum(size for digest, size in wanted.items() if digest not in known)
    if more and more > headroom(db, namespace_id):
        raise TooLarge(
            _(
                "This namespace has used its storage quota of %(size)s.",
                size=filesize(get_settings().user_quota_gb * 2**30),
            ),
            hint=_("Ask the operator for more room."),
        )


def add_files(
    db: Session, actor: Actor, *, version_id: uuid.UUID, files: Sequence[NewFile], source: str = "upload"
) -> Version:
    """Put stored files into a draft; a file at the same path is replaced.

    Refuses bad and colliding paths, too many files, and what the namespace's quota does not hold.
    """
    version, asset = draft(db, version_id)
    present, wanted = _checked(db, version, asset, files)
    queries.remember_blobs(db, asset.namespace_id, wanted.values())
    for path, blob in wanted.items():
        _put(db, version, asset, path, blob, present)
    db.flush()
    _recount(db, version)
    shown = [{"path": path, "sha256": blob.sha256} for path, blob in sorted(wanted.items())[:PATH_ROOM]]
    record(
        db, actor, verb="version.files-added", object=version, source=source, count=len(wanted), files=shown
    )
    return version


def check_files(db: Session, *, version_id: uuid.UUID, files: Sequence[NewFile]) -> None:
    """Refuse what ``add_files`` would refuse, before anything is in the store: what is refused must not stay there."""
    version, asset = draft(db, version_id)
    _checked(db, version, asset, files)


def check_room(db: Session, *, version_id: uuid.UUID, blobs: Iterable[Blob]) -> None:
    """The same for archives: a draft, and room for them in the namespace's quota."""
    _version, asset = draft(db, version_id)
    check_quota(db, asset.namespace_id, blobs)


def _checked(
    db: Session, version: Version, asset: Asset, files: Sequence[NewFile]
) -> tuple[dict[str, VersionFile], dict[str, Blob]]:
    """The files that are there and those to come, by path."""
    present = {row.path: row for row in queries.stored_files(db, version.id)}
    wanted = {paths.clean(item.path): item.blob for item in files}
    _check_paths(wanted, present)
    check_quota(db, asset.namespace_id, wanted.values())
    return present, wanted


def _check_paths(wanted: Mapping[str, Blob], present: Mapping[str, VersionFile]) -> None:
    if len(present.keys() | wanted.keys()) > MAX_FILES:
        raise TooLarge(
            _("A version has at most %(n)s files.", n=MAX_FILES), hint=_("Pack small files together.")
        )
    seen = paths.Taken(present)
    for path in wanted:
        other = seen.take(path)
        if other is not None:
            message = _("“%(path)s” collides with “%(other)s”.", path=path, other=other)
            raise Clash(message, fields={"path": message})


def _put(
    db: Session, version: Version, asset: Asset, path: str, blob: Blob, present: Mapping[str, VersionFile]
) -> None:
    row = present.get(path) or VersionFile(version_id=version.id, path=path, sha256="", size=0)
    row.sha256, row.size, row.media_type = blob.sha256, blob.size, media_type(path)
    # Hidden from the first moment: a benchmark's labels are never public, not even for the time of a draft.
    row.hidden = asset.kind is AssetKind.benchmark and paths.is_hidden(path)
    db.add(row)


def add_known(
    db: Session,
    actor: Actor,
    *,
    version_id: uuid.UUID,
    files: Mapping[str, str],
) -> tuple[list[str], list[str]]:
    """Take over files (path -> SHA-256) this namespace has stored before; answers (added, still to upload).

    Files of other namespaces count as unknown: what somebody else has stored is nobody's business.
    """
    _version, asset = draft(db, version_id)
    known = queries.owned_blobs(db, asset.namespace_id, set(files.values()))
    found = [NewFile(path, Blob(digest, known[digest])) for path, digest in files.items() if digest in known]
    if found:
        add_files(db, actor, version_id=version_id, files=found, source="known")
    return [item.path for item in found], [path for path, digest in files.items() if digest not in known]


def remove_file(db: Session, actor: Actor, *, version_id: uuid.UUID, path: str) -> Version:
    """Take a file out of a draft."""
    version, _asset = draft(db, version_id)
    if not queries.remove_file(db, version.id, path):
        raise NotFound(_("There is no such file."))
    _recount(db, version)
    record(db, actor, verb="version.file-removed", object=version, path=path)
    return version


def _recount(db: Session, version: Version) -> None:
    rows = queries.files_of(db, version.id, hidden=True)
    version.size = sum(row.size for row in rows)
    version.file_count = len(rows)
    version.touch()
    db.add(version)


def count_download(
    db: Session, actor: Actor, *, version_id: uuid.UUID, asset_id: uuid.UUID, address: str, agent: str
) -> bool:
    """Count a whole download of an asset once per reader and day, automated traffic apart; whether it counted.

    A reader is an account, else network and browser together. Kept is a keyed digest of that and the day.
    """
    day: dt.date = shanghai(now()).date()
    automated = is_automated(actor, agent)
    reader = f"account:{actor.id}" if actor.id else f"address:{network(address)}/{agent[:200]}"
    kind = "automated" if automated else "reader"
    who = hmac.new(reader_key(), f"{day}/{kind}/{reader}".encode(), hashlib.sha256).hexdigest()
    if not queries.mark_download(db, version_id, day, who):
        return False
    lock_key(db, "download", asset_id, who)
    if queries.marked_elsewhere(db, version_id, asset_id, day, who):
        return False
    (assets.count_robot if automated else assets.count_download)(db, asset_id)
    queries.add_to_day(db, asset_id, day, automated=automated)
    return True


def forget_readers(db: Session) -> int:
    """Delete the digests of readers of the days before yesterday: they have served their purpose."""
    return queries.forget_readers(db, shanghai(now()).date() - dt.timedelta(days=1))
