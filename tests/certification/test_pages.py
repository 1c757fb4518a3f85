"""The pages and the API by real requests: who sees what, the whole way by forms, documents, badge, numbers."""

import base64
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from portal.accounts.models import Namespace
from portal.kit.actor import SYSTEM
from portal.kit.clock import now
from portal.kit.db import transaction
from portal.kit.signing import dsse
from registry.certification import badge, criteria, pdf, statement
from registry.certification.actions import assessing, common, deciding
from registry.certification.actions.assessing import file_name
from registry.certification.facts import SliceFact
from registry.certification.models import CertificateState, Level, Verdict
from registry.certification.queries import certificates as queries
from registry.certification.tasks import render
from registry.versions.models import VersionState
from tests.certification.conftest import ASSESSED, REASON, UNKNOWN, Bureau
from tests.certification.test_criteria import BASE, FACTS
from tests.support.browser import Client
from tests.support.doors import bearer
from tests.support.make import Person


def space(bureau: Bureau) -> str:
    return bureau.db.get_one(Namespace, bureau.asset.namespace_id).slug


def test_the_whole_way_by_forms(bureau: Bureau, client: Client) -> None:
    here = f"/assets/{space(bureau)}/landcover/versions/1.0.0"
    client.sign_in(bureau.owner)
    assert "申请认证" in client.get(here).text
    assert client.get(f"{here}/certify").status_code == 200
    asked = client.post(
        f"{here}/certify", data={"profile": "base", "level": "rollout", "purpose": "年度监测"}
    )
    assert asked.status_code == 303
    page = asked.headers["location"]
    assert "平台规则" in client.get(page).text
    again = client.post(f"{here}/certify", data={"profile": "base", "level": "rollout"})
    assert (again.status_code, page in again.text) == (409, True)
    sent = client.post(
        f"{page}/evidence",
        data={"code": "site_test_report"},
        files={"file": ("报告.pdf", b"%PDF-1.7 x", "text/html")},
    )
    assert sent.status_code == 303
    assert "报告.pdf" in client.get(page).text
    for verb in ("take", "grant", "refuse", "suspend"):
        assert client.post(f"{page}/{verb}", data={"reason": REASON}).status_code == 403
    client.sign_out()
    client.sign_in(bureau.certifier)
    assert page in client.get("/certificates/queue").text
    assert client.post(f"{page}/take").status_code == 303
    form = client.get(f"{page}/assess")
    assert form.status_code == 200
    fields = {f"v-{code}": "met" for code in ASSESSED} | {f"n-{code}": "已核查" for code in ASSESSED}
    fields |= {f"a-{code}": "1" for code in UNKNOWN}
    refused = client.post(f"{page}/assess", data=fields)
    assert (refused.status_code, "予以认可的理由" in refused.text) == (422, True)
    fields |= {f"n-{code}": "暂无数据" for code in UNKNOWN}
    assert client.post(f"{page}/assess", data=fields | {"m-site_test_report": "x"}).status_code == 422
    assert client.post(f"{page}/assess", data=fields).status_code == 303
    assert client.post(f"{page}/grant", data={"level": "rollout", "reason": ""}).status_code == 422
    done = client.post(f"{page}/grant", data={"level": "rollout", "scope": "10 m", "reason": REASON})
    assert (done.status_code, done.headers["location"]) == (303, page)
    client.sign_out()
    text = client.get(page).text
    assert "有效" in text
    assert f"CSPON-C-{now().year}-00001" in text
    assert "/evidence/" not in text, "files of evidence are not for everybody"
    assert page in client.get(here).text
    assert page in client.get(here.rpartition("/versions/")[0]).text
    assert page in client.get("/certificates?standing=valid&level=rollout&q=00001").text
    assert page not in client.get("/certificates?standing=revoked").text
    table = client.get("/certificates.csv")
    assert table.text.count("\n") == 2


def test_what_was_typed_is_shown_again(bureau: Bureau, client: Client) -> None:
    here = f"/assets/{space(bureau)}/landcover/versions/1.0.0"
    client.sign_in(bureau.owner)
    page = client.post(f"{here}/certify", data={"profile": "base", "level": "rollout"}).headers["location"]
    empty = client.post(f"{page}/evidence", data={"code": "site_test_report"}, files={"x": ("x", b"")})
    assert (empty.status_code, 'value="site_test_report" selected' in empty.text) == (422, True)
    client.sign_out()
    client.sign_in(bureau.certifier)
    assert client.post(f"{page}/take").status_code == 303
    code, other = ASSESSED[0], UNKNOWN[0]
    fields = {f"v-{code}": "not_met", f"a-{other}": "1", "m-site_test_report": "12,5"}
    again = client.post(f"{page}/assess", data=fields)
    assert again.status_code == 422
    assert re.search(rf'name="a-{other}" value="1" checked', again.text)
    assert re.search(rf'name="v-{code}".*?value="not_met" selected', again.text, re.DOTALL)
    refused = client.post(f"{page}/refuse", data={"reason": "少"})
    assert (refused.status_code, ">少</textarea>" in refused.text) == (422, True)


