"""The level of data: set by its owner, read from the card until then; secrets have no place, important data no file."""

import csv
import io

import pytest
from sqlmodel import Session

from portal.audit.queries import of_object
from portal.kit.db import transaction
from portal.kit.errors import Conflict
from registry.assets.levels import DataLevel, level_of
from registry.assets.models import Asset, AssetKind
from registry.versions import actions as versions
from registry.versions.models import SubmissionKind, VersionState
from tests.evaluation.tiny import actor
from tests.support.browser import Client
from tests.support.make import Make

CARD = "---\ndata_level: important\n---\n说明"


@pytest.mark.parametrize(
    ("field", "card", "level"),
    [
        ("", "", None),
        ("", CARD, DataLevel.important),
        ("", "---\ndata_level: Core\n---\n", DataLevel.core),
        ("", "---\ndata_level: 随便\n---\n", None),
        ("general", CARD, DataLevel.general),
    ],
)
def test_which_level_counts(field: str, card: str, level: DataLevel | None) -> None:
    assert level_of(field, card) is level


def test_set_on_the_page_shown_exported_and_logged(client: Client, make: Make, db: Session) -> None:
    owner = make.account("甲")
    asset = make.asset(owner, kind=AssetKind.dataset, name="roads", title="道路", card=CARD)
    make.version(asset)
    here = f"/assets/{owner.namespace.slug}/roads"
    page = client.get(here).text
    assert "重要数据" in page
    assert "按说明卡" in page
    client.sign_in(owner)
    assert '<option value="core">' in client.get(f"{here}/edit").text
    given = {"title": "道路", "licence": "CC-BY-4.0", "card": CARD, "data_level": "general"}
    assert client.post(f"{here}/edit", data=given).status_code == 303
    page = client.get(here).text
    assert "一般数据" in page
    assert "按说明卡" not in page
    assert client.get("/api/v1" + here).json()["publication"]["data_level"] == "general"
    (line,) = list(csv.DictReader(io.StringIO(client.get("/assets/export.csv").content.decode("utf-8-sig"))))
    assert line["数据级别"] == "general"
    last = of_object(db, "asset", str(asset.id))[-1]
    assert last.evidence["level"] == {"from": "", "to": "general"}


@pytest.mark.parametrize("word", ["secret", "top secret", "机密", "涉密", "Confidential"])
def test_secrets_are_refused(client: Client, make: Make, word: str) -> None:
    owner = make.account("甲")
    make.version(make.asset(owner, kind=AssetKind.dataset, name="roads"))
    here = f"/assets/{owner.namespace.slug}/roads"
    client.sign_in(owner)
    refused = client.patch("/api/v1" + here, json={"data_level": word})
    assert refused.status_code == 422
    assert "国家秘密" in refused.text
    refused = client.patch("/api/v1" + here, json={"card": f"---\ndata_level: {word}\n---\n"})
    assert refused.status_code == 422
    assert "国家秘密" in refused.text
    form = client.post(f"{here}/edit", data={"title": "道路", "licence": "MIT", "data_level": word})
    assert form.status_code == 422
    assert "国家秘密" in form.text


def test_other_words_are_refused_too(client: Client, make: Make) -> None:
    owner = make.account("甲")
    make.version(make.asset(owner, name="roads"))
    client.sign_in(owner)
    here = f"/api/v1/assets/{owner.namespace.slug}/roads"
    for odd in ("high", {}, [], False, 0):
        assert client.patch(here, json={"data_level": odd}).status_code == 422, odd
    assert client.patch(here, json={"data_level": "core"}).json()["publication"]["data_level"] == "core"
    assert client.patch(here, json={"data_level": ""}).json()["publication"]["data_level"] == ""


@pytest.mark.parametrize("said", [{"data_level": "core"}, {"card": CARD}])
def test_files_above_general_are_not_published(make: Make, db: Session, said: dict[str, str]) -> None:
    owner = make.account("甲")
    asset = make.asset(owner, kind=AssetKind.dataset, **said)
    draft = make.version(asset, {"a.csv": b"1"}, state=VersionState.draft, submission=SubmissionKind.files)
    with pytest.raises(Conflict, match="重要数据和核心数据"), transaction() as session:
        versions.submit(session, actor(owner), version_id=draft.id)
    found = db.get(Asset, asset.id)
    assert found is not None
    found.data_level = "general"
    db.add(found)
    db.commit()
    with transaction() as session:
        assert versions.submit(session, actor(owner), version_id=draft.id).state is VersionState.scanning
