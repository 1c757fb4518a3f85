"""Files by their SHA-256: a folder, or any S3. Written before the rows that name them; never changed afterwards."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from portal.kit.errors import TooLarge, Unavailable
from portal.kit.i18n import _
from portal.settings import Settings, get_settings

BLOCK = 1024 * 1024
new_hash = hashlib.sha256


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored file: its SHA-256 (hex) and its size in bytes."""

    sha256: str
    size: int


class Store(Protocol):
    """What the portal asks of a store. A digest that is absent raises ``FileNotFoundError``."""

    incoming: Path
    """Where files being received are spooled, so that taking them over is a rename where it can be."""

    def put(self, chunks: Iterable[bytes], *, limit: int | None = None) -> Blob:
        """Store a file; the same content twice is one file. More than ``limit`` bytes: ``TooLarge``, nothing kept."""

    def adopt(self, path: Path, blob: Blob) -> None:
        """Take over a finished local file whose digest is known; ``path`` is gone afterwards."""

    def open(self, sha256: str) -> BinaryIO:
        """A readable binary stream of the file."""

    def exists(self, sha256: str) -> bool:
        """Whether the file is there."""

    def fetch(self, sha256: str, target: Path) -> None:
        """Put the file at ``target`` (a hard link where possible: read-only use)."""

    def check(self) -> None:
        """Raise ``Unavailable`` or ``OSError`` when files could not be written now."""


