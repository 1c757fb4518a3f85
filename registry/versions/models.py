"""Tables of versions and their files."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field


class VersionState(StrEnum):
    """Lifecycle of DOMAIN 3."""

    draft = "draft"
    scanning = "scanning"
    published = "published"
    quarantined = "quarantined"
    rejected = "rejected"
    yanked = "yanked"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "draft": N_("Draft"),
            "scanning": N_("Scanning"),
            "published": N_("Published"),
            "quarantined": N_("Quarantined"),
            "rejected": N_("Rejected"),
            "yanked": N_("Yanked"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {
            "draft": "neutral",
            "scanning": "busy",
            "published": "good",
            "quarantined": "warn",
            "rejected": "bad",
            "yanked": "neutral",
        }[self.value]


VERSION_TRANSITIONS: Transitions[VersionState] = {
    VersionState.draft: {VersionState.scanning: frozenset({"publisher"})},
    VersionState.scanning: {
        VersionState.published: frozenset({"system"}),
        VersionState.quarantined: frozenset({"system"}),
        VersionState.rejected: frozenset({"system"}),
        # The scan could not be made (platform fault, three tries): the publisher gets the draft back.
        VersionState.draft: frozenset({"system"}),
    },
    VersionState.quarantined: {
        VersionState.published: frozenset({"certifier"}),
        VersionState.rejected: frozenset({"certifier"}),
    },
    VersionState.published: {VersionState.yanked: frozenset({"publisher"})},
}


class SubmissionKind(StrEnum):
    """What a version is to the evaluator."""

    files = "files"
    predictions = "predictions"
    program = "program"
    model = "model"

    @property
    def label(self) -> str:
        """Message id of the kind's name."""
        return {
            "files": N_("Files only (not evaluated)"),
            "predictions": N_("Predictions"),
            "program": N_("Program"),
            "model": N_("Model file"),
        }[self.value]


class Version(StampedTable, table=True):
    """A version. Once published nothing of it changes; ``tree_digest`` names its files for ever."""

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("asset_id", "number"),)

    asset_id: uuid.UUID = Field(foreign_key="asset.id", index=True)
    number: str = Field(max_length=40)
    """Semantic version, 2.0.0 of the rules."""
    sort_key: str = Field(max_length=120)
    """The number in a form whose text order is the precedence of semver (database collation C)."""
    state: VersionState = enum_field(VersionState, VersionState.draft, name="state", index=True)
    submission: SubmissionKind = enum_field(SubmissionKind, SubmissionKind.files, name="submission")
    notes: str = Field(default="", max_length=5000)
    tree_digest: str = Field(default="", max_length=64)
    """SHA-256 over the sorted lines ``sha256  path\\n`` of all files (the format of sha256sum), set when submitted."""
    size: int = Field(default=0, sa_type=BigInteger)
    file_count: int = 0
    runtime: str = Field(default="", max_length=60)
    """Name of the runtime a program or model asks for (from cspon.yaml)."""
    rehearsed_digest: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    """Of a benchmark: what its last passed dry run was made with (`digests.rehearsed`). Empty: none has passed."""
    executable_format: bool = False
    """True where a pickle-bearing file was accepted: runs only in a jail, is not promotable beyond pilot."""
    created_by: uuid.UUID = Field(foreign_key="account.id")
    submitted_at: dt.datetime | None = instant_field(nullable=True)
    published_at: dt.datetime | None = instant_field(nullable=True)
    yanked_at: dt.datetime | None = instant_field(nullable=True)
    state_reason: str = Field(default="", max_length=2000)
    deadline_at: dt.datetime | None = instant_field(nullable=True)
    """While scanning: the watchdog moves the version on after this instant."""
    scan_attempts: int = 0


