"""Both stores keep the same promises: a folder, and a real S3 service (SeaweedFS)."""

import datetime as dt
import hashlib
import os
from pathlib import Path

import httpx
import pytest

from portal.kit.clock import now
from portal.kit.errors import TooLarge, Unavailable
from portal.kit.storage import BLOCK, Blob, FolderStore, S3Store, Store, spool
from portal.settings import Settings
from tests.support.seaweed import Seaweed


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return FolderStore(tmp_path / "store")
    server: Seaweed = request.getfixturevalue("seaweed")
    made = S3Store(server.settings(tmp_path))
    made.check()
    return made


def test_put_open_fetch(store: Store, tmp_path: Path) -> None:
    content = b"abc" * 100_000
    blob = store.put([content[:7], content[7:]])
    assert blob.sha256 == hashlib.sha256(content).hexdigest()
    assert blob.size == len(content)
    assert store.exists(blob.sha256)
    assert store.put([content]) == blob
    with store.open(blob.sha256) as file:
        assert file.read() == content
    store.fetch(blob.sha256, tmp_path / "a/b")
    assert (tmp_path / "a/b").read_bytes() == content


def test_limit_leaves_nothing(store: Store) -> None:
    with pytest.raises(TooLarge):
        store.put([b"x" * 10, b"y" * 10], limit=15)
    assert not store.exists(hashlib.sha256(b"x" * 10 + b"y" * 10).hexdigest())
    assert list(store.incoming.iterdir()) == []


def test_absent(store: Store, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        store.open("0" * 64).read()
    with pytest.raises(FileNotFoundError):
        store.fetch("0" * 64, tmp_path / "x")
    assert not store.exists("0" * 64)


def test_an_unreachable_service_is_said_so(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, store_url="s3://cspon", s3_endpoint="127.0.0.1:1", s3_secure=False)
    with pytest.raises(Unavailable):
        S3Store(settings).check()


MIB = 2**20
PART = 5 * MIB
"""The smallest part S3 allows anywhere but at the end."""


def sent(store: Store, handle: str, number: int, content: bytes) -> None:
    with spool(store.incoming) as part:
        part.write(content)
        part.finish(durable=False)
        store.take_part(handle, number, number * PART, part.path)


def test_spans_read_nothing_else(store: Store) -> None:
    content = os.urandom(3 * MIB + 5)
    blob = store.put([content])
    for start, end in ((0, 1), (BLOCK - 1, BLOCK + 1), (17, 17), (2 * MIB, len(content)), (0, len(content))):
        found = list(store.span(blob.sha256, start, end))
        assert b"".join(found) == content[start:end]
        assert all(len(block) <= BLOCK for block in found), "memory stays bounded"
    with pytest.raises(FileNotFoundError):
        list(store.span("0" * 64, 0, 5))


def test_size_list_remove(store: Store) -> None:
    blob = store.put([b"to be removed " + os.urandom(9)])
    assert store.size(blob.sha256) == blob.size
    found = {item.name: item for item in store.files()}[blob.sha256]
    assert found.size == blob.size
    assert abs(now() - found.since) < dt.timedelta(minutes=5)
    store.remove(blob.sha256)
    store.remove(blob.sha256)
    assert not store.exists(blob.sha256)
    assert blob.sha256 not in {item.name for item in store.files()}
    with pytest.raises(FileNotFoundError):
        store.size(blob.sha256)


def test_parts_in_any_order_make_the_file(store: Store) -> None:
    parts = [os.urandom(PART), os.urandom(PART), os.urandom(77)]
    whole = b"".join(parts)
    handle = store.begin()
    assert len(handle) <= 500
    for number in (2, 0, 1, 0):
        sent(store, handle, number, parts[number])
    blocks = list(store.assembled(handle))
    assert b"".join(blocks) == whole
    assert all(len(block) <= BLOCK for block in blocks)
    assert b"".join(store.assembled(handle)) == whole, "after a crash it is read once more"
    blob = Blob(hashlib.sha256(whole).hexdigest(), len(whole))
    store.keep(handle, blob)
    with store.open(blob.sha256) as file:
        assert file.read() == whole
    store.abandon(handle)
    assert store.exists(blob.sha256)
    assert list(store.leftovers()) == []


def test_a_replaced_part_counts(store: Store) -> None:
    handle = store.begin()
    sent(store, handle, 0, b"wrong")
    sent(store, handle, 0, b"right")
    assert b"".join(store.assembled(handle)) == b"right"
    store.abandon(handle)
    store.abandon(handle)
    assert list(store.leftovers()) == []


def test_the_same_content_twice_is_one_file(store: Store) -> None:
    content = os.urandom(1000)
    blob = store.put([content])
    handle = store.begin()
    sent(store, handle, 0, content)
    assert b"".join(store.assembled(handle)) == content
    store.keep(handle, blob)
    assert [item.name for item in store.files()].count(blob.sha256) == 1
    assert list(store.leftovers()) == []


def test_a_damaged_file_is_replaced_by_the_next_upload(store: Store, tmp_path: Path) -> None:
    content = os.urandom(5000)
    blob = store.put([content])
    cut = tmp_path / "cut"
    cut.write_bytes(content[:100])
    if isinstance(store, S3Store):
        store.client.fput_object(store.bucket, f"sha256/{blob.sha256[:2]}/{blob.sha256}", str(cut))
    else:
        cut.replace(tmp_path / "store/sha256" / blob.sha256[:2] / blob.sha256)
    assert store.size(blob.sha256) == 100
    store.put([content])
    assert store.size(blob.sha256) == 5000


def test_an_upload_nobody_began_is_unknown(store: Store) -> None:
    with pytest.raises(FileNotFoundError):
        sent(store, "upload-nobody:nothing" if isinstance(store, S3Store) else "upload-nobody", 0, b"x")
    assert store.part_size("upload-nobody:nothing", 0) is None


def test_leftovers_are_seen_and_dropped(store: Store) -> None:
    with spool(store.incoming) as part:
        part.write(b"half a fi")
        part.finish(durable=False)
        (found,) = store.leftovers()
        assert (found.name, found.size) == (part.path.name, 9)
        store.drop(found.name)
        store.drop(found.name)
        assert not part.path.exists()


def test_only_s3_with_a_public_address_goes_past_the_portal(store: Store) -> None:
    blob = store.put([b"x"])
    handle = store.begin()
    assert store.part_address(handle, 0, 60) is None
    assert store.file_address(blob.sha256, "attachment", 60) is None


def test_presigned_addresses_carry_parts_and_files(seaweed: Seaweed, tmp_path: Path) -> None:
    store = S3Store(seaweed.settings(tmp_path, direct=True))
    store.check()
    parts = [os.urandom(PART), b"the end"]
    handle = store.begin()
    for number, content in enumerate(parts):
        assert store.part_size(handle, number) is None
        address = store.part_address(handle, number, 60)
        assert address is not None
        httpx.put(address, content=content).raise_for_status()
        assert store.part_size(handle, number) == len(content)
    whole = b"".join(parts)
    assert b"".join(store.assembled(handle)) == whole
    blob = Blob(hashlib.sha256(whole).hexdigest(), len(whole))
    store.keep(handle, blob)
    address = store.file_address(blob.sha256, 'attachment; filename="a.bin"', 60)
    assert address is not None
    answer = httpx.get(address, headers={"Range": f"bytes={PART}-"})
    assert answer.status_code == 206
    assert answer.content == b"the end"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
