"""The next version of the rules of promotion by their form, as a browser without scripts sends it."""

import json

import pytest

from registry.promotion.forms import ProfileData
from registry.promotion.models import PromotionProfile
from registry.promotion.profiles import shipped
from tests.editions.forms import Form
from tests.promotion.conftest import Desk
from tests.support.browser import Client
from tests.support.forms import fields_of

AT = "/promotions/rules/base"
EDIT = f"{AT}/edit"
REVIEW = "stages.reviewed.gates.1"
BENCH = "stages.qualified.gates.1"


@pytest.fixture
def form(desk: Desk, client: Client) -> Form:
    client.sign_in(desk.secretary)
    return Form(desk.db, client, PromotionProfile, AT).open()


def test_gates_and_periods_are_changed_by_the_form(desk: Desk, form: Form) -> None:
    key = desk.nominate()
    form.good.pop(f"{BENCH}.overridable")
    changes = {
        f"{REVIEW}.mean": "70", "stages.pilot.days": "365", "quorum": "5", "pilot.report_days": "90",
        f"{BENCH}.benchmark": "planning-lab/landcover", f"{BENCH}.threshold": "0.75",
    }  # fmt: skip
    shown = form.send("preview", changes)
    assert shown.status_code == 200
    for words in (
        "60 → 70",
        "730 → 365",
        "3 → 5",
        "30 → 90",
        "任何 → planning-lab/landcover",
        "0.75",
        "是 → 否",
    ):
        assert words in shown.text, words
    assert len(form.versions()) == 1, "a look makes nothing"
    form.good = fields_of(shown.text)
    assert form.send("publish").status_code == 303
    first, second = form.versions()
    gate = second.rules["stages"]["qualified"]["gates"][1]
    assert (gate["threshold"], gate["overridable"]) == (0.75, False)
    assert second.rules["stages"]["pilot"]["days"] == 365
    assert second.kinds == first.kinds
    assert first.rules["quorum"] == 3, "what is made is never changed"
    assert desk.row(key).profile_id == first.id
    page = form.client.get(f"{AT}?number=2").text
    assert "60 → 70" in page
    assert "不得以表决越过" in page


def test_the_form_gives_back_what_it_was_given(form: Form) -> None:
    shown = form.send("publish")
    assert (shown.status_code, "没有任何不同" in shown.text) == (200, True)
    assert len(form.versions()) == 1


BAD = {
    "quorum": ("1", "", "三", "101", "2.5"),
    "source": ("", "x"),
    "working_days": ("0", "61"),
    "stages.national.days": ("0", "", "4000"),
    "pilot.least_reports": ("-1", "x"),
    "effective_from": ("", "2026-02-30"),
    "reason": ("", "短"),
    f"{REVIEW}.mean": ("", "101", "-1", "nan", "高"),
    f"{REVIEW}.kind": ("guess", ""),
    f"{REVIEW}.code": ("", "certified_review", "A b"),
    f"{BENCH}.benchmark": ("landcover", "a b/c", "x" * 300),
    "stages.pilot_assessed.gates.1.sites": ("", "0", "1.5"),
    "stages.regional.gates.0.level": ("highest",),
    "pilot.indicators.1.code": ("area", "", "9"),
    "pilot.indicators.0.better": ("sideways",),
    "pilot.indicators.0.unit": ("长" * 21,),
}
CHOSEN = (f"{REVIEW}.kind", "stages.regional.gates.0.level", "pilot.indicators.0.better")


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_at_its_field(form: Form, name: str) -> None:
    for value in BAD[name]:
        form.refuses(name, value, is_choice=name in CHOSEN)
    assert len(form.versions()) == 1


def test_codes_are_unique_over_all_stages(form: Form) -> None:
    form.refuses(f"{REVIEW}.code", "notice_over", at="stages.national.gates.2.code")


def test_a_threshold_is_a_number_and_needs_a_benchmark(form: Form) -> None:
    for value in ("0.7", "-3"):
        form.refuses(f"{BENCH}.threshold", value, at=f"{BENCH}.benchmark")
    form.good |= {f"{BENCH}.benchmark": "a/b"}
    for value in ("nan", "inf", "0,7"):
        form.refuses(f"{BENCH}.threshold", value)