class VersionFile(Table, table=True):
    """A file of a version. ``hidden`` files (labels, scorer, hidden inputs of a benchmark) are for the owner alone."""

    __tablename__ = "version_file"
    __table_args__ = (UniqueConstraint("version_id", "path"),)

    version_id: uuid.UUID = Field(foreign_key="version.id", index=True, ondelete="CASCADE")
    path: str = Field(max_length=500)
    sha256: str = Field(max_length=64, foreign_key="blob.sha256", index=True)
    size: int = Field(sa_type=BigInteger)
    media_type: str = Field(default="application/octet-stream", max_length=100)
    hidden: bool = False


class UploadState(StrEnum):
    """How far an uploaded archive has come."""

    pending = "pending"
    unpacked = "unpacked"
    refused = "refused"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "pending": N_("Being unpacked"),
            "unpacked": N_("Unpacked"),
            "refused": N_("Archive refused"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"pending": "busy", "unpacked": "good", "refused": "bad"}[self.value]


UPLOAD_TRANSITIONS: Transitions[UploadState] = {
    UploadState.pending: {
        UploadState.unpacked: frozenset({"system"}),
        UploadState.refused: frozenset({"system"}),
    },
}


class VersionUpload(Table, table=True):
    """An archive given for a draft: kept as a blob, unpacked in a jail; its files then become the version's."""

    __tablename__ = "version_upload"

    version_id: uuid.UUID = Field(foreign_key="version.id", index=True, ondelete="CASCADE")
    created_at: dt.datetime = instant_field(default_now=True)
    created_by: uuid.UUID = Field(foreign_key="account.id")
    filename: str = Field(max_length=255)
    sha256: str = Field(max_length=64, foreign_key="blob.sha256", index=True)
    size: int = Field(sa_type=BigInteger)
    state: UploadState = enum_field(UploadState, UploadState.pending, name="state", index=True)
    reason: str = Field(default="", max_length=2000)
    """Why it was refused: a message id, filled with ``params``."""
    params: dict[str, Any] = json_field()
    attempts: int = 0
    deadline_at: dt.datetime = instant_field()
    """The watchdog moves a pending upload on after this instant."""


class VersionDownload(SQLModel, table=True):
    """Somebody downloaded a version on a day: counted once. ``who`` is a keyed digest, no name and no address, kept for
    two days only.
    """

    __tablename__ = "version_download"

    version_id: uuid.UUID = Field(foreign_key="version.id", primary_key=True, ondelete="CASCADE")
    day: dt.date = Field(primary_key=True)
    who: str = Field(max_length=64, primary_key=True)


class DownloadDay(SQLModel, table=True):
    """How often an asset was downloaded on a day in Asia/Shanghai: readers, and automated traffic apart."""

    __tablename__ = "asset_download_day"

    asset_id: uuid.UUID = Field(foreign_key="asset.id", primary_key=True, ondelete="CASCADE")
    day: dt.date = Field(primary_key=True)
    readers: int = 0
    automated: int = 0


class NamespaceBlob(SQLModel, table=True):
    """Content a namespace has brought in, each once: what its quota counts. Content that none of its versions holds any
    more stays counted until the sweep has let go of it, because so long it stays in the store.
    """

    __tablename__ = "namespace_blob"

    namespace_id: uuid.UUID = Field(primary_key=True, foreign_key="namespace.id")
    sha256: str = Field(primary_key=True, max_length=64, foreign_key="blob.sha256", index=True)
    size: int = Field(sa_type=BigInteger)
    unreferenced_at: dt.datetime | None = instant_field(nullable=True)
    """Since when the sweep has seen that no version of the namespace holds it; None: one does, or nobody looked yet."""


class StoredBlob(SQLModel, table=True):
    """A file in the store. The file is written before this row; a file without a row is swept after a day."""

    __tablename__ = "blob"

    sha256: str = Field(primary_key=True, max_length=64)
    size: int = Field(sa_type=BigInteger)
    created_at: dt.datetime = instant_field(default_now=True)
    verified_at: dt.datetime | None = instant_field(nullable=True, index=True)
    """When its bytes were last hashed again; None: never since they arrived."""
