"""The page of a comparison: what it shows, to whom, and the paired comparisons behind it."""

import json
import random

import pytest
from sqlmodel import Session, select

from portal.kit.db import transaction
from registry.assets.models import Asset
from registry.evaluation.actions import comparisons
from registry.evaluation.models import Evaluation, PairedResult, Result
from registry.evaluation.tasks import compare
from registry.versions.models import SubmissionKind, Version, VersionState
from tests.evaluation.tiny import Scene
from tests.exchange.conftest import accept
from tests.exchange.conftest import scene as scene  # a fixture
from tests.gates.conftest import Gated
from tests.gates.conftest import gated as gated  # a fixture
from tests.support.browser import Client

ITEMS = 40
OLD = {
    "README.md": "---\nlicense: mit\n---\n# 模型\n\n准确率为 0.87。\n".encode(),
    "main.py": b"a = 1\nb = 2\n",
    "weights.bin": b"\x00\x01",
    "old.txt": b"x",
}
NEW = {
    "README.md": "---\nlicense: apache-2.0\n---\n# 模型\n\n准确率为 <b>0.91</b>。\n".encode(),
    "main.py": b"a = 1\nb = 3\n",
    "model/weights.bin": b"\x00\x01",
    "new.txt": b"</code><script>alert(1)</script>",
}


