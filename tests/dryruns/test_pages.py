"""The pages and JSON of dry runs, and the gate before publishing."""

import asyncio

import pytest

from registry.dryruns.run.rehearsal import run_dry
from registry.evaluation.run.place import Place
from tests.dryruns.drafts import Desk
from tests.support.browser import Client


def api(desk: Desk) -> str:
    return f"/api/v1{desk.url}"


def test_a_benchmark_is_not_published_without_a_dry_run(client: Client, desk: Desk) -> None:
    client.sign_in(desk.owner)
    page = client.post(f"{desk.url}/submit")
    assert page.status_code == 409
    assert f'href="{desk.url}/dry-run"' in page.text
    problem = client.post(f"{api(desk)}/submit")
    assert problem.status_code == 409
    assert problem.json()["way_out"] == f"{desk.url}/dry-run"
    assert desk.url in problem.json()["detail"]


def test_only_publishers_see_and_start_a_dry_run(client: Client, desk: Desk) -> None:
    stranger = desk.make.account("路人", roles=("secretariat",))
    for who, page, status in ((None, 303, 401), (stranger, 404, 404)):
        if who:
            client.sign_in(who)
        for path in (f"{desk.url}/dry-run", f"{desk.url}/dry-run/events"):
            assert client.get(path).status_code == page, path
        assert client.get(f"{api(desk)}/dry-run").status_code == status
        assert client.post(f"{desk.url}/dry-run").status_code == status
        assert client.post(f"{api(desk)}/dry-run").status_code == status


def test_from_start_to_publication(client: Client, desk: Desk, place: Place) -> None:
    client.sign_in(desk.owner)
    empty = client.get(f"{desk.url}/dry-run")
    assert "尚未试运行" in empty.text
    assert client.get(f"{api(desk)}/dry-run").status_code == 404
    assert client.post(f"{desk.url}/dry-run").status_code == 303
    waiting = client.post(f"{api(desk)}/dry-run")
    assert waiting.status_code == 202
    assert waiting.json()["state"] == "queued"
    assert "/dry-run/events" in client.get(f"{desk.url}/dry-run").text
    run_id = desk.start()
    assert str(run_id) == waiting.json()["id"]
    asyncio.run(run_dry(place, run_id))
    page = client.get(f"{desk.url}/dry-run", headers={"Accept-Language": "en"})
    assert page.text.count("<tr>") == 17
    found = client.get(f"{api(desk)}/dry-run").json()
    assert (found["state"], found["ready"], found["changed"]) == ("passed", True, False)
    assert {case["state"] for case in found["cases"]} == {"passed"}
    stream = client.get(f"{desk.url}/dry-run/events")
    assert "event: end" in stream.text
    assert client.post(f"{api(desk)}/submit").status_code == 202


@pytest.mark.parametrize(("path", "again"), [("labels/labels.csv", True), ("task.zh.md", False)])
def test_a_changed_draft_needs_a_new_dry_run(client: Client, desk: Desk, path: str, again: bool) -> None:
    from registry.versions.digests import rehearsed
    from registry.versions.models import Version
    from registry.versions.queries import stored_files

    files = [(row.path, row.sha256) for row in stored_files(desk.db, desk.version.id)]
    desk.db.get_one(Version, desk.version.id).rehearsed_digest = rehearsed(files)
    desk.db.commit()
    client.sign_in(desk.owner)
    assert client.put(f"{api(desk)}/files/{path}", content=b"id,y\ni0,1\n").status_code in {200, 201}
    answer = client.post(f"{api(desk)}/submit")
    assert answer.status_code == (409 if again else 202), answer.text
