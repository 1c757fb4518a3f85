"""Honest counts: readers once a day, programs apart, publishers not at all."""

import csv
import datetime as dt
import io

import pytest
from sqlmodel import Session, select

from portal.accounts.actions import create_token
from portal.accounts.models import Scope
from portal.accounts.sessions import actor_of
from portal.kit.actor import NOBODY
from portal.kit.clock import now, shanghai
from portal.kit.db import transaction
from registry.assets.models import Asset
from registry.versions import actions
from registry.versions.models import DownloadDay, VersionDownload
from registry.versions.robots import is_automated
from tests.support.browser import Client
from tests.support.make import Make

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PROGRAMS = [
    "curl/8.5.0", "Wget/1.21", "python-requests/2.32", "cspon-client", "", " ", "Googlebot/2.1", "Baiduspider/2.0",
    "Mozilla/5.0 (compatible; bingbot/2.0)", "Mozilla/5.0 HeadlessChrome/128", "Go-http-client/2.0",
    "actions/checkout", "Java/17.0.1", "Scrapy/2.11",
]  # fmt: skip


@pytest.mark.parametrize("agent", PROGRAMS)
def test_programs_name_themselves(agent: str) -> None:
    assert is_automated(NOBODY, agent)
    assert not is_automated(NOBODY, FIREFOX)
    assert not is_automated(NOBODY, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/605")


def counts(db: Session) -> tuple[int, int]:
    db.expire_all()
    asset = db.exec(select(Asset)).one()
    return asset.downloads, asset.robot_downloads


def test_once_a_day_over_all_versions(client: Client, make: Make, db: Session) -> None:
    owner, reader = make.account("发布者"), make.account("读者")
    asset = make.asset(owner)
    for number in ("1.0.0", "1.1.0"):
        make.version(asset, number=number)
    base = f"/assets/{owner.namespace.slug}/{asset.name}/versions"
    for agent in (FIREFOX, FIREFOX + " other"):  # two browsers behind one network are two readers
        for number in ("1.0.0", "1.1.0", "1.0.0"):
            client.get(f"{base}/{number}/archive.zip", headers={"user-agent": agent})
    assert counts(db) == (2, 0)
    for _n in range(3):
        client.get(f"{base}/1.0.0/archive.zip", headers={"user-agent": "curl/8.5.0"})
        client.get(f"{base}/1.1.0/archive.zip", headers={"user-agent": "curl/8.5.0"})
    assert counts(db) == (2, 1)
    client.sign_in(reader)
    client.get(f"{base}/1.0.0/archive.zip", headers={"user-agent": FIREFOX})
    client.get(f"{base}/1.0.0/archive.zip", headers={"user-agent": "another browser"})
    assert counts(db) == (3, 1), "an account is one reader in any browser"
    client.sign_out()
    client.sign_in(owner)
    client.get(f"{base}/1.0.0/archive.zip", headers={"user-agent": FIREFOX})
    assert counts(db) == (3, 1)
    day = db.exec(select(DownloadDay)).one()
    assert (day.day, day.readers, day.automated) == (shanghai(now()).date(), 3, 1)


def test_tokens_are_programs(client: Client, make: Make, db: Session) -> None:
    owner, reader = make.account("发布者"), make.account("读者")
    asset = make.asset(owner)
    make.version(asset)
    with transaction() as session:
        actor = actor_of(session, reader.id)
        secret = create_token(session, actor, name="流水线", scopes=[Scope.read], days=7)[1]
    answer = client.get(
        f"/api/v1/assets/{owner.namespace.slug}/{asset.name}/versions/1.0.0/files/README.md",
        headers={"authorization": f"Bearer {secret}", "user-agent": FIREFOX},
    )
    assert answer.status_code == 200
    assert counts(db) == (0, 1)


def test_the_page_the_table_and_the_export(client: Client, make: Make, db: Session) -> None:
    owner = make.account("发布者")
    asset = make.asset(owner)
    make.version(asset)
    today = shanghai(now()).date()
    db.add(DownloadDay(asset_id=asset.id, day=today, readers=4, automated=31))
    db.add(DownloadDay(asset_id=asset.id, day=today - dt.timedelta(days=89), readers=2, automated=0))
    db.add(DownloadDay(asset_id=asset.id, day=today - dt.timedelta(days=90), readers=99, automated=99))
    db.commit()
    base = f"/assets/{owner.namespace.slug}/{asset.name}/downloads"
    page = client.get(base).text
    assert "<svg" in page
    assert today.isoformat() in page
    assert "用户下载 6 次，自动化下载 31 次" in page
    rows = list(csv.reader(io.StringIO(client.get(f"{base}.csv").content.decode("utf-8-sig"))))
    assert len(rows) == 91
    assert rows[1][1:] == ["2", "0"]
    assert rows[-1] == [today.isoformat(), "4", "31"]
    assert client.get(f"/api/v1{base}").json()[-1] == {
        "day": today.isoformat(),
        "readers": 4,
        "automated": 31,
    }
    draft = make.asset(owner)
    assert client.get(f"/assets/{owner.namespace.slug}/{draft.name}/downloads").status_code == 404


def test_readers_are_forgotten(make: Make, db: Session) -> None:
    owner = make.account("发布者")
    version = make.version(make.asset(owner))
    today = shanghai(now()).date()
    for age in (0, 1, 2, 30):
        db.add(VersionDownload(version_id=version.id, day=today - dt.timedelta(days=age), who="x" * 64))
    db.commit()
    with transaction() as session:
        assert actions.forget_readers(session) == 2
    assert {row.day for row in db.exec(select(VersionDownload))} == {today, today - dt.timedelta(days=1)}
