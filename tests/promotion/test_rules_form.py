"""The next version of the rules of promotion by their form, as a browser without scripts sends it."""

import json
from typing import Any

import pytest
from sqlmodel import select

from registry.promotion.forms import ProfileData
from registry.promotion.models import PromotionProfile
from registry.promotion.profiles import shipped
from tests.promotion.conftest import Desk
from tests.support.browser import Client
from tests.support.forms import fields_of

AT = "/promotions/rules/base"
EDIT = f"{AT}/edit"
WHY = {"reason": "按首年运行情况调整"}
REVIEW = "stages.reviewed.gates.1"
BENCH = "stages.qualified.gates.1"


def versions(desk: Desk) -> list[PromotionProfile]:
    desk.db.expire_all()
    wanted = select(PromotionProfile).where(PromotionProfile.code == "base")
    return sorted(desk.db.exec(wanted), key=lambda each: each.number)


def opened(desk: Desk, client: Client) -> dict[str, str]:
    """The form as the secretariat finds it, with a reason."""
    client.sign_in(desk.secretary)
    return fields_of(client.get(EDIT).text) | WHY


def publish(client: Client, data: dict[str, str]) -> Any:
    """Look at what would change, then make it."""
    shown = client.post(EDIT, data=data | {"do": "preview"})
    assert shown.status_code == 200, shown.text[:3000]
    return client.post(EDIT, data=fields_of(shown.text) | {"do": "publish"})


def test_gates_and_periods_are_changed_by_the_form(desk: Desk, client: Client) -> None:
    key = desk.nominate()
    data = opened(desk, client) | {
        f"{REVIEW}.mean": "70", "stages.pilot.days": "365", "quorum": "5", "pilot.report_days": "90",
        f"{BENCH}.benchmark": "planning-lab/landcover", f"{BENCH}.threshold": "0.75",
    }  # fmt: skip
    data.pop(f"{BENCH}.overridable")
    shown = client.post(EDIT, data=data | {"do": "preview"})
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
    assert len(versions(desk)) == 1, "a look makes nothing"
    assert client.post(EDIT, data=fields_of(shown.text) | {"do": "publish"}).status_code == 303
    first, second = versions(desk)
    gate = second.rules["stages"]["qualified"]["gates"][1]
    assert (gate["threshold"], gate["overridable"]) == (0.75, False)
    assert second.rules["stages"]["pilot"]["days"] == 365
    assert second.kinds == first.kinds
    assert first.rules["quorum"] == 3, "what is made is never changed"
    assert desk.row(key).profile_id == first.id
    page = client.get(f"{AT}?number=2").text
    assert "60 → 70" in page
    assert "不得以表决越过" in page


def test_the_form_gives_back_what_it_was_given(desk: Desk, client: Client) -> None:
    shown = client.post(EDIT, data=opened(desk, client) | {"do": "publish"})
    assert (shown.status_code, "没有任何不同" in shown.text) == (200, True)
    assert len(versions(desk)) == 1


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
    f"{REVIEW}.code": ("", "certified_review", "notice_over", "A b"),
    f"{BENCH}.benchmark": ("landcover", "a b/c", "x" * 300),
    "stages.pilot_assessed.gates.1.sites": ("", "0", "1.5"),
    "stages.regional.gates.0.level": ("highest",),
    "pilot.indicators.1.code": ("area", "", "9"),
    "pilot.indicators.0.better": ("sideways",),
    "pilot.indicators.0.unit": ("长" * 21,),
}
CHOSEN = (f"{REVIEW}.kind", "stages.regional.gates.0.level", "pilot.indicators.0.better")


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_at_its_field(desk: Desk, client: Client, name: str) -> None:
    good = opened(desk, client)
    for value in BAD[name]:
        refused = client.post(EDIT, data=good | {name: value, "do": "preview"})
        assert refused.status_code == 422, value
        where = "stages.national.gates.2.code" if value == "notice_over" else name
        where = "stages.reviewed.gates.1.code" if value == "certified_review" else where
        assert f'id="f-{where}-error"' in refused.text, value
        assert f'href="#f-{where}"' in refused.text, "and above, with a link to it"
        kept = fields_of(refused.text)
        assert kept["pilot.indicators.3.title_en"] == good["pilot.indicators.3.title_en"]
        assert name in CHOSEN or kept[name] == value, "what was typed stays"
    assert len(versions(desk)) == 1


def test_a_threshold_needs_a_benchmark(desk: Desk, client: Client) -> None:
    data = opened(desk, client) | {f"{BENCH}.threshold": "0.7"}
    refused = client.post(EDIT, data=data | {"do": "preview"})
    assert (refused.status_code, f'id="f-{BENCH}.benchmark-error"' in refused.text) == (422, True)


