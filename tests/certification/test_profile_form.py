"""The next version of a profile by its form, as a browser without scripts sends it."""

import json
from typing import Any

import pytest
from sqlmodel import select

from portal.kit.clock import now, shanghai
from registry.certification.actions import deciding
from registry.certification.forms import ProfileData
from registry.certification.models import CertificationProfile
from registry.certification.profiles import shipped
from tests.certification.conftest import REASON, Bureau
from tests.support.browser import Client
from tests.support.forms import fields_of

AT = "/certificates/profiles/base"
EDIT = f"{AT}/edit"
WHY = {"reason": "按年度评估结果调整阈值"}
PEAK, SLICES = 2, 6
"""Places of the criteria about memory and slices in the profile that comes with the program."""


def versions(bureau: Bureau) -> list[CertificationProfile]:
    bureau.db.expire_all()
    wanted = select(CertificationProfile).where(CertificationProfile.code == "base")
    return sorted(bureau.db.exec(wanted), key=lambda each: each.number)


def opened(bureau: Bureau, client: Client) -> dict[str, str]:
    """The form as the secretariat finds it, with a reason."""
    client.sign_in(bureau.secretary)
    return fields_of(client.get(EDIT).text) | WHY


def publish(client: Client, data: dict[str, str]) -> Any:
    """Look at what would change, then make it."""
    shown = client.post(EDIT, data=data | {"do": "preview"})
    assert shown.status_code == 200, shown.text[:3000]
    return client.post(EDIT, data=fields_of(shown.text) | {"do": "publish"})


def test_thresholds_are_changed_by_the_form(bureau: Bureau, client: Client) -> None:
    key = bureau.granted()
    data = opened(bureau, client)
    data |= {f"criteria.{PEAK}.peak_mb": "8192", f"criteria.{SLICES}.loss": "0.25", "valid_months": "12"}
    shown = client.post(EDIT, data=data | {"do": "preview"})
    assert shown.status_code == 200
    for words in ("4096 MiB → 8192 MiB", "0.3 以 1 为整体的比例 → 0.25", "24 个月 → 12 个月"):
        assert words in shown.text
    assert "第 1 版相比的变化" in shown.text
    assert len(versions(bureau)) == 1, "a look makes nothing"
    done = client.post(EDIT, data=fields_of(shown.text) | {"do": "publish"})
    assert (done.status_code, done.headers["location"]) == (303, AT)
    first, second = versions(bureau)
    assert (second.number, second.valid_months, second.reason) == (2, 12, WHY["reason"])
    assert second.criteria[PEAK]["thresholds"] == {"peak_mb": 8192.0}
    assert first.criteria[PEAK]["thresholds"] == {"peak_mb": 4096.0}, "what is made is never changed"
    assert "4096 MiB → 8192 MiB" in client.get(f"{AT}?number=2").text
    assert "→" not in client.get(f"{AT}?number=1").text
    assert bureau.row(key).profile_id == first.id
    bureau.do(deciding.revoke, bureau.certifier, certificate_id=key, reason=REASON)
    assert bureau.row(bureau.ask()).profile_id == second.id


@pytest.mark.parametrize("code", ["base", "generative"])
def test_the_form_gives_back_what_it_was_given(bureau: Bureau, client: Client, code: str) -> None:
    client.sign_in(bureau.secretary)
    where = f"/certificates/profiles/{code}/edit"
    data = fields_of(client.get(where).text) | WHY
    shown = client.post(where, data=data | {"do": "publish"})
    assert (shown.status_code, "没有任何不同" in shown.text) == (200, True)
    assert 'value="publish"' not in shown.text


