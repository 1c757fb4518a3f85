"""The next version of a profile by its form, as a browser without scripts sends it."""

import json
import threading
from typing import Any

import pytest
from fastapi import FastAPI

from portal.kit.db import lock_key, transaction
from registry.certification.actions import deciding
from registry.certification.forms import ProfileData
from registry.certification.models import CertificationProfile
from registry.certification.profiles import shipped
from tests.certification.conftest import REASON, Bureau
from tests.editions.forms import WHY, Form
from tests.support.browser import Client
from tests.support.forms import fields_of
from tests.support.waiting import wait_for_waiting

AT = "/certificates/profiles/base"
EDIT = f"{AT}/edit"
PEAK, SLICES = 2, 6
"""Places of the criteria about memory and slices in the profile that comes with the program."""


@pytest.fixture
def form(bureau: Bureau, client: Client) -> Form:
    client.sign_in(bureau.secretary)
    return Form(bureau.db, client, CertificationProfile, AT).open()


def test_thresholds_are_changed_by_the_form(bureau: Bureau, form: Form) -> None:
    key = bureau.granted()
    changes = {f"criteria.{PEAK}.peak_mb": "8192", f"criteria.{SLICES}.loss": "0.25", "valid_months": "12"}
    shown = form.send("preview", changes)
    assert shown.status_code == 200
    for words in (
        "4096 MiB → 8192 MiB",
        "0.3 以 1 为整体的比例 → 0.25",
        "24 个月 → 12 个月",
        "与第 1 版相比的变化",
    ):
        assert words in shown.text, words
    assert len(form.versions()) == 1, "a look makes nothing"
    done = form.send("publish", fields_of(shown.text))
    assert (done.status_code, done.headers["location"]) == (303, AT)
    first, second = form.versions()
    assert (second.number, second.valid_months, second.reason) == (2, 12, WHY)
    assert second.criteria[PEAK]["thresholds"] == {"peak_mb": 8192.0}
    assert first.criteria[PEAK]["thresholds"] == {"peak_mb": 4096.0}, "what is made is never changed"
    assert "4096 MiB → 8192 MiB" in form.client.get(f"{AT}?number=2").text
    assert "→" not in form.client.get(f"{AT}?number=1").text
    assert bureau.row(key).profile_id == first.id
    bureau.do(deciding.revoke, bureau.certifier, certificate_id=key, reason=REASON)
    assert bureau.row(bureau.ask()).profile_id == second.id


@pytest.mark.parametrize("code", ["base", "generative"])
def test_the_form_gives_back_what_it_was_given(form: Form, code: str) -> None:
    form.at = f"/certificates/profiles/{code}"
    shown = form.open().send("publish")
    assert (shown.status_code, "没有任何不同" in shown.text) == (200, True)
    assert 'value="publish"' not in shown.text


def test_nothing_is_made_that_was_not_shown(form: Form) -> None:
    at_once = form.send("publish", {"valid_months": "12"})
    assert (at_once.status_code, "24 个月 → 12 个月" in at_once.text) == (200, True)
    again = form.send("publish", fields_of(at_once.text), {"valid_months": "18"})
    assert (again.status_code, "24 个月 → 18 个月" in again.text) == (200, True)
    assert len(form.versions()) == 1
    assert form.send("publish", fields_of(again.text)).status_code == 303
    assert form.versions()[1].valid_months == 18


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
def test_what_is_wrong_is_said_at_its_field(form: Form, name: str) -> None:
    for value in BAD[name]:
        form.refuses(name, value, is_choice=name in CHOSEN)
    assert len(form.versions()) == 1


def test_days_have_bounds(bureau: Bureau, form: Form) -> None:
    late = form.send("preview", {"valid_months": "12", "effective_from": "2020-01-01"})
    assert (late.status_code, 'id="f-effective_from-error"' in late.text) == (409, True)
    assert form.publish({"valid_months": "12", "effective_from": "2099-01-01"}).status_code == 303
    early = form.open().send("preview", {"valid_months": "6"})
    assert (early.status_code, 'id="f-effective_from-error"' in early.text) == (409, True)
    assert bureau.row(bureau.ask()).profile_id == form.versions()[0].id, "the second is not in force yet"


