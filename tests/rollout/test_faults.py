"""Bundles that could not be made say why in both languages; what a library said is a detail for the staff."""

import shutil
from pathlib import Path

import pytest
from tuf.api import exceptions as tuf

from cspon_node import formats
from portal.kit.db import transaction
from portal.kit.errors import Unavailable
from portal.kit.i18n import set_locale
from portal.kit.signing.keys import BadKey, keys_folder
from portal.kit.storage import get_store
from registry.promotion.models import Stage
from registry.rollout import ceremony, faults, tasks
from registry.rollout.models import BundleState
from registry.rollout.packing import BadPart, ChangedPart
from registry.rollout.plan import Refused
from registry.versions import queries as versions
from tests.rollout.conftest import Road, signed
from tests.support.browser import Client

CASES: list[tuple[Exception, str]] = [
    (tuf.ExpiredMetadataError("root.json is expired"), "expired"),
    (tuf.UnsignedMetadataError("targets was signed by 1/2 keys"), "threshold"),
    (tuf.BadVersionNumberError("New snapshot version 3 must be >= 4"), "version"),
    (tuf.EqualVersionNumberError("3"), "version"),
    (tuf.LengthOrHashMismatchError("Expected length 3"), "hash"),
    (tuf.RepositoryError("Failed to deserialize"), "metadata"),
    (ChangedPart("files/a: the stored bytes are not those of its digest"), "hash"),
    (BadPart("'a' is there twice"), "entry"),
    (formats.BadFormat("a manifest names no file"), "manifest"),
    (FileNotFoundError("the file 00 is not in the store"), "missing"),
    (BadKey("rollout_pilot.pem is no private key"), "key-missing"),
    (Refused("This machine does not have the key of pilot.", code="key-missing"), "key-missing"),
    (Refused("anything"), "refused"),
    (Refused("anything", code="no such"), "refused"),
    (Unavailable("文件存储没有响应。"), "storage"),
    (OSError(28, "No space left on device"), "storage"),
    (PermissionError(13, "Permission denied"), "storage"),
]


@pytest.mark.parametrize(("error", "code"), CASES, ids=[f"{code}-{n}" for n, (_e, code) in enumerate(CASES)])
def test_every_kind_has_words_in_both_languages(error: Exception, code: str) -> None:
    assert isinstance(error, faults.KNOWN)
    kept = faults.written(error)
    said = []
    for locale in ("zh_Hans", "en"):
        set_locale(locale)
        told = faults.told(kept)
        assert told.code == code
        assert str(error).split("\n")[0][:20] in told.detail
        assert told.detail not in told.words + told.advice
        said.append((told.words, told.advice))
    set_locale("zh_Hans")
    (words, advice), (other, other_advice) = said
    assert words != other
    assert advice != other_advice
    assert all(any("\u4e00" <= c <= "\u9fff" for c in text) for text in (words, advice))


def test_other_reasons_stay_as_they_are() -> None:
    set_locale("zh_Hans")
    for reason in ("", "因故撤回 [other]", "Timed out: it was not built or signed before the deadline."):
        told = faults.told(reason)
        assert (told.code, told.detail) == ("", "")
    assert faults.told("因故撤回 [other]").words == "因故撤回 [other]"
    assert faults.told("Timed out: it was not built or signed before the deadline.").words.startswith("逾期")


def test_a_page_tells_it(road: Road, client: Client) -> None:
    """A stored file whose bytes are lost: our sentence for those who may download, the detail for the staff alone."""
    road.to(Stage.pilot)
    signed()
    store = get_store()
    with transaction() as db:
        lost = versions.stored_files(db, road.desk.version.id)[0].sha256
    held = b"".join(store.span(lost, 0, store.size(lost)))
    store.remove(lost)
    try:
        bundle = road.built()
    finally:
        store.put([held])
    assert bundle.state is BundleState.failed
    page = road.desk.version_path
    for who, detail in ((road.desk.owner, False), (road.operator, False), (road.desk.secretary, True)):
        client.sign_in(who)
        for language, words in (("zh_Hans", "文件存储中缺少"), ("en", "is not in the file store")):
            client.post("/language", data={"locale": language, "next": "/"})
            seen = client.get(page).text
            assert words in seen
            assert "missing</span>" in seen
            assert (lost in seen.partition('id="rollout"')[2].partition("</section>")[0]) is detail
        client.sign_out()
    client.post("/language", data={"locale": "zh_Hans", "next": "/"})
    assert "文件存储中缺少" not in client.get(page).text, "reasons are for those who carry bundles"


def test_a_key_that_is_away_is_waited_for(road: Road) -> None:
    road.to(Stage.pilot)
    signed()
    keys = keys_folder()
    path = next(iter(sorted(keys.glob("rollout_snapshot*.pem"))))
    away = path.rename(path.with_suffix(".away"))
    bundle = road.built()
    assert bundle.state in (BundleState.building, BundleState.signing)
    for made in keys.glob("rollout_snapshot*.pem"):
        made.unlink()
    away.rename(path)
    tasks.settle(str(bundle.id))
    assert road.bundles()[-1].state is BundleState.ready
    assert road.bundles()[-1].state_reason == ""


def test_a_disk_that_is_away_is_waited_for(road: Road) -> None:
    road.to(Stage.pilot)
    signed()
    folder = get_store().incoming
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder)
    folder.write_bytes(b"in the way")
    try:
        bundle = road.built()
        assert bundle.state is BundleState.building
        assert faults.told(bundle.state_reason).code == "storage"
    finally:
        folder.unlink()
    assert road.built().state is BundleState.ready
    assert road.bundles()[-1].state_reason == ""


def test_broken_metadata_is_said(road: Road) -> None:
    road.to(Stage.pilot)
    signed()
    broken: Path = ceremony.repository().metadata / "pilot.json"
    held = broken.read_bytes()
    broken.write_bytes(b"{}")
    try:
        bundle = road.built()
    finally:
        broken.write_bytes(held)
    assert bundle.state is BundleState.failed
    assert faults.told(bundle.state_reason).code == "metadata"