def test_no_code_of_the_program_stands_in_sentences(bureau: Bureau, client: Client) -> None:
    key = bureau.granted()
    card = next(row for row in queries.criteria_of(bureau.db, key) if row.code == "card_complete")
    card.verdict, card.words = (
        Verdict.not_met,
        "Missing: %(names)s (the card has %(chars)s characters of %(least)s).",
    )
    card.params = {"names": "authors, licence, card", "chars": 3, "least": 100}
    cut = next(row for row in queries.criteria_of(bureau.db, key) if row.code == "robust_slices")
    fact = SliceFact("0" * 32, "某评测基准", "总体精度", True, 0.8, 0.7, "Some benchmark", "Overall accuracy")
    found = criteria.judge(replace(FACTS, slices=(fact,)), BASE["robust_slices"])
    cut.words, cut.params = found.words, found.params
    bureau.db.add_all([card, cut])
    bureau.db.commit()
    with transaction() as db:
        deciding._suspend(
            db, SYSTEM, common.locked(db, key), "system", deciding.FOUND, codes=["card_complete"]
        )
    page = client.get(f"/certificates/{key}").text
    assert "作者、许可证、说明卡正文" in page
    assert "（说明卡完整）" in page or "(说明卡完整)" in page
    for raw in ("peak_mb", "stale_days", "card_complete", "authors", "licence,"):
        assert raw not in page, raw
    assert "内存峰值不超过 4096 MiB" in page
    assert "某评测基准，总体精度" in page
    rules = client.get("/certificates/profiles/generative").text
    assert "不少于 4000 条" in rules
    assert "4000 items" not in rules
    client.english()
    assert "Some benchmark, Overall accuracy" in client.get(f"/certificates/{key}").text
    assert "at least 4000 items" in client.get("/certificates/profiles/generative").text


@pytest.mark.parametrize("state", list(CertificateState))
def test_who_reads_what(bureau: Bureau, client: Client, state: CertificateState) -> None:
    key = bureau.granted()
    bureau.change(key, state=state)
    issued = state in {"granted", "suspended", "expired", "revoked"}
    readers: list[tuple[Person | None, bool]] = [
        (None, issued), (bureau.watcher, issued), (bureau.owner, True), (bureau.colleague, True),
        (bureau.certifier, True), (bureau.secretary, True),
    ]  # fmt: skip
    for who, may in readers:
        if who is not None:
            client.sign_in(who)
        assert client.get(f"/certificates/{key}").status_code == (200 if may else 404), (state, who)
        assert client.get(f"/certificates/{key}/statement.json").status_code == (200 if issued else 404)
        if who is not None:
            client.sign_out()


def test_numbers_are_answered_whatever_became_of_them(bureau: Bureau, client: Client) -> None:
    key = bureau.granted()
    number = bureau.row(key).number
    where = f"/certificates/verify?number={number}"
    assert "is-good" in client.get(where).text or "有效" in client.get(where).text
    bureau.do(deciding.suspend, bureau.certifier, certificate_id=key, reason="待核查的内情")
    assert "无效：已暂停" in client.get(where).text
    assert "无效：已暂停" in client.get(f"/certificates/{key}/badge.svg").text
    bureau.do(deciding.revoke, bureau.certifier, certificate_id=key, reason=REASON)
    assert "无效：已撤销" in client.get(where).text
    bureau.asset.withheld = True
    bureau.db.add(bureau.asset)
    bureau.db.commit()
    hidden = client.get(where).text
    assert "无效：已撤销" in hidden
    assert bureau.asset.title not in hidden
    assert client.get(f"/certificates/{key}").status_code == 404
    for odd in ("nothing", "%00", "x" * 500, "' OR 1=1"):
        assert client.get("/certificates/verify", params={"number": odd}).status_code == 200


def test_evidence_is_kept_from_others_and_never_shown_inline(bureau: Bureau, client: Client) -> None:
    key = bureau.ask()
    made = bureau.do(
        assessing.attach, bureau.owner, certificate_id=key, code="site_test_report",
        filename="../../etc/<script>\r\nx: y.html", data=b"<script>alert(1)</script>",
    )  # fmt: skip
    where = f"/certificates/{key}/evidence/{made.id}"
    assert client.get(where).status_code in {401, 303}
    client.sign_in(bureau.watcher)
    assert client.get(where).status_code == 404
    client.sign_out()
    client.sign_in(bureau.certifier)
    got = client.get(where)
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")
    assert "\n" not in got.headers["content-disposition"]
    assert client.get(f"/certificates/{key}/evidence/{key}").status_code == 404


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a/b\\c.pdf", "c.pdf"), ("x\x00\u202ey.txt", "xy.txt"), ("  报告 一.docx ", "报告 一.docx"),
        ("." * 4, None), ("/", None), ("a" * 500 + ".pdf", "a" * 116 + ".pdf"),
    ],
)  # fmt: skip
def test_file_names(given: str, kept: str | None) -> None:
    from portal.kit.errors import Invalid

    if kept is None:
        with pytest.raises(Invalid):
            file_name(given)
        return
    assert file_name(given) == kept


