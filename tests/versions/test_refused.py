"""What is refused does not stay in the store; what YAML can hide does not break a page."""

import hashlib

import pytest

from portal.kit.storage import get_store
from portal.settings import get_settings
from tests.support.browser import Client
from tests.support.make import Make
from tests.versions.conftest import Draft


def stored(content: bytes) -> bool:
    return get_store().exists(hashlib.sha256(content).hexdigest())


def test_what_the_quota_refuses_is_not_kept(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "user_quota_gb", 1000 / 2**30)
    for n in range(3):
        content = bytes([n]) * 2000
        assert draft.put(f"{n}.bin", content) == 413
        archive = draft.client.put(f"{draft.api}/archives/{n}.zip", content=content)
        assert archive.status_code == 413
        form = draft.client.post(f"{draft.page}/upload", files={"files": (f"{n}.bin", content)})
        assert form.status_code == 413
        form = draft.client.post(f"{draft.page}/upload", files={"archive": (f"{n}.zip", content)})
        assert form.status_code == 413
        assert not stored(content)


def test_what_collides_is_not_kept(draft: Draft) -> None:
    assert draft.put("Data/a.txt", b"first") == 201
    assert draft.put("data/A.txt", b"a colliding one") == 409
    assert not stored(b"a colliding one")


@pytest.mark.parametrize(
    "head", ["date: 2026-13-45", "a: !!int ''", "a: !!bool maybe", "a: !!timestamp x", "[" * 9000]
)
def test_a_strange_front_matter_breaks_no_page(client: Client, make: Make, head: str) -> None:
    owner = make.account()
    asset = make.asset(owner)
    make.version(asset, {"README.md": f"---\n{head}\n---\n# Title\n".encode()})
    where = f"/assets/{owner.namespace.slug}/{asset.name}/versions/1.0.0/files/README.md"
    assert client.get(where).status_code == 200


@pytest.mark.parametrize("value", ["!!int ''", "!!bool maybe", "!!timestamp x"])
def test_a_strange_manifest_is_refused_in_words(draft: Draft, value: str) -> None:
    assert draft.put("cspon.yaml", f"name: {value}\n".encode()) == 201
    assert draft.client.post(f"{draft.api}/submit").status_code == 409


def test_replaced_content_stays_counted(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is ever deleted from the store, so filling one path again and again must use the quota up."""
    monkeypatch.setattr(get_settings(), "user_quota_gb", 5000 / 2**30)
    assert draft.put("data.bin", b"a" * 2000) == 201
    assert draft.put("data.bin", b"b" * 2000) in {200, 201}
    assert draft.put("data.bin", b"a" * 2000) in {200, 201}  # known content costs nothing
    assert draft.put("data.bin", b"c" * 2000) == 413
    assert not stored(b"c" * 2000)
