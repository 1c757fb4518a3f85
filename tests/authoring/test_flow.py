"""A benchmark written step by step by plain forms, tried in real jails, and published."""

import asyncio

import pytest
import yaml

from portal.kit.db import transaction
from registry.dryruns import queries
from registry.dryruns.models import DryRunState
from registry.dryruns.run.rehearsal import run_dry
from registry.evaluation.run.place import Place
from tests.authoring.desk import LIMITS, SUBMISSIONS, TEMPLATE, TEXTS, EmptyDesk

STEPS = ("texts", "submissions", "data", "scorer", "metrics", "items", "limits", "reference", "raw/yaml")


def test_from_an_empty_draft_to_publication(desk: EmptyDesk, place: Place) -> None:
    assert desk.get().text.count("未完成") >= 4
    desk.fill(block="block")
    overview = desk.get()
    assert "未完成" not in overview.text
    for step in STEPS:
        assert desk.get(step).status_code == 200, step
    assert '<option value="labels/labels.csv"' in desk.get("scorer").text
    wrong = desk.save("scorer/template", {**TEMPLATE, "template": "f1"})
    assert wrong.status_code == 422
    assert '<option value="f1" selected' in wrong.text
    found = desk.manifest()
    assert [metric["name"] for metric in found["metrics"]] == ["rmse", "mae"]
    assert found["dry_run"] == {
        "kind": "predictions", "path": "labels/labels.csv", "expected": 0.0, "tolerance": 1e-9,
    }  # fmt: skip
    preview = desk.get("show/preview")
    assert preview.status_code == 200
    assert "估价" in preview.text
    assert "预览" in preview.text
    assert desk.client.post(f"{desk.url}/dry-run").status_code == 303
    with transaction() as db:
        run = queries.newest(db, desk.version.id)
        assert run is not None
        key = run.id
    asyncio.run(run_dry(place, key))
    with transaction() as db:
        run = queries.newest(db, desk.version.id)
        cases = {row.name: (row.state.value, row.got, row.log_tail) for row in queries.cases_of(db, key)}
        assert run is not None
        assert run.state is DryRunState.passed, cases
    assert desk.client.post(f"{desk.url}/submit").status_code == 303


@pytest.mark.parametrize("step", STEPS)
def test_every_step_is_a_page_in_both_languages(desk: EmptyDesk, step: str) -> None:
    for _language in range(2):
        page = desk.get(step)
        assert page.status_code == 200, page.text[:500]
        assert "<form" in page.text
        desk.client.english()


def test_errors_stand_beside_the_fields_and_nothing_is_written(desk: EmptyDesk) -> None:
    page = desk.save("limits", {**LIMITS, "limits.time_s": "soon", "limits.memory_mb": "1"})
    assert page.status_code == 422
    assert 'id="f-limits.time_s-error"' in page.text
    assert 'value="soon"' in page.text
    assert 'id="f-limits.memory_mb-error"' in page.text
    texts = desk.save("texts", {**TEXTS, "text.en": "", "title.zh": ""})
    assert texts.status_code == 422
    assert 'id="f-text.en-error"' in texts.text
    assert "估价" in texts.text
    kinds = desk.save("submissions", {**SUBMISSIONS, "accepts": [], "runtime": "no-such-py3"})
    assert kinds.status_code == 422
    assert (
        "benchmark.yaml" not in desk.client.get(desk.url).text.partition('id="add"')[0].partition("<table")[2]
    )


def test_the_yaml_itself_is_kept_as_typed(desk: EmptyDesk) -> None:
    typed = "# 注释\ntitle: {zh: 甲, en: A}\n"
    assert desk.save("raw/yaml", {"text": typed}).status_code == 303
    assert desk.text("benchmark.yaml") == typed
    page = desk.get("raw/yaml")
    assert "<code>accepts</code>" in page.text
    for hostile in ("a: &x [1]\nb: *x\n", "- 1\n", "a: 1\na: 2\n", "!!python/object:os.system {}\n"):
        refused = desk.save("raw/yaml", {"text": hostile})
        assert refused.status_code == 422, hostile
        assert 'id="f-text-error"' in refused.text
    assert desk.text("benchmark.yaml") == typed


