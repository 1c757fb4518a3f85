"""What takes room: figures, who sees them, and the export."""

import csv
import io
from typing import Any

import pytest
from sqlmodel import Session

from portal.settings import get_settings
from registry.versions.queries import owned_bytes
from tests.guards.test_budget import counted
from tests.storage.conftest import content, send
from tests.support.browser import Client
from tests.support.make import Make
from tests.versions.conftest import Draft, begin


def test_the_page_counts_content_once(draft: Draft, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "user_quota_gb", 10_240 / 2**30)
    data = content(4096)
    draft.put("a.bin", data)
    draft.put("again.bin", data)
    draft.put("b.bin", content(1024))
    up = send(draft, content(2048), path="coming.bin")
    draft.client.delete(f"{draft.api}/files/b.bin")
    page = draft.client.get(f"/storage/{draft.owner.namespace.slug}").text
    assert "5.0 KiB / 10.0 KiB" in page
    for words in ("为进行中的上传预留", "2.0 KiB", "即将释放", "1.0 KiB", "4.0 KiB", draft.asset.title):
        assert words in page
    up.put_all()
    assert up.complete().status_code == 201
    assert "7.0 KiB / 10.0 KiB" in draft.client.get(f"/storage/{draft.owner.namespace.slug}").text
    assert "空间将满" not in page
    monkeypatch.setattr(get_settings(), "user_quota_gb", 7200 / 2**30)
    assert "空间将满" in draft.client.get(f"/storage/{draft.owner.namespace.slug}").text


def test_each_namespace_is_charged_for_what_it_brought(
    draft: Draft, client: Client, make: Make, db: Session
) -> None:
    data = content(3000)
    draft.put("a", data)
    other = begin(client, make)
    other.put("b", data)
    for owner in (draft.owner, other.owner):
        assert owned_bytes(db, owner.namespace.id) == 3000


def test_the_export(draft: Draft) -> None:
    draft.put("a.bin", b"12345")
    answer = draft.client.get(f"/storage/{draft.owner.namespace.slug}/usage.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["asset"], row["version"], row["files"], row["bytes"]) for row in rows] == [
        (draft.asset.name, "1.0.0", "1", "5")
    ]


def test_who_sees_it(draft: Draft, make: Make, application: Any) -> None:
    here = f"/storage/{draft.owner.namespace.slug}"
    stranger, admin = make.account("外人"), make.account("管理员", roles=("system_admin",))
    with Client(application) as other:
        for path in (here, f"{here}/usage.csv"):
            assert other.get(path).status_code in {303, 401}
        other.sign_in(stranger)
        for path in (here, f"{here}/usage.csv"):
            assert other.get(path).status_code == 403
        assert other.get("/storage/nobody-at-all").status_code == 404
        other.sign_out()
        other.sign_in(admin)
        assert other.get(here).status_code == 200


def test_the_page_costs_the_same_with_many_assets(draft: Draft, make: Make) -> None:
    here = f"/storage/{draft.owner.namespace.slug}"
    draft.put("a.bin", b"12345")
    draft.client.get(here)
    with counted() as few:
        assert draft.client.get(here).status_code == 200
    for number in range(8):
        make.version(make.asset(draft.owner), {"x": content(10 + number)})
    with counted() as many:
        assert draft.client.get(here).status_code == 200
    assert len(many) == len(few) <= 12