def per_item(seed: int, error: float) -> bytes:
    rng = random.Random(seed)
    rows = [
        {"id": f"i{n}", "e2": (error + rng.random()) ** 2, "hit": float(rng.random() > error)}
        for n in range(ITEMS)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


class Two:
    """An asset with two published, evaluated versions."""

    def __init__(self, db: Session, scene: Scene) -> None:
        self.db, self.scene = db, scene
        self.asset = scene.make.asset(scene.researcher, title="对比成果")
        self.old = scene.submission(SubmissionKind.program, OLD, asset=self.asset, number="1.0.0")
        self.new = scene.submission(SubmissionKind.program, NEW, asset=self.asset, number="1.1.0")
        self.page = f"/assets/{scene.researcher.namespace.slug}/{self.asset.name}/compare/1.0.0...1.1.0"

    def evaluate(self) -> tuple[Result, Result]:
        one = accept(self.db, self.scene, self.old, per_item(1, 0.6), rmse=1.1, hits=0.4)
        two = accept(self.db, self.scene, self.new, per_item(2, 0.1), rmse=0.6, hits=0.9)
        return self._result(one), self._result(two)

    def _result(self, evaluation: Evaluation) -> Result:
        return self.db.exec(select(Result).where(Result.evaluation_id == evaluation.id)).one()


@pytest.fixture
def two(db: Session, scene: Scene) -> Two:
    return Two(db, scene)


def test_files_card_and_parameters(two: Two, client: Client) -> None:
    page = client.get(two.page)
    assert page.status_code == 200
    assert "weights.bin" in page.text
    for word in ("新增", "已删除", "已改名", "5 个文件有变化"):
        assert word in page.text
    assert '<del><span class="vh">删除：</span>' in page.text
    assert "−" in page.text
    assert "<script>alert" not in page.text
    assert "0.91" in page.text
    assert "apache-2.0" in page.text
    assert "没有两个版本都评测过的基准" in page.text


def test_the_other_way_round_and_in_english(two: Two, client: Client) -> None:
    back = two.page.replace("1.0.0...1.1.0", "1.1.0...1.0.0")
    page = client.english().get(back).text
    assert "1.1.0 compared with 1.0.0" in page
    assert "Removed:" in page
    choice = client.get(f"{two.page.rpartition('/')[0]}?from=1.0.0&to=1.1.0")
    assert choice.status_code == 303
    assert choice.headers["location"] == two.page


def test_versions_are_chosen_on_the_assets_page(two: Two, client: Client) -> None:
    page = client.get(two.page.partition("/compare")[0]).text
    assert f'action="{two.page.rpartition("/")[0]}"' in page
    assert '<option value="1.0.0" selected>' in page


@pytest.mark.parametrize(
    "span", ["1.0.0...9.9.9", "1.0.0", "1.0.0..1.1.0", "...", "1.0.0...", "x" * 50 + "...1.0.0"]
)
def test_absent_versions(two: Two, client: Client, span: str) -> None:
    assert client.get(two.page.rpartition("/")[0] + "/" + span).status_code == 404


def test_drafts_are_for_their_publishers(two: Two, client: Client) -> None:
    two.scene.make.version(two.asset, NEW, state=VersionState.draft, number="2.0.0")
    page = two.page.replace("1.1.0", "2.0.0")
    assert client.get(page).status_code == 404
    client.sign_in(two.scene.researcher)
    assert client.get(page).status_code == 200


def test_scores_before_and_after_they_are_compared(db: Session, two: Two, client: Client) -> None:
    two.evaluate()
    page = client.get(two.page).text
    assert "尚未比较" in page
    assert "生成缺少的比较" not in page, "for members only"
    assert client.post(two.page).status_code == 401
    client.sign_in(two.scene.make.account())
    assert "生成缺少的比较" in client.get(two.page).text
    for _again in range(2):
        assert client.post(two.page).status_code == 303
    jobs = (
        db.connection()
        .exec_driver_sql("SELECT args FROM procrastinate_jobs WHERE task_name = 'evaluation.compare'")
        .fetchall()
    )
    assert len(jobs) == 1, "asked twice, made once"
    compare(**jobs[0][0])
    page = client.get(two.page).text
    assert "更优" in page
    assert "&lt; 0.001" in page
    assert "生成缺少的比较" not in page
    back = client.get(two.page.replace("1.0.0...1.1.0", "1.1.0...1.0.0")).text
    assert "更差" in back


def test_a_comparison_is_kept_once_and_reads_both_ways(db: Session, two: Two) -> None:
    first, second = two.evaluate()
    with transaction() as session:
        assert comparisons.compare(session, first_id=second.id, second_id=first.id) == 2
        assert comparisons.compare(session, first_id=first.id, second_id=second.id) == 0
    rows = {row.metric: row for row in db.exec(select(PairedResult))}
    assert set(rows) == {"rmse", "hits"}
    small = min(first.id, second.id)
    assert all(row.first_id == small for row in rows.values())
    sign = 1 if small == first.id else -1
    rmse = rows["rmse"]
    assert rmse.difference is not None
    assert rmse.low is not None
    assert rmse.high is not None
    assert rmse.low <= rmse.difference <= rmse.high
    assert sign * rmse.difference < 0, "the newer has the smaller error"
    assert rmse.effect is not None
    assert sign * rmse.effect > 0, "and is the better"
    assert rmse.better + rmse.worse + rmse.equal == ITEMS


def test_what_cannot_be_compared_says_why(db: Session, two: Two, client: Client) -> None:
    one = accept(db, two.scene, two.old, per_item(1, 0.5), rmse=1, hits=0.5)
    other = accept(db, two.scene, two.new, b'{"id": "z", "e2": 1.0, "hit": 1.0}\n', rmse=1, hits=1)
    first, second = (
        db.exec(select(Result).where(Result.evaluation_id == item.id)).one() for item in (one, other)
    )
    with transaction() as session:
        comparisons.compare(session, first_id=first.id, second_id=second.id)
    page = client.get(two.page).text
    assert "无法比较" in page
    assert "other items" in page


def test_results_of_two_benchmarks_are_not_compared(db: Session, two: Two) -> None:
    first, _second = two.evaluate()
    with transaction() as session:
        assert comparisons.compare(session, first_id=first.id, second_id=first.benchmark_id) == 0


def test_a_new_result_is_compared_with_its_earlier_siblings(db: Session, two: Two) -> None:
    first, second = two.evaluate()
    with transaction() as session:
        comparisons.ask_for_siblings(session, second.id)
    jobs = (
        db.connection()
        .exec_driver_sql("SELECT args FROM procrastinate_jobs WHERE task_name = 'evaluation.compare'")
        .fetchall()
    )
    assert {jobs[0][0]["first_id"], jobs[0][0]["second_id"]} == {str(first.id), str(second.id)}


def test_hidden_and_gated_files_are_not_compared(scene: Scene, client: Client, gated: Gated) -> None:
    scene.make.version(
        scene.asset, {"benchmark.yaml": b"x: 1\n"}, number="1.1.0", submission=SubmissionKind.files
    )
    page = client.get(f"/assets/{scene.owner.namespace.slug}/{scene.asset.name}/compare/1.0.0...1.1.0")
    assert page.status_code == 200
    assert "labels/labels.csv" not in page.text
    gated.make.version(gated.asset, {"data/table.csv": b"SECRET 2\n"}, number="1.1.0")
    path = f"{gated.page}/compare/1.0.0...1.1.0"
    for person in (None, gated.stranger):
        if person:
            client.sign_in(person)
        answer = client.get(path)
        assert answer.status_code == 200
        assert "仅对获准访问者显示" in answer.text
        assert "table.csv" not in answer.text
        assert "SECRET" not in answer.text
    client.sign_out()
    client.sign_in(gated.publisher)
    assert "SECRET" in client.get(path).text


def test_private_assets_are_absent(two: Two, client: Client, db: Session) -> None:
    asset = db.get(Asset, two.asset.id)
    assert asset is not None
    asset.is_public = False
    db.add(asset)
    for version in db.exec(select(Version).where(Version.asset_id == asset.id)):
        version.state = VersionState.draft
        db.add(version)
    db.commit()
    assert client.get(two.page).status_code == 404
    assert client.get(two.page.rpartition("/")[0]).status_code == 404