def test_an_unreadable_manifest_leads_to_the_yaml(desk: EmptyDesk) -> None:
    desk.upload("", "benchmark.yaml", b"a: [1\n", then="")
    assert "author/raw/yaml" in desk.get("limits").headers["location"]
    assert desk.get("raw/yaml").status_code == 200
    assert desk.get().status_code == 200


def test_the_metrics_editor_adds_changes_and_removes(desk: EmptyDesk) -> None:
    row = {
        "name": "hits", "title.zh": "命中率", "title.en": "Hits", "direction": "higher", "aggregate": "mean",
        "value": "hit",
    }  # fmt: skip
    first = {f"metrics.0.{key}": value for key, value in row.items()}
    assert desk.save("metrics", first).status_code == 303
    assert "primary" not in desk.manifest()["metrics"][0]
    second = {f"metrics.1.{key}": value for key, value in {**row, "name": "again", "primary": "1"}.items()}
    assert desk.save("metrics", {**first, **second}).status_code == 303
    assert [metric["name"] for metric in desk.manifest()["metrics"]] == ["hits", "again"]
    assert desk.save("metrics", {**first, "metrics.0.remove": "1", **second}).status_code == 303
    assert [metric["name"] for metric in desk.manifest()["metrics"]] == ["again"]
    bad = desk.save("metrics", {**first, "metrics.0.name": "No Name", "metrics.0.aggregate": "balanced_mean"})
    assert bad.status_code == 422
    assert 'id="f-metrics.0.name-error"' in bad.text


def test_the_item_table_is_edited_and_names_of_categories_stay(desk: EmptyDesk) -> None:
    season = {"name": "season", "title.zh": "季节", "title.en": "Season", "column": "s", "public": "1"}
    form = {
        "item_table.file": "labels/items.csv",
        "item_table.region.column": "code",
        **{f"item_table.slices.0.{key}": value for key, value in season.items()},
    }
    assert desk.save("items", form).status_code == 303
    made = desk.manifest()
    assert made["item_table"]["region"] == {"column": "code"}
    made["item_table"]["slices"][0]["titles"] = {"w": {"zh": "冬", "en": "Winter"}}
    desk.save("raw/yaml", {"text": yaml.safe_dump(made, allow_unicode=True)})
    assert desk.save("items", {**form, "item_table.least": "8"}).status_code == 303
    found = desk.manifest()["item_table"]
    assert found["least"] == 8
    assert found["slices"][0]["titles"] == {"w": {"zh": "冬", "en": "Winter"}}
    for wrong in ({"item_table.least": "2"}, {"item_table.file": "public/items.csv"}):
        refused = desk.save("items", {**form, **wrong})
        assert refused.status_code == 422
        assert f'id="f-{next(iter(wrong))}-error"' in refused.text
    assert desk.save("items", {}).status_code == 303
    assert "item_table" not in desk.manifest()


def test_only_publishers_and_only_drafts(desk: EmptyDesk, make: object) -> None:
    from tests.support.make import Make

    assert isinstance(make, Make)
    stranger = make.account("路人")
    desk.client.sign_out()
    assert desk.get().status_code == 303
    desk.client.sign_in(stranger)
    for step in ("", *STEPS, "show/preview"):
        assert desk.get(step).status_code == 404
    assert desk.save("limits", LIMITS).status_code == 404
    assert desk.save("raw/yaml", {"text": "a: 1"}).status_code == 404


def test_a_task_text_is_shown_while_it_is_written(desk: EmptyDesk) -> None:
    both = {"text.zh": "**粗** <script>alert(1)</script>", "text.en": "*thin*"}
    assert "<em>thin</em>" in desk.save("texts/preview?language=en", both).text
    answer = desk.save("texts/preview?language=zh", both)
    assert "<strong>粗</strong>" in answer.text
    assert "<script>" not in answer.text


def test_an_upload_goes_on_only_below_the_version(desk: EmptyDesk) -> None:
    for hostile in ("//evil.example/x", "../../..", "author/data?x=1", "https://evil.example"):
        assert desk.upload("inputs", "a.csv", b"id\n", then=hostile).headers["location"] == desk.url
