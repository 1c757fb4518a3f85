"""What the embedded PostgreSQL refuses, without harm and in words for whoever starts it."""

import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.kit import embedded
from portal.kit.children import spawn
from portal.kit.embedded import cluster, install
from portal.kit.embedded.errors import explain


def test_data_of_another_major_version_are_refused_and_untouched(site: Path) -> None:
    with embedded.running(site) as server:
        pass
    (server.cluster.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(embedded.PostgresTrouble, match=r"made by PostgreSQL 17; version 18 is installed"):
        embedded.start(site)
    assert (server.cluster.data / "PG_VERSION").read_text() == "17\n"


def test_an_initdb_cut_short_leaves_no_half_cluster(site: Path) -> None:
    with embedded.running(site):
        pass
    (site / "postgres" / "data").rename(site / "postgres" / "data.new-cut-short")
    with embedded.running(site) as server:
        assert not list(server.cluster.place.glob("data.new-*"))


def test_a_folder_that_is_no_cluster_is_refused(site: Path) -> None:
    (site / "postgres" / "data").mkdir(parents=True)
    with pytest.raises(embedded.PostgresTrouble, match="PG_VERSION"):
        embedded.start(site)


def test_a_place_without_room_is_refused_in_clear_words(site: Path) -> None:
    with pytest.raises(embedded.PostgresTrouble, match=r"MiB free; PostgreSQL needs .* Free some space"):
        cluster._need_space(site, 2**60)
    trouble = explain("x\n2026 PANIC:  could not write to file: No space left on device\ny")
    assert "The disk is full" in trouble.advice
    assert "could not write" in trouble.message
    assert explain("something new").message.endswith("something new\n")


def test_a_home_that_is_a_file_is_refused(site: Path) -> None:
    (site / "file").touch()
    with pytest.raises(embedded.PostgresTrouble, match="CSPON_HOME"):
        embedded.start(site / "file")


def test_another_users_database_is_refused_in_clear_words(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = site / "postgres"
    place.mkdir()
    monkeypatch.setattr(install.os, "geteuid", lambda: place.stat().st_uid + 1)
    with pytest.raises(embedded.PostgresTrouble, match=r"belongs to user id .* CSPON_HOME"):
        install.account_for(place)


def test_spawning_from_another_thread_is_refused() -> None:
    with ThreadPoolExecutor(1) as pool, pytest.raises(RuntimeError, match="main thread"):
        pool.submit(spawn, ["true"]).result()
    assert spawn(["true"], death_signal=signal.SIGTERM).wait() == 0
