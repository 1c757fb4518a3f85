"""Pages and JSON of benchmarks and evaluations, in the real application."""

import asyncio
import csv
import io
import uuid

import pytest
from sqlmodel import Session

from portal.kit.db import transaction
from registry.evaluation.actions.boards import refresh
from registry.evaluation.models import Evaluation, EvaluationState
from registry.evaluation.run.attempt import run_attempt
from registry.evaluation.run.place import Place
from registry.versions.models import VersionState
from tests.evaluation.tiny import PERFECT, Scene, answers
from tests.support.browser import Client


def run(place: Place, *ids: uuid.UUID) -> None:
    for one in ids:
        asyncio.run(run_attempt(place, one))


def board(scene: Scene) -> None:
    with transaction() as db:
        refresh(db, benchmark_id=scene.benchmark.id)


def url(scene: Scene) -> str:
    return f"/benchmarks/{scene.owner.namespace.slug}/{scene.asset.name}"


def test_the_list_shows_public_benchmarks_only(scene: Scene, client: Client) -> None:
    page = client.get("/benchmarks")
    assert page.status_code == 200
    assert scene.asset.title in page.text
    assert scene.asset.title in client.get("/benchmarks.csv").text
    assert scene.asset.title not in client.get("/benchmarks.csv?q=绝无此名").text, "narrowed as the page is"
    scene.asset.is_public = False
    scene.db.add(scene.asset)
    scene.db.commit()
    assert scene.asset.title not in client.get("/benchmarks").text
    assert scene.asset.title not in client.get("/benchmarks.csv").text
    assert client.get(url(scene)).status_code == 404
    assert client.get(f"/api/v1{url(scene)}").status_code == 404
    assert client.get("/api/v1/benchmarks").json()["items"] == []


def test_list_filters_and_empty_state(client: Client, scene: Scene) -> None:
    assert scene.asset.title in client.get("/benchmarks?accepts=model&q=小").text
    assert "没有符合这些条件的内容" in client.get("/benchmarks?q=绝无此名").text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_benchmark_page_hides_what_is_hidden(scene: Scene, client: Client, language: str) -> None:
    if language == "en":
        client.english()
    page = client.get(url(scene))
    assert page.status_code == 200
    assert ("由 x 求 y" if language == "zh" else "Find y from x") in page.text
    assert "public/sample.csv" in page.text
    for secret in ("labels/labels.csv", "scorer/score.py", "inputs/items.csv"):
        assert secret not in page.text
    detail = client.get(f"/api/v1{url(scene)}").json()
    assert [file["path"] for file in detail["files"]] == [
        "benchmark.yaml",
        "public/sample.csv",
        "task.en.md",
        "task.zh.md",
    ]
    assert detail["data_digest"] == scene.benchmark.data_digest


def test_submit_follow_and_result(db: Session, scene: Scene, place: Place, client: Client) -> None:
    version = scene.program()
    client.sign_in(scene.researcher)
    page = client.get(url(scene))
    assert str(version.id) in page.text
    answer = client.post(f"{url(scene)}/submit", data={"version": str(version.id)})
    assert answer.status_code == 303
    where = answer.headers["location"]
    waiting = client.get(where)
    assert "排队" in waiting.text
    assert f"{where}/events?after=" in waiting.text
    assert f"{where}/cancel" in waiting.text
    run(place, uuid.UUID(where.rsplit("/", 1)[1]))
    done = client.get(where)
    assert done.status_code == 200
    key = where.rsplit("/", 1)[1]
    assert 'href="/evaluations.csv?state=done"' in client.get("/evaluations?state=done").text
    assert key in client.get("/evaluations.csv?state=done").text
    assert key not in client.get("/evaluations.csv?state=queued").text
    for text in (scene.benchmark.scorer_digest, version.tree_digest, "reading", "可由任何人核验", "<svg"):
        assert text in done.text
    assert f"{where}/events" not in done.text
    client.sign_out()
    assert "Anyone may check" in client.english().get(where).text
    assert client.get(where).status_code == 200, "results on public benchmarks are public"
    assert "reading" not in client.get(where).text, "the log is for the submitter"
    assert client.get(f"{where}/log.txt").text == ""


def test_an_evaluation_under_way_is_for_the_parties(scene: Scene, client: Client) -> None:
    where = f"/evaluations/{scene.request(scene.program())}"
    assert client.get(where).status_code == 404
    stranger = scene.make.account("路人")
    client.sign_in(stranger)
    for path in (where, f"{where}/events", f"{where}/log-events", f"{where}/log.txt", f"/api/v1{where}"):
        assert client.get(path).status_code == 404, path
    assert client.post(f"{where}/cancel").status_code == 404
    assert where not in client.get("/evaluations").text
    assert len(client.get("/evaluations.csv").text.splitlines()) == 1
    client.sign_out()
    client.sign_in(scene.owner)
    assert client.get(where).status_code == 200
    assert client.post(f"{where}/cancel").status_code == 403
    client.sign_out()
    client.sign_in(scene.make.account("秘书处", roles=("secretariat",)))
    assert client.get(where).status_code == 200


def test_cancel_by_form_gives_quota_back(db: Session, scene: Scene, client: Client) -> None:
    client.sign_in(scene.researcher)
    evaluation_id = scene.request(scene.program())
    answer = client.post(f"/evaluations/{evaluation_id}/cancel")
    assert answer.status_code == 303
    evaluation = db.get_one(Evaluation, evaluation_id)
    assert evaluation.state is EvaluationState.cancelled
    assert evaluation.quota_returned
    assert client.post(f"/evaluations/{evaluation_id}/cancel").status_code == 409
    assert "已取消" in client.get(f"/evaluations/{evaluation_id}").text


