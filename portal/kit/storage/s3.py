"""A store in a bucket of any S3 service, by the ``minio`` client."""

import datetime as dt
import hashlib
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from portal.kit.errors import Unavailable
from portal.kit.i18n import _
from portal.kit.ids import new_id
from portal.kit.storage.base import BLOCK, UPLOAD, Blob, Found, blocks, local_leftovers, receive
from portal.settings import Settings

COPY_LIMIT = 5 * 2**30
"""Bytes that S3 copies in one go; larger objects are composed of ranges."""
OWN_S = 900
"""How long the addresses hold that the portal signs for itself."""


class S3Store:
    """See ``Store``. Parts are those of an S3 multipart upload to ``incoming/``; its object is then copied, inside the
    service, to the name that its digest gives it.
    """

    mends = False

    def __init__(self, settings: Settings) -> None:
        import urllib3
        from minio import Minio

        self.bucket = (settings.store_url or "").removeprefix("s3://").strip("/")
        self.incoming = settings.home / "incoming"
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=3, read=60),
            retries=urllib3.Retry(2, backoff_factor=0.2),
            maxsize=20,
        )

        def client(endpoint: str, *, secure: bool) -> Minio:
            return Minio(
                endpoint, access_key=settings.s3_access_key, secret_key=settings.s3_secret_key, secure=secure,
                region=settings.s3_region or "us-east-1", http_client=self._http,
            )  # fmt: skip

        self.client = client(settings.s3_endpoint or "", secure=settings.s3_secure)
        public = urlsplit(settings.s3_public_endpoint or "")
        self._public = client(public.netloc, secure=public.scheme == "https") if public.netloc else None

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
        return receive(self, chunks, limit)

    def adopt(self, path: Path, blob: Blob) -> None:
        """See ``Store``; an object of another size is damaged and is replaced."""
        if self._size(self._key(blob.sha256)) != blob.size:
            with self._answers():
                self.client.fput_object(self.bucket, self._key(blob.sha256), str(path))
        path.unlink(missing_ok=True)

    def open(self, sha256: str) -> BinaryIO:
        """See ``Store``."""
        return self._open(self._key(sha256))

    def _open(self, key: str, start: int = 0, length: int = 0) -> BinaryIO:
        with self._answers():
            return cast(BinaryIO, self.client.get_object(self.bucket, key, offset=start, length=length))

    def span(self, sha256: str, start: int, end: int) -> Iterator[bytes]:
        """See ``Store``: S3 is asked for the range alone."""
        if end <= start:  # S3 knows no empty range
            return
        with self._open(self._key(sha256), start, end - start) as file, self._answers():
            yield from blocks(file, end - start)

    def size(self, sha256: str) -> int:
        """See ``Store``."""
        found = self._size(self._key(sha256))
        if found is None:
            raise FileNotFoundError(sha256)
        return found

    def _size(self, key: str) -> int | None:
        try:
            with self._answers():
                return int(self.client.stat_object(self.bucket, key).size or 0)
        except FileNotFoundError:
            return None

    def exists(self, sha256: str) -> bool:
        """See ``Store``."""
        return self._size(self._key(sha256)) is not None

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

    # -- keeping house ------------------------------------------------------------------------------------------------

    def _listed(self, prefix: str) -> Iterator[Found]:
        with self._answers():
            for item in self.client.list_objects(self.bucket, prefix=prefix, recursive=True):
                name = str(item.object_name).rpartition("/")[2]
                since = item.last_modified or dt.datetime.max.replace(tzinfo=dt.UTC)
                yield Found(name, int(item.size or 0), since)

    def files(self) -> Iterator[Found]:
        """See ``Store``."""
        return self._listed("sha256/")

    def remove(self, sha256: str) -> None:
        """See ``Store``."""
        with self._answers():
            self.client.remove_object(self.bucket, self._key(sha256))

    def leftovers(self) -> Iterator[Found]:
        """See ``Store``: local spools, and objects put together but not kept. Parts that were never put together are
        seen through their upload sessions, or by the bucket's own rule for incomplete uploads.
        """
        yield from local_leftovers(self.incoming)
        yield from self._listed("incoming/")

    def drop(self, name: str) -> None:
        """See ``Store``."""
        if name.startswith(UPLOAD):
            with self._answers():
                self.client.remove_object(self.bucket, f"incoming/{name}")
        else:
            (self.incoming / Path(name).name).unlink(missing_ok=True)

    # -- a file in parts: the S3 calls are signed by the client's public door and sent as they are ----------------

    def _call(
        self,
        method: str,
        key: str,
        query: dict[str, Any],
        body: bytes | BinaryIO | None = None,
        size: int = 0,
    ) -> ET.Element:
        """One multipart call; the XML it answers. ``FileNotFoundError``: S3 does not know the upload."""
        with self._answers():
            url = self.client.get_presigned_url(
                method, self.bucket, key, expires=dt.timedelta(seconds=OWN_S), extra_query_params=query
            )
            headers = {"Content-Length": str(size)} if size else {}
            answer = self._http.request(method, url, body=body, headers=headers)
        if answer.status == 404:
            raise FileNotFoundError(key)
        root = ET.fromstring(answer.data) if answer.data else ET.Element("none")  # noqa: S314 - our own service answers
        if answer.status >= 300 or root.tag.endswith("Error"):
            code = root.findtext("{*}Code") or root.findtext("Code") or str(answer.status)
            raise Unavailable(_("The file store refused: %(code)s.", code=code))
        return root

    @staticmethod
    def _split(handle: str) -> tuple[str, str]:
        name, _colon, upload = handle.partition(":")
        return f"incoming/{name}", upload

    def begin(self) -> str:
        """See ``Store``."""
        name = f"{UPLOAD}{new_id().hex}"
        found = self._call("POST", f"incoming/{name}", {"uploads": ""}).findtext("{*}UploadId")
        if not found:
            raise Unavailable(_("The file store does not answer."))
        return f"{name}:{found}"

    def take_part(self, handle: str, number: int, offset: int, path: Path) -> None:  # noqa: ARG002
        """See ``Store``."""
        key, upload = self._split(handle)
        with path.open("rb") as file:
            query = {"partNumber": str(number + 1), "uploadId": upload}
            self._call("PUT", key, query, file, path.stat().st_size)

    def _parts(self, handle: str, after: int = 0, most: int = 1000) -> Iterator[tuple[int, int, str]]:
        """Number (from 1), size and tag of the parts S3 has, from the one behind ``after``."""
        key, upload = self._split(handle)
        more = True
        while more:
            asked = {"uploadId": upload, "max-parts": str(most), "part-number-marker": str(after)}
            page = self._call("GET", key, asked)
            for part in page.iterfind("{*}Part"):
                after = int(part.findtext("{*}PartNumber") or 0)
                yield after, int(part.findtext("{*}Size") or 0), part.findtext("{*}ETag") or ""
            more = page.findtext("{*}IsTruncated") == "true"

    def part_size(self, handle: str, number: int) -> int | None:
        """See ``Store``."""
        try:
            found = next(self._parts(handle, after=number, most=1), None)
        except FileNotFoundError:
            return None
        return found[1] if found is not None and found[0] == number + 1 else None

    def assembled(self, handle: str) -> Iterator[bytes]:
        """See ``Store``: has S3 join the parts, unless an earlier try has done so."""
        key, upload = self._split(handle)
        if self._size(key) is None:
            order = ET.Element("CompleteMultipartUpload")
            for number, _bytes, tag in self._parts(handle):
                part = ET.SubElement(order, "Part")
                ET.SubElement(part, "PartNumber").text = str(number)
                ET.SubElement(part, "ETag").text = tag
            self._call("POST", key, {"uploadId": upload}, ET.tostring(order))
        with self._open(key) as file, self._answers():
            yield from blocks(file)

    def keep(self, handle: str, blob: Blob) -> None:
        """See ``Store``: copied inside the service, never through this process."""
        from minio.commonconfig import ComposeSource, CopySource

        key, _upload = self._split(handle)
        if self._size(self._key(blob.sha256)) != blob.size:
            with self._answers():
                if blob.size <= COPY_LIMIT:
                    self.client.copy_object(self.bucket, self._key(blob.sha256), CopySource(self.bucket, key))
                else:
                    source = ComposeSource(self.bucket, key)
                    self.client.compose_object(self.bucket, self._key(blob.sha256), [source])
        with self._answers():
            self.client.remove_object(self.bucket, key)

    def abandon(self, handle: str) -> None:
        """See ``Store``."""
        key, upload = self._split(handle)
        with suppress(FileNotFoundError):  # joined already, or abandoned before
            self._call("DELETE", key, {"uploadId": upload})
        with self._answers():
            self.client.remove_object(self.bucket, key)

    # -- past the portal ----------------------------------------------------------------------------------------------

    def part_address(self, handle: str, number: int, seconds: int) -> str | None:
        """See ``Store``."""
        if self._public is None:
            return None
        key, upload = self._split(handle)
        query: Any = {"partNumber": str(number + 1), "uploadId": upload}
        return str(
            self._public.get_presigned_url(
                "PUT", self.bucket, key, expires=dt.timedelta(seconds=seconds), extra_query_params=query
            )
        )

    def file_address(self, sha256: str, disposition: str, seconds: int) -> str | None:
        """See ``Store``; the service is told the headers under which no browser runs the file."""
        if self._public is None:
            return None
        headers: Any = {
            "response-content-disposition": disposition,
            "response-content-type": "application/octet-stream",
            "response-cache-control": "private, no-cache",
        }
        return str(
            self._public.presigned_get_object(
                self.bucket,
                self._key(sha256),
                expires=dt.timedelta(seconds=seconds),
                response_headers=headers,
            )
        )
