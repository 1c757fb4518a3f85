"""A publisher's draft, and a client that sends files in parts as any client would."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from portal.kit.storage import Store, get_store, own_store
from portal.settings import get_settings
from registry.storage import digest_header
from registry.storage.actions import sessions
from tests.support.browser import Client
from tests.support.make import Make
from tests.support.seaweed import Seaweed
from tests.versions.conftest import Draft, begin

MIB = 2**20
PART = 5 * MIB
"""Parts as small as S3 allows, so that tests move few bytes."""


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "PART", PART)


@pytest.fixture(autouse=True)
def _empty_store() -> Iterator[None]:
    """What other tests have stored is no row's any more, and would be swept and counted here; and the other way."""
    folder = get_settings().home / "store"
    shutil.rmtree(folder, ignore_errors=True)
    yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def draft(client: Client, make: Make) -> Draft:
    return begin(client, make)


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The portal's store: the folder it has, or a bucket."""
    if request.param == "s3":
        with bucket(monkeypatch, request.getfixturevalue("seaweed")) as made:
            yield made
    else:
        yield get_store()


@contextmanager
def bucket(monkeypatch: pytest.MonkeyPatch, server: Seaweed, *, direct: bool = False) -> Iterator[Store]:
    """The portal of this process keeps its files in an empty bucket."""
    wanted = server.settings(get_settings().home, bucket="portal", direct=direct)
    for name in type(wanted).model_fields:
        if name.startswith(("s3_", "store_url")):
            monkeypatch.setattr(get_settings(), name, getattr(wanted, name))
    own_store.cache_clear()
    made = get_store()
    made.check()
    for found in list(made.files()):
        made.remove(found.name)
    yield made
    own_store.cache_clear()


def content(size: int) -> bytes:
    return os.urandom(size)


@dataclass
class Sending:
    """One upload in parts."""

    client: Client
    base: str
    data: bytes
    session: dict[str, Any]

    @property
    def url(self) -> str:
        return f"{self.base}/{self.session['id']}"

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    def part(self, number: int) -> bytes:
        size = self.session["part_size"]
        return self.data[number * size : (number + 1) * size]

    def put(self, number: int, data: bytes | None = None, digest: str | None = None) -> Any:
        data = self.part(number) if data is None else data
        announced = digest_header.value(digest or hashlib.sha256(data).hexdigest())
        return self.client.put(
            f"{self.url}/parts/{number}", content=data, headers={"Content-Digest": announced}
        )

    def put_all(self, numbers: Iterable[int] | None = None) -> None:
        for number in range(self.session["parts"]) if numbers is None else numbers:
            answer = self.put(number)
            assert answer.status_code == 200, answer.text

    def look(self) -> dict[str, Any]:
        answer = self.client.get(self.url)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def complete(self) -> Any:
        return self.client.post(f"{self.url}/complete")


def send(draft: Draft, data: bytes, path: str = "data/big.bin", **given: Any) -> Sending:
    """Begin an upload in parts."""
    base = f"{draft.api}/uploads"
    answer = draft.client.post(base, json={"path": path, "size": len(data), **given})
    assert answer.status_code in {200, 201}, answer.text
    return Sending(draft.client, base, data, answer.json())