def test_submitting_nothing_or_the_unsuitable_is_explained(scene: Scene, client: Client) -> None:
    client.sign_in(scene.researcher)
    page = client.post(f"{url(scene)}/submit", data={})
    assert page.status_code == 422
    assert "请选择一个版本" in page.text
    assert client.post("/benchmarks/no/such/submit", data={}).status_code == 404


def test_the_leaderboard_ranks_ties_and_exports(
    db: Session, scene: Scene, place: Place, client: Client
) -> None:
    empty = client.get(f"{url(scene)}/leaderboard")
    assert empty.status_code == 200
    assert "还没有成绩" in empty.text
    good, twin = scene.predictions(answers(0.0)), scene.predictions(answers(0.0))
    bad = scene.predictions(answers(3.0), asset=scene.make.asset(scene.researcher, title="=HYPERLINK(1)"))
    hidden = scene.predictions(answers(1.0))
    run(place, *(scene.request(version) for version in (good, twin, bad)))
    run(place, scene.request(hidden))
    hidden_version = db.get_one(type(hidden), hidden.id)
    hidden_version.state = VersionState.yanked
    db.commit()
    board(scene)
    lines = client.get(f"/api/v1{url(scene)}/leaderboard").json()["lines"]
    assert [line["rank"] for line in lines] == [1, 1, 3]
    assert lines[0]["tie_group"] == lines[1]["tie_group"] != lines[2]["tie_group"]
    assert lines[2]["metrics"][0] == {"name": "rmse", "value": 3.0, "low": 3.0, "high": 3.0}
    page = client.get(f"{url(scene)}/leaderboard")
    assert page.status_code == 200
    assert page.text.count("并列") >= 2
    worst_first = client.get(f"{url(scene)}/leaderboard?sort=-rmse").text
    assert worst_first.index("=HYPERLINK") < worst_first.index(f"{good_name(scene, good)}")
    data = client.get(f"{url(scene)}/leaderboard.csv").content
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert len(rows) == 4
    assert rows[3][5] == "'=HYPERLINK(1)"


def good_name(scene: Scene, version: object) -> str:
    asset = scene.db.get_one(type(scene.asset), version.asset_id)  # type: ignore[attr-defined]
    return f"{scene.researcher.namespace.slug}/{asset.name}"


def test_the_best_result_of_an_asset_counts(scene: Scene, place: Place, client: Client) -> None:
    asset = scene.make.asset(scene.researcher)
    first = scene.predictions(answers(2.0), asset=asset, number="1.0.0")
    second = scene.predictions(answers(1.0), asset=asset, number="1.1.0")
    run(place, scene.request(first), scene.request(second))
    board(scene)
    (line,) = client.get(f"/api/v1{url(scene)}/leaderboard").json()["lines"]
    assert (line["version"], line["metrics"][0]["value"]) == ("1.1.0", 1.0)


def test_events_stream_the_state_and_end(scene: Scene, place: Place, client: Client) -> None:
    client.sign_in(scene.researcher)
    evaluation_id = scene.request(scene.program(PERFECT.replace("reading", "<b>reading</b>")))
    run(place, evaluation_id)
    events = client.get(f"/evaluations/{evaluation_id}/events").text
    assert "已完成" in events or "完成" in events
    assert events.rstrip().endswith("data:") or "event: end" in events
    log = client.get(f"/evaluations/{evaluation_id}/log-events").text
    assert "&lt;b&gt;reading" in log
    assert "event: end" in log
    last = [line for line in log.splitlines() if line.startswith("id: ")][-1][4:]
    again = client.get(f"/evaluations/{evaluation_id}/log-events", headers={"last-event-id": last}).text
    assert "reading" not in again


def test_the_api_submits_lists_and_explains(db: Session, scene: Scene, place: Place, client: Client) -> None:
    client.sign_in(scene.researcher)
    version = scene.program("import sys\nprint('no such column: z')\nsys.exit(4)\n")
    asset = db.get_one(type(scene.asset), version.asset_id)
    body = {
        "version": f"{scene.researcher.namespace.slug}/{asset.name}@1.0.0",
        "benchmark": f"{scene.owner.namespace.slug}/{scene.asset.name}",
    }
    made = client.post("/api/v1/evaluations", json=body)
    assert made.status_code == 201, made.text
    same = client.post("/api/v1/evaluations", json=body)
    assert same.json()["id"] == made.json()["id"]
    run(place, uuid.UUID(made.json()["id"]))
    seen = client.get(f"/api/v1/evaluations/{made.json()['id']}").json()
    assert seen["state"] == "failed_user"
    assert seen["failure"]["code"] == "command_failed"
    assert "退出码 4" in seen["failure"]["text"]
    assert "no such column: z" in seen["failure"]["text"]
    log = client.get(f"/api/v1/evaluations/{seen['id']}/log").json()
    assert log["visible"]
    assert log["final"]
    assert "no such column" in log["pieces"][0]["text"]
    listed = client.get("/api/v1/evaluations").json()["items"]
    assert [item["id"] for item in listed] == [seen["id"]]
    missing = client.post("/api/v1/evaluations", json={**body, "version": "no/such@1.0.0"})
    assert missing.status_code == 404
    assert missing.headers["content-type"] == "application/problem+json"
    assert client.post("/api/v1/evaluations", json={"version": "x"}).status_code == 422


def test_nobody_gets_an_evaluation_by_api(client: Client, scene: Scene) -> None:
    assert client.get("/api/v1/evaluations").status_code == 401
    wanted = {"version": "no-one/nothing@1.0.0", "benchmark": "no-one/none"}
    assert client.post("/api/v1/evaluations", json=wanted).status_code == 401