def test_evidence_has_bounds(bureau: Bureau, client: Client) -> None:
    key = bureau.ask()
    client.sign_in(bureau.owner)
    where = f"/certificates/{key}/evidence"
    big = {"file": ("a.bin", b"x" * (assessing.MAX_EVIDENCE + 1))}
    assert client.post(where, data={"code": "site_test_report"}, files=big).status_code == 413
    assert client.post(where, data={"code": "site_test_report"}).status_code == 422
    for code in ("scan_clean", "nothing", ""):
        assert client.post(where, data={"code": code}, files={"file": ("a", b"x")}).status_code == 404


def test_the_signed_statement(bureau: Bureau, client: Client) -> None:
    key = bureau.granted()
    envelope = client.get(f"/certificates/{key}/statement.json").json()
    read = dsse.read_statement(envelope, [statement.verifier()], predicate_type=statement.PREDICATE)
    assert list(read.subjects.values()) == [bureau.version.tree_digest]
    assert read.predicate["number"] == bureau.row(key).number
    assert {each["code"]: each["verdict"] for each in read.predicate["criteria"]}["scan_clean"] == "met"
    text = base64.b64decode(envelope["payload"]).decode()
    for who in (bureau.owner, bureau.certifier):
        assert who.account.name not in text
    changed = json.loads(text)
    changed["predicate"]["level"] = "pilot"
    envelope["payload"] = base64.b64encode(json.dumps(changed).encode()).decode()
    with pytest.raises(dsse.BadEnvelope):
        dsse.read_statement(envelope, [statement.verifier()])


def test_the_pdf(bureau: Bureau, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    bureau.asset.title = '题 #import "x" $a$ *b* <l> @c'
    bureau.db.add(bureau.asset)
    bureau.db.commit()
    key = bureau.granted()
    assert client.get(f"/certificates/{key}/certificate.pdf").status_code == 404
    monkeypatch.setattr(pdf, "CHINESE", ("No Such Font",))
    render(str(key))
    assert bureau.row(key).pdf_sha256 is None
    assert "fonts-noto-cjk" in client.get(f"/certificates/{key}").text
    monkeypatch.undo()
    assert pdf.fonts(), (
        "no font with Chinese on this machine: install fonts-noto-cjk (`make browser` does, as root)"
    )
    render(str(key))
    data = client.get(f"/certificates/{key}/certificate.pdf").content
    assert data.startswith(b"%PDF-1.7")
    assert b"pdfaid" in data
    first = bureau.row(key).pdf_sha256
    render(str(key))
    assert bureau.row(key).pdf_sha256 == first


def test_badges_hold_text_only() -> None:
    made = badge.svg("<script>", '"&x', "good")
    assert "<script>" not in made
    assert re.search(r'width="\d+"', made)
    assert badge.width("认证") > badge.width("ab")


def test_the_api(bureau: Bureau, client: Client) -> None:
    base = f"/api/v1/assets/{space(bureau)}/landcover/versions/1.0.0"
    client.headers["accept"] = "application/json"
    assert client.get(f"{base}/certificate").status_code == 404
    assert client.post(f"{base}/certification", json={"profile": "base"}).status_code == 401
    assert (
        client.post(
            f"{base}/certification", json={"profile": "base"}, headers=bearer(bureau.watcher)
        ).status_code
        == 403
    )
    mine = bearer(bureau.owner)
    made = client.post(f"{base}/certification", json={"profile": "base"}, headers=mine)
    assert made.status_code == 201, made.text
    key = made.json()["id"]
    assert made.json()["standing"] == ""
    assert client.post(f"{base}/certification", json={"profile": "base"}, headers=mine).status_code == 409
    assert client.post(f"{base}/certification", json={"profile": "x y"}, headers=mine).status_code == 422
    assert client.get(f"/api/v1/certificates/{key}").status_code == 404
    bureau.take(key)
    bureau.assess(key)
    bureau.grant(key)
    found: dict[str, Any] = client.get(f"{base}/certificate").json()
    assert (found["standing"], found["level"]) == ("valid", Level.rollout.value)
    assert len(found["criteria"]) == 14
    listed = client.get("/api/v1/certificates?standing=valid").json()
    assert [each["id"] for each in listed["items"]] == [key]
    assert client.get(f"/api/v1/certificates/{key}/statement").json()["payloadType"] == dsse.PAYLOAD_TYPE


def test_a_draft_has_no_form(bureau: Bureau, client: Client) -> None:
    bureau.make.version(bureau.asset, state=VersionState.draft, number="9.0.0")
    client.sign_in(bureau.owner)
    page = client.get(f"/assets/{space(bureau)}/landcover/versions/9.0.0/certify")
    assert page.status_code == 200
    assert '<form method="post" class="form"' not in page.text
    asked = client.post(f"/assets/{space(bureau)}/landcover/versions/9.0.0/certify", data={"profile": "base"})
    assert asked.status_code == 409