def test_rows_are_added_moved_and_removed_without_a_script(form: Form) -> None:
    fields = form.drawn("add:criteria")
    assert fields["criteria.14.kind"] == "assessed"
    assert "criteria.14.least" not in fields
    assert form.send("preview", fields).status_code == 422
    drawn = form.drawn("draw:criteria.14", fields, {"criteria.14.kind": "evidence_file"})
    assert drawn["criteria.14.least"] == ""
    new = drawn | {
        "criteria.14.code": "field_check", "criteria.14.title_zh": "外业核查图斑数",
        "criteria.14.title_en": "Plots checked", "criteria.14.least": "200", "criteria.14.unit": "个",
        "criteria.14.source_kind": "standard", "criteria.14.source_text": "TD/T 1055-2019",
    }  # fmt: skip
    assert 'id="f-criteria.14.most-error"' in form.send("preview", new, {"criteria.14.most": "100"}).text
    form.good = form.drawn("up:criteria:14", new)
    assert form.good["criteria.13.code"] == "field_check"
    form.good = form.drawn("remove:criteria:0")
    shown = form.send("preview").text
    for words in ("外业核查图斑数", "新增", "删除", "TD/T 1055-2019"):
        assert words in shown, words
    assert form.send("publish", fields_of(shown)).status_code == 303
    made = form.versions()[1].criteria
    assert [each["code"] for each in made][:2] == ["no_pickle", "sandbox_run"]
    assert made[12]["thresholds"] == {"least": 200.0}
    form.open()
    form.good = {name: value for name, value in form.good.items() if not name.startswith("criteria.")}
    empty = form.send("preview")
    assert (empty.status_code, 'href="#f-criteria"' in empty.text) == (422, True)


def test_a_script_gets_the_form_alone(form: Form) -> None:
    part = form.send("down:criteria:0", **{"hx-request-type": "partial"})
    assert part.status_code == 200
    assert part.text.lstrip().startswith('<div id="editor"')
    assert fields_of(part.text)["criteria.1.code"] == "scan_clean"
    kind = {"criteria.9.kind": "computed"}
    drawn = form.send("draw:criteria.9.kind", kind, **{"hx-request-type": "partial"})
    assert "请选择" in drawn.text
    chosen = kind | {"criteria.9.code": "vulnerabilities"}
    assert form.drawn("draw:criteria.9.code", chosen)["criteria.9.stale_days"] == "90", "what is usual"


def test_who_was_second_loses_nothing(form: Form) -> None:
    mine = form.good | {"valid_months": "12", f"criteria.{PEAK}.peak_mb": "2048"}
    ready = form.drawn("preview", mine)
    assert form.publish({f"criteria.{SLICES}.loss": "0.2"}).status_code == 303
    clash = form.send("publish", ready)
    assert clash.status_code == 409
    for words in ("其间已有人形成第 2 版", "0.3 以 1 为整体的比例 → 0.2 ", "0.2 以 1 为整体的比例 → 0.3 "):
        assert words in clash.text, "what the other changed, and that this would undo it"
    kept = fields_of(clash.text)
    assert all(kept[name] == value for name, value in mine.items() if name not in ("based_on", "seen"))
    assert len(form.versions()) == 2
    assert form.publish(kept, {f"criteria.{SLICES}.loss": "0.2"}).status_code == 303
    third = form.versions()[2]
    assert (third.valid_months, third.criteria[SLICES]["thresholds"]) == (12, {"loss": 0.2})


def test_of_two_at_once_one_makes_the_version(bureau: Bureau, form: Form, application: FastAPI) -> None:
    other_client = Client(application)
    other_client.sign_in(bureau.certifier)
    other = Form(bureau.db, other_client, CertificationProfile, AT).open()
    forms = {"12": form, "18": other}
    for months, one in forms.items():
        one.good = one.drawn("preview", {"valid_months": months})
    answers: dict[str, Any] = {}

    def press(months: str) -> None:
        answers[months] = forms[months].send("publish")

    threads = [threading.Thread(target=press, args=(months,)) for months in forms]
    with transaction() as db:
        lock_key(db, "certification-profile", "base")
        for thread in threads:
            thread.start()
        wait_for_waiting(bureau.db, 2, "%advisory%")
    for thread in threads:
        thread.join(20)
    assert sorted(answer.status_code for answer in answers.values()) == [303, 409]
    (lost,) = (months for months, answer in answers.items() if answer.status_code == 409)
    (won,) = forms.keys() - {lost}
    assert [each.valid_months for each in form.versions()] == [24, int(won)]
    assert f"{won} 个月 → {lost} 个月" in answers[lost].text
    assert fields_of(answers[lost].text)["valid_months"] == lost
    assert forms[lost].send("publish", fields_of(answers[lost].text)).status_code == 303, "seen, and meant"