def test_gates_are_added_moved_and_removed_without_a_script(form: Form) -> None:
    part = "stages.pilot.gates"
    form.good = form.drawn(f"add:{part}")
    assert (form.good[f"{part}.1.kind"], form.good[f"{part}.1.level"]) == ("certified", "pilot")
    fields = form.drawn(f"draw:{part}.1", {f"{part}.1.kind": "pilot_sites"})
    assert (fields[f"{part}.1.sites"], fields[f"{part}.1.unsuitable"]) == ("1", "0")
    assert f"{part}.1.level" not in fields
    form.good = fields | {
        f"{part}.1.code": "early_sites", f"{part}.1.title_zh": "先行单位", f"{part}.1.title_en": "Early sites",
    }  # fmt: skip
    for do in (f"up:{part}:1", "remove:pilot.indicators:0", "down:pilot.indicators:0"):
        form.good = form.drawn(do)
    assert form.good[f"{part}.0.code"] == "early_sites"
    shown = form.send("preview").text
    for words in ("先行单位", "新增", "处理面积", "删除", "移动"):
        assert words in shown, words
    assert form.send("publish", fields_of(shown)).status_code == 303
    rules = form.versions()[1].rules
    assert [gate["code"] for gate in rules["stages"]["pilot"]["gates"]] == ["early_sites", "certified_start"]
    assert [each["code"] for each in rules["pilot"]["indicators"]] == ["right", "hours_saved", "failed_runs"]
    for _n in range(22):
        form.good = form.drawn("add:stages.nominated.gates")
    assert "stages.nominated.gates.19.code" in form.good
    assert "stages.nominated.gates.20.code" not in form.good


def test_who_was_second_loses_nothing(form: Form) -> None:
    mine = form.good | {"quorum": "6"}
    ready = form.drawn("preview", mine)
    assert form.publish({"working_days": "10"}).status_code == 303
    clash = form.send("publish", ready)
    assert clash.status_code == 409
    for words in ("其间已有人形成第 2 版", "5 → 10", "10 → 5", "3 → 6"):
        assert words in clash.text, words
    kept = fields_of(clash.text)
    assert all(kept[name] == value for name, value in mine.items() if name not in ("based_on", "seen"))
    assert len(form.versions()) == 2
    assert form.publish(kept, {"working_days": "10"}).status_code == 303
    rules = form.versions()[2].rules
    assert (rules["quorum"], rules["working_days"]) == (6, 10)


def test_json_goes_out_and_comes_back(form: Form) -> None:
    got = form.client.get(f"{AT}/rules.json?number=1")
    assert "attachment" in got.headers["content-disposition"]
    assert ProfileData.model_validate_json(got.text) == shipped()[0]
    changed = json.loads(got.text)
    changed["rules"]["quorum"] = 7
    whole = form.drawn("import", {"json": json.dumps(changed)})
    alone = form.drawn("import", {"json": json.dumps(changed["rules"])})
    assert whole["quorum"] == alone["quorum"] == "7"
    assert whole["source"] == alone["source"] == form.good["source"]
    del changed["rules"]["stages"]["pilot"]
    endless = got.text.replace('"mean": 60.0', '"mean": NaN')
    assert endless != got.text
    for bad in (endless, "{}", "[]", "", "[" * 5000, json.dumps(changed), '{"rules": {"stages": []}}'):
        form.refuses_json(bad)
    assert form.publish(alone).status_code == 303


def test_who_may(desk: Desk, client: Client) -> None:
    assert "不得以表决越过" in client.get(AT).text
    for path in ("/promotions/rules/none", "/promotions/rules/none/rules.json"):
        assert client.get(path).status_code == 404
    assert client.get(f"{AT}/rules.json").status_code == 200
    assert client.get(EDIT).status_code in (303, 401)
    client.sign_in(desk.secretary)
    form = Form(desk.db, client, PromotionProfile, AT).open()
    client.sign_out()
    for who in (desk.owner, desk.committee[0], desk.operator):
        client.sign_in(who)
        assert client.get(EDIT).status_code == 403
        for do in ("preview", "publish", "import", "add:stages.pilot.gates"):
            assert form.send(do, {"quorum": "5"}).status_code == 403
        client.sign_out()
    assert len(form.versions()) == 1