def test_nothing_is_made_that_was_not_shown(bureau: Bureau, client: Client) -> None:
    data = opened(bureau, client) | {"valid_months": "12"}
    at_once = client.post(EDIT, data=data | {"do": "publish"})
    assert (at_once.status_code, "24 个月 → 12 个月" in at_once.text) == (200, True)
    other = fields_of(at_once.text) | {"valid_months": "18", "do": "publish"}
    again = client.post(EDIT, data=other)
    assert (again.status_code, "24 个月 → 18 个月" in again.text) == (200, True)
    assert len(versions(bureau)) == 1
    assert client.post(EDIT, data=fields_of(again.text) | {"do": "publish"}).status_code == 303
    assert versions(bureau)[1].valid_months == 18


BAD = {
    "valid_months": ("0", "24.5", "许多", "", "61"),
    "effective_from": ("", "2099-13-01", "明天"),
    "reason": ("", "短"),
    f"criteria.{PEAK}.peak_mb": ("", "0", "很多", "1.5", "1e99", "nan", "-1"),
    f"criteria.{SLICES}.loss": ("1.01", "-0.1", "inf"),
    "criteria.5.refused": ("<script>", "MIT, 许可证"),
    "criteria.0.title_zh": ("", "一", "长" * 201),
    "criteria.0.required": ("highest",),
    "criteria.0.kind": ("guessed", ""),
    "criteria.9.code": ("", "Has-Capitals", "scan_clean", "有中文"),
    "criteria.9.source_kind": ("rumour",),
    "criteria.9.guide_zh": ("长" * 1001,),
}


CHOSEN = ("criteria.0.kind", "criteria.0.required", "criteria.9.source_kind")


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_at_its_field(bureau: Bureau, client: Client, name: str) -> None:
    good = opened(bureau, client)
    for value in BAD[name]:
        refused = client.post(EDIT, data=good | {name: value, "do": "preview"})
        assert refused.status_code == 422, value
        assert f'id="f-{name}-error"' in refused.text, value
        assert f'href="#f-{name}"' in refused.text, "and above, with a link to it"
        kept = fields_of(refused.text)
        assert kept["criteria.9.title_en"] == good["criteria.9.title_en"]
        assert name in CHOSEN or kept[name] == value, "what was typed stays"
    assert len(versions(bureau)) == 1


def test_days_have_bounds(bureau: Bureau, client: Client) -> None:
    data = opened(bureau, client) | {"valid_months": "12"}
    late = client.post(EDIT, data=data | {"effective_from": "2020-01-01", "do": "preview"})
    assert (late.status_code, 'id="f-effective_from-error"' in late.text) == (409, True)
    assert publish(client, data | {"effective_from": "2099-01-01"}).status_code == 303
    before = fields_of(client.get(EDIT).text) | WHY | {"valid_months": "6"}
    early = client.post(EDIT, data=before | {"do": "preview"})
    assert (early.status_code, 'id="f-effective_from-error"' in early.text) == (409, True)
    day = shanghai(now()).date()
    force = bureau.row(bureau.ask()).profile_id
    assert force == versions(bureau)[0].id, f"the second is not in force on {day}"