def test_the_version_it_was_made_from_is_not_made_up(form: Form) -> None:
    for value, status in (("", 422), ("x", 422), ("0", 409), ("7", 409)):
        refused = form.send("publish", {"valid_months": "12", "based_on": value})
        assert refused.status_code == status
    assert len(form.versions()) == 1


def test_json_goes_out_and_comes_back(form: Form) -> None:
    got = form.client.get(f"{AT}/profile.json?number=1")
    assert "attachment" in got.headers["content-disposition"]
    assert ProfileData.model_validate_json(got.text) == shipped()[0]
    changed = json.loads(got.text)
    changed["criteria"][PEAK]["thresholds"]["peak_mb"] = 1024
    alone = [{**changed["criteria"][0], "thresholds": {}}]
    short = form.drawn("import", {"json": json.dumps(alone)})
    assert (short["criteria.0.dangers"], short["valid_months"]) == ("0", "24")
    assert "criteria.1.code" not in short
    fields = form.drawn("import", {"json": json.dumps(changed)})
    assert (fields[f"criteria.{PEAK}.peak_mb"], fields["reason"], fields["json"]) == ("1024", WHY, "")
    assert form.publish(fields).status_code == 303


ODD = {
    "code": "scan_clean", "title_zh": "检测", "title_en": "Scan", "kind": "computed", "required": None,
    "source": {"kind": "platform"},
}  # fmt: skip


def test_json_that_does_not_hold_changes_nothing(form: Form) -> None:
    for bad in (
        "", "{", "1", "[]", "{}", "{}x", "[1]", "[" * 5000, '{"criteria": null}', '[{"code": "x"}]',
        json.dumps([ODD, ODD]), json.dumps([ODD | {"thresholds": {"foo": 1}}]), json.dumps([ODD | {"more": 1}]),
        json.dumps([ODD | {"thresholds": {"dangers": "x"}}]), json.dumps([ODD | {"code": "unheard"}]),
        json.dumps([ODD | {"thresholds": {"dangers": float("inf")}}]), json.dumps([ODD | {"guide_zh": "\ud800"}]),
        json.dumps([ODD | {"kind": "evidence_file", "thresholds": {"least": float("nan")}}]),
    ):  # fmt: skip
        form.refuses_json(bad)


def test_who_may(bureau: Bureau, client: Client) -> None:
    assert client.get(AT).status_code == 200
    assert client.get(f"{AT}/profile.json").status_code == 200
    assert client.get(EDIT).status_code in (303, 401)
    for path in ("/certificates/profiles/none", "/certificates/profiles/none/profile.json"):
        assert client.get(path).status_code == 404
    client.sign_in(bureau.certifier)
    form = Form(bureau.db, client, CertificationProfile, AT).open()
    assert client.get("/certificates/profiles/none/edit").status_code == 404
    client.sign_out()
    for who in (bureau.owner, bureau.watcher):
        client.sign_in(who)
        assert client.get(EDIT).status_code == 403
        for do in ("preview", "publish", "import", "add:criteria"):
            assert form.send(do, {"valid_months": "12"}).status_code == 403
        client.sign_out()
    client.sign_in(bureau.certifier)
    assert form.publish({"valid_months": "12"}).status_code == 303


def test_a_profile_as_long_as_it_may_be_fits_into_one_form(form: Form) -> None:
    many = [ODD | {"kind": "evidence_file", "code": f"c{n}"} for n in range(81)]
    form.refuses_json(json.dumps(many))
    fields = form.drawn("import", {"json": json.dumps(many[:80])})
    assert "add:criteria" not in form.send("draw:criteria.0", fields).text
    assert form.publish(fields).status_code == 303
    assert len(form.versions()[1].criteria) == 80