def test_gates_are_added_moved_and_removed_without_a_script(desk: Desk, client: Client) -> None:
    data = opened(desk, client)
    part = "stages.pilot.gates"
    fields = fields_of(client.post(EDIT, data=data | {"do": f"add:{part}"}).text)
    assert (fields[f"{part}.1.kind"], fields[f"{part}.1.level"]) == ("certified", "pilot")
    drawn = client.post(EDIT, data=fields | {f"{part}.1.kind": "pilot_sites", "do": f"draw:{part}.1"})
    fields = fields_of(drawn.text)
    assert (fields[f"{part}.1.sites"], fields[f"{part}.1.unsuitable"]) == ("1", "0")
    assert f"{part}.1.level" not in fields
    fields |= {
        f"{part}.1.code": "early_sites",
        f"{part}.1.title_zh": "先行单位",
        f"{part}.1.title_en": "Early sites",
    }
    fields = fields_of(client.post(EDIT, data=fields | {"do": f"up:{part}:1"}).text)
    assert fields[f"{part}.0.code"] == "early_sites"
    fields = fields_of(client.post(EDIT, data=fields | {"do": "remove:pilot.indicators:0"}).text)
    fields = fields_of(client.post(EDIT, data=fields | {"do": "down:pilot.indicators:0"}).text)
    shown = client.post(EDIT, data=fields | {"do": "preview"}).text
    for words in ("先行单位", "新增", "处理面积", "删除", "移动"):
        assert words in shown, words
    assert client.post(EDIT, data=fields_of(shown) | {"do": "publish"}).status_code == 303
    rules = versions(desk)[1].rules
    assert [gate["code"] for gate in rules["stages"]["pilot"]["gates"]] == ["early_sites", "certified_start"]
    assert [each["code"] for each in rules["pilot"]["indicators"]] == ["right", "hours_saved", "failed_runs"]
    for _n in range(25):
        fields = fields_of(client.post(EDIT, data=fields | {"do": "add:stages.nominated.gates"}).text)
    assert "stages.nominated.gates.19.code" in fields
    assert "stages.nominated.gates.20.code" not in fields


def test_who_was_second_loses_nothing(desk: Desk, client: Client) -> None:
    mine = opened(desk, client) | {"quorum": "5"}
    ready = fields_of(client.post(EDIT, data=mine | {"do": "preview"}).text)
    assert publish(client, fields_of(client.get(EDIT).text) | WHY | {"working_days": "10"}).status_code == 303
    clash = client.post(EDIT, data=ready | {"do": "publish"})
    assert clash.status_code == 409
    for words in ("其间已有人形成第 2 版", "5 → 10", "10 → 5", "3 → 5"):
        assert words in clash.text, words
    kept = fields_of(clash.text)
    assert all(kept[name] == value for name, value in mine.items() if name not in ("based_on", "seen"))
    assert len(versions(desk)) == 2
    assert publish(client, kept | {"working_days": "10"}).status_code == 303
    rules = versions(desk)[2].rules
    assert (rules["quorum"], rules["working_days"]) == (5, 10)


def test_json_goes_out_and_comes_back(desk: Desk, client: Client) -> None:
    got = client.get(f"{AT}/rules.json?number=1")
    assert "attachment" in got.headers["content-disposition"]
    assert ProfileData.model_validate_json(got.text) == shipped()[0]
    data = opened(desk, client)
    changed = json.loads(got.text)
    changed["rules"]["quorum"] = 7
    whole = fields_of(client.post(EDIT, data=data | {"json": json.dumps(changed), "do": "import"}).text)
    alone = fields_of(
        client.post(EDIT, data=data | {"json": json.dumps(changed["rules"]), "do": "import"}).text
    )
    assert whole["quorum"] == alone["quorum"] == "7"
    assert whole["source"] == alone["source"] == data["source"]
    assert publish(client, alone).status_code == 303
    del changed["rules"]["stages"]["pilot"]
    for bad in ("{}", "[]", "", "[" * 5000, json.dumps(changed), '{"rules": {"stages": []}}'):
        refused = client.post(EDIT, data=data | {"json": bad, "do": "import"})
        assert (refused.status_code, 'id="f-json-error"' in refused.text) == (422, True), bad[:50]


def test_who_may(desk: Desk, client: Client) -> None:
    assert "不得以表决越过" in client.get(AT).text
    for path in ("/promotions/rules/none", "/promotions/rules/none/rules.json"):
        assert client.get(path).status_code == 404
    assert client.get(f"{AT}/rules.json").status_code == 200
    assert client.get(EDIT).status_code in (303, 401)
    data = opened(desk, client) | {"quorum": "5"}
    client.sign_out()
    for who in (desk.owner, desk.committee[0], desk.operator):
        client.sign_in(who)
        assert client.get(EDIT).status_code == 403
        for do in ("preview", "publish", "import", "add:stages.pilot.gates"):
            assert client.post(EDIT, data=data | {"do": do}).status_code == 403
        client.sign_out()
    assert len(versions(desk)) == 1