def test_rows_are_added_moved_and_removed_without_a_script(bureau: Bureau, client: Client) -> None:
    data = opened(bureau, client)
    longer = client.post(EDIT, data=data | {"do": "add:criteria"})
    assert longer.status_code == 200
    fields = fields_of(longer.text)
    assert fields["criteria.14.kind"] == "assessed"
    assert "criteria.14.least" not in fields
    assert client.post(EDIT, data=fields | {"do": "preview"}).status_code == 422
    drawn = fields_of(
        client.post(EDIT, data=fields | {"criteria.14.kind": "evidence_file", "do": "draw:criteria.14"}).text
    )
    assert drawn["criteria.14.least"] == ""
    new = {
        "criteria.14.code": "field_check", "criteria.14.title_zh": "外业核查图斑数",
        "criteria.14.title_en": "Plots checked", "criteria.14.least": "200", "criteria.14.unit": "个",
        "criteria.14.source_kind": "standard", "criteria.14.source_text": "TD/T 1055-2019",
    }  # fmt: skip
    wrong = client.post(EDIT, data=drawn | new | {"criteria.14.most": "100", "do": "preview"})
    assert 'id="f-criteria.14.most-error"' in wrong.text
    up = fields_of(client.post(EDIT, data=drawn | new | {"do": "up:criteria:14"}).text)
    assert up["criteria.13.code"] == "field_check"
    fewer = fields_of(client.post(EDIT, data=up | {"do": "remove:criteria:0"}).text)
    shown = client.post(EDIT, data=fewer | {"do": "preview"}).text
    for words in ("外业核查图斑数", "新增", "删除", "TD/T 1055-2019"):
        assert words in shown
    assert client.post(EDIT, data=fields_of(shown) | {"do": "publish"}).status_code == 303
    made = versions(bureau)[1].criteria
    assert [each["code"] for each in made][:2] == ["no_pickle", "sandbox_run"]
    assert made[12]["thresholds"] == {"least": 200.0}
    none = {name: value for name, value in data.items() if not name.startswith("criteria.")}
    empty = client.post(EDIT, data=none | {"based_on": "2", "do": "preview"})
    assert (empty.status_code, 'href="#f-criteria"' in empty.text) == (422, True)


def test_a_script_gets_the_form_alone(bureau: Bureau, client: Client) -> None:
    data = opened(bureau, client)
    part = client.post(EDIT, data=data | {"do": "down:criteria:0"}, headers={"hx-request-type": "partial"})
    assert part.status_code == 200
    assert part.text.lstrip().startswith('<div id="editor"')
    assert fields_of(part.text)["criteria.1.code"] == "scan_clean"
    kind = {"criteria.9.kind": "computed", "do": "draw:criteria.9.kind"}
    drawn = client.post(EDIT, data=data | kind, headers={"hx-request-type": "partial"}).text
    assert "请选择" in drawn
    chosen = kind | {"criteria.9.code": "vulnerabilities"}
    assert fields_of(client.post(EDIT, data=data | chosen).text)["criteria.9.stale_days"] == "90", (
        "what is usual"
    )


def test_who_was_second_loses_nothing(bureau: Bureau, client: Client) -> None:
    mine = opened(bureau, client) | {"valid_months": "12", f"criteria.{PEAK}.peak_mb": "2048"}
    ready = fields_of(client.post(EDIT, data=mine | {"do": "preview"}).text)
    other = fields_of(client.get(EDIT).text) | WHY | {f"criteria.{SLICES}.loss": "0.2"}
    assert publish(client, other).status_code == 303
    clash = client.post(EDIT, data=ready | {"do": "publish"})
    assert clash.status_code == 409
    assert "其间已有人形成第 2 版" in clash.text
    assert "0.3 以 1 为整体的比例 → 0.2" in clash.text, "what the other changed"
    assert "0.2 以 1 为整体的比例 → 0.3" in clash.text, "which this would undo"
    kept = fields_of(clash.text)
    assert {name: kept[name] for name in mine if name not in ("based_on", "seen")} == {
        name: value for name, value in mine.items() if name not in ("based_on", "seen")
    }
    assert len(versions(bureau)) == 2
    merged = kept | {f"criteria.{SLICES}.loss": "0.2"}
    assert publish(client, merged).status_code == 303
    third = versions(bureau)[2]
    assert (third.valid_months, third.criteria[SLICES]["thresholds"]) == (12, {"loss": 0.2})


def test_the_version_it_was_made_from_is_not_made_up(bureau: Bureau, client: Client) -> None:
    data = opened(bureau, client) | {"valid_months": "12"}
    for value, status in (("", 422), ("x", 422), ("0", 409), ("7", 409)):
        refused = client.post(EDIT, data=data | {"based_on": value, "do": "publish"})
        assert refused.status_code == status
    assert len(versions(bureau)) == 1