class Spool:
    """A file being received: hashed while it is written, so that its bytes are touched once."""

    def __init__(self, folder: Path, limit: int | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix="incoming-")
        self.path = Path(name)
        self._file = os.fdopen(handle, "wb", buffering=BLOCK)
        self._hash = new_hash()
        self._limit = limit
        self.size = 0

    def write(self, chunk: bytes) -> None:
        """Append; refuses what goes past the limit."""
        self.size += len(chunk)
        if self._limit is not None and self.size > self._limit:
            raise TooLarge(_("The file is larger than %(mb)s MiB.", mb=self._limit // 2**20))
        self._hash.update(chunk)
        self._file.write(chunk)

    def finish(self) -> Blob:
        """Make the bytes durable and name them."""
        self._file.flush()
        os.fsync(self._file.fileno())
        os.fchmod(self._file.fileno(), 0o444)
        self._file.close()
        return Blob(self._hash.hexdigest(), self.size)

    def drop(self) -> None:
        """Forget it all; harmless after ``finish`` and adoption."""
        self._file.close()
        self.path.unlink(missing_ok=True)


@contextmanager
def spool(folder: Path, limit: int | None = None) -> Iterator[Spool]:
    """A spool that leaves nothing behind, whatever happens."""
    receiving = Spool(folder, limit)
    try:
        yield receiving
    finally:
        receiving.drop()


def _receive(store: Store, chunks: Iterable[bytes], limit: int | None) -> Blob:
    """Spool to disk first, because the digest is the name; then hand over."""
    with spool(store.incoming, limit) as receiving:
        for chunk in chunks:
            receiving.write(chunk)
        blob = receiving.finish()
        store.adopt(receiving.path, blob)
    return blob


class FolderStore:
    """Files below one folder, ``sha256/ab/abcd…``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.incoming = folder / "incoming"

    def _path(self, sha256: str) -> Path:
        return self.folder / "sha256" / sha256[:2] / sha256

    def put(self, chunks: Iterable[bytes], *, limit: int | None = None) -> Blob:
        """See ``Store``."""
        return _receive(self, chunks, limit)

    def adopt(self, path: Path, blob: Blob) -> None:
        """See ``Store``; the folder entry is made durable too."""
        target = self._path(blob.sha256)
        if target.exists():
            path.unlink(missing_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.replace(target)
        except OSError:  # another file system
            fresh = target.with_suffix(".new")
            shutil.copyfile(path, fresh)
            fresh.chmod(0o444)
            fresh.replace(target)
            path.unlink(missing_ok=True)
        entry = os.open(target.parent, os.O_RDONLY)
        os.fsync(entry)
        os.close(entry)

    def open(self, sha256: str) -> BinaryIO:
        """See ``Store``."""
        return self._path(sha256).open("rb")

    def exists(self, sha256: str) -> bool:
        """See ``Store``."""
        return self._path(sha256).exists()

    def fetch(self, sha256: str, target: Path) -> None:
        """See ``Store``."""
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self._path(sha256), target)
        except FileNotFoundError:
            raise
        except OSError:
            shutil.copyfile(self._path(sha256), target)
            target.chmod(0o444)

    def check(self) -> None:
        """See ``Store``."""
        with spool(self.incoming) as probe:
            probe.write(b"probe")
            probe.finish()


class S3Store:
    """Files in a bucket of any S3 service, by the ``minio`` client."""

    def __init__(self, settings: Settings) -> None:
        import urllib3
        from minio import Minio

        self.bucket = (settings.store_url or "").removeprefix("s3://").strip("/")
        self.incoming = settings.home / "incoming"
        self.client = Minio(
            settings.s3_endpoint or "",
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key,
            secure=settings.s3_secure,
            region=settings.s3_region or "us-east-1",
            http_client=urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=3, read=60), retries=urllib3.Retry(2, backoff_factor=0.2)
            ),
        )

    @contextmanager
    def _answers(self) -> Iterator[None]:
        from minio.error import MinioException, S3Error
        from urllib3.exceptions import HTTPError

        try:
            yield
        except S3Error as error:
            if error.code in {"NoSuchKey", "NoSuchObject"}:
                raise FileNotFoundError(str(error.object_name)) from error
            raise Unavailable(_("The file store refused: %(code)s.", code=error.code)) from error
        except (MinioException, HTTPError) as error:
            raise Unavailable(_("The file store does not answer.")) from error

    @staticmethod
    def _key(sha256: str) -> str:
        return f"sha256/{sha256[:2]}/{sha256}"

    def put(self, chunks: Iterable[bytes], *, limit: int | None = None) -> Blob:
        """See ``Store``."""
        return _receive(self, chunks, limit)

    def adopt(self, path: Path, blob: Blob) -> None:
        """See ``Store``."""
        if not self.exists(blob.sha256):
            with self._answers():
                self.client.fput_object(self.bucket, self._key(blob.sha256), str(path))
        path.unlink(missing_ok=True)

    def open(self, sha256: str) -> BinaryIO:
        """See ``Store``."""
        with self._answers():
            return cast(BinaryIO, self.client.get_object(self.bucket, self._key(sha256)))

    def exists(self, sha256: str) -> bool:
        """See ``Store``."""
        try:
            with self._answers():
                self.client.stat_object(self.bucket, self._key(sha256))
        except FileNotFoundError:
            return False
        return True

    def fetch(self, sha256: str, target: Path) -> None:
        """See ``Store``: the bytes are hashed on arrival; a wrong digest is a fault of the store."""
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with self.open(sha256) as source, target.open("wb") as out:
            while chunk := source.read(BLOCK):
                digest.update(chunk)
                out.write(chunk)
        if digest.hexdigest() != sha256:
            target.unlink()
            raise Unavailable(_("The file store returned a damaged file."))
        target.chmod(0o444)

    def check(self) -> None:
        """See ``Store``; the bucket is made on first use."""
        with self._answers():
            if not self.client.bucket_exists(self.bucket):
                self.client.make_bucket(self.bucket)


@lru_cache(maxsize=1)
def get_store() -> Store:
    """The store of this process."""
    settings = get_settings()
    if settings.store_url:
        return S3Store(settings)
    return FolderStore(settings.home / "store")


def stream(sha256: str) -> Iterator[bytes]:
    """The file in blocks of 1 MiB."""
    with get_store().open(sha256) as file:
        while chunk := file.read(BLOCK):
            yield chunk
