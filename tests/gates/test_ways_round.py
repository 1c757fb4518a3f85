"""Ways round the gate that are no file route: running a gated benchmark, and the command line."""

from pathlib import Path

import pytest
from sqlmodel import Session

from portal.client.connection import Connection
from portal.client.credentials import Login
from portal.client.errors import ClientError
from portal.client.names import Name
from portal.client.portal_api import PortalApi
from portal.client.pulling import pull
from portal.client.screen import Screen
from portal.kit.db import transaction
from portal.kit.errors import Forbidden
from registry.gates import actions as gates
from registry.gates.forms import GateInput
from tests.client.serving import served
from tests.evaluation.tiny import Scene, actor
from tests.gates.conftest import SECRET, Gated
from tests.support.browser import Client
from tests.support.make import Make


def test_a_gated_benchmark_runs_for_readers_with_access_only(db: Session, make: Make) -> None:
    scene = Scene(db, make)
    version = scene.program()
    with transaction() as session:
        gates.set_gate(
            session,
            actor(scene.owner),
            asset_id=scene.asset.id,
            given=GateInput(gated=True, terms="条款", fields=[]),
        )
    with pytest.raises(Forbidden):
        scene.request(version)
    researcher = actor(scene.researcher)
    with transaction() as session:
        gate = gates.queries.gate_of(session, scene.asset.id)
        assert gate is not None
        asked = gates.request_access(
            session, researcher, asset_id=scene.asset.id, terms_sha256=gate.sha256, accept=True, answers={}
        )
    with transaction() as session:
        gates.decide(session, actor(scene.owner), request_id=asked.id, decision="approve", reason="")
    assert scene.request(version)


def test_the_command_line_says_where_to_ask(application: object, gated: Gated, tmp_path: Path) -> None:
    name = Name(gated.unit.namespace.slug, gated.asset.name, gated.version.number)
    with served(application) as url, Connection(Login(url)) as connection:
        api = PortalApi(connection)
        with pytest.raises(ClientError) as refused:
            pull(api, Screen(as_json=True), name, tmp_path / "data")
        assert f"{url}{gated.page}/access" in refused.value.hint
        assert not (tmp_path / "data").exists()


def test_lists_and_cards_stay_open(client: Client, gated: Gated) -> None:
    page = client.get(gated.page)
    assert "公开的说明" in page.text
    assert "申请访问" in page.text
    assert SECRET.decode().strip() not in page.text
    assert "table.csv" not in page.text
    assert "申请后获取" in client.get("/assets").text
    assert client.get(f"/api/v1{gated.page}").json()["gated"] is True
    answer = client.english().get(f"{gated.one}/download/README.md")
    assert answer.status_code == 403
    assert f"{gated.page}/access" in answer.text