def test_json_goes_out_and_comes_back(bureau: Bureau, client: Client) -> None:
    got = client.get(f"{AT}/profile.json?number=1")
    assert "attachment" in got.headers["content-disposition"]
    assert ProfileData.model_validate_json(got.text) == shipped()[0]
    data = opened(bureau, client)
    changed = json.loads(got.text)
    changed["criteria"][PEAK]["thresholds"]["peak_mb"] = 1024
    taken = client.post(EDIT, data=data | {"json": json.dumps(changed), "do": "import"})
    assert taken.status_code == 200
    fields = fields_of(taken.text)
    assert (fields[f"criteria.{PEAK}.peak_mb"], fields["reason"], fields["json"]) == (
        "1024",
        WHY["reason"],
        "",
    )
    assert publish(client, fields).status_code == 303
    alone = [{**changed["criteria"][0], "thresholds": {}}]
    short = fields_of(client.post(EDIT, data=data | {"json": json.dumps(alone), "do": "import"}).text)
    assert (short["criteria.0.dangers"], short["valid_months"]) == ("0", "24")
    assert "criteria.1.code" not in short


ODD = {
    "code": "scan_clean", "title_zh": "检测", "title_en": "Scan", "kind": "computed", "required": None,
    "source": {"kind": "platform"},
}  # fmt: skip


def test_json_that_does_not_hold_changes_nothing(bureau: Bureau, client: Client) -> None:
    data = opened(bureau, client)
    for bad in (
        "", "{", "1", "[]", "{}x", "[1]", "[" * 5000, '{"criteria": null}', '[{"code": "x"}]', json.dumps([ODD, ODD]),
        json.dumps([ODD | {"thresholds": {"foo": 1}}]), json.dumps([ODD | {"thresholds": {"dangers": "x"}}]),
        json.dumps([ODD | {"code": "unheard"}]), json.dumps([ODD | {"more": 1}]),
    ):  # fmt: skip
        refused = client.post(EDIT, data=data | {"json": bad, "do": "import"})
        assert (refused.status_code, 'id="f-json-error"' in refused.text) == (422, True), bad[:80]
        kept = fields_of(refused.text)
        assert kept["json"] == bad
        assert kept["criteria.13.code"] == data["criteria.13.code"]


def test_who_may(bureau: Bureau, client: Client) -> None:
    assert client.get(AT).status_code == 200
    assert client.get(f"{AT}/profile.json").status_code == 200
    assert client.get(EDIT).status_code in (303, 401)
    for path in ("/certificates/profiles/none", "/certificates/profiles/none/profile.json"):
        assert client.get(path).status_code == 404
    data = opened(bureau, client) | {"valid_months": "12"}
    client.sign_out()
    for who in (bureau.owner, bureau.watcher):
        client.sign_in(who)
        assert client.get(EDIT).status_code == 403
        for do in ("preview", "publish", "import", "add:criteria"):
            assert client.post(EDIT, data=data | {"do": do}).status_code == 403
        client.sign_out()
    client.sign_in(bureau.certifier)
    assert client.get("/certificates/profiles/none/edit").status_code == 404
    assert publish(client, data).status_code == 303


def test_a_profile_as_long_as_it_may_be_fits_into_one_form(bureau: Bureau, client: Client) -> None:
    data = opened(bureau, client)
    one = ODD | {"kind": "evidence_file"}
    many = [one | {"code": f"c{n}"} for n in range(80)]
    fields = fields_of(client.post(EDIT, data=data | {"json": json.dumps(many), "do": "import"}).text)
    assert "add:criteria" not in client.post(EDIT, data=fields | {"do": "draw:criteria.0"}).text
    assert publish(client, fields).status_code == 303
    assert len(versions(bureau)[1].criteria) == 80
    more = [one | {"code": f"c{n}"} for n in range(81)]
    assert client.post(EDIT, data=data | {"json": json.dumps(more), "do": "import"}).status_code == 422
