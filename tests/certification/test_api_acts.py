"""What is done about certificates by JSON: the same rules as at the pages, and nothing that gives one force."""

import base64
import hashlib

from portal.accounts.models import Scope
from registry.certification.models import CertificateState, Level, Verdict
from tests.certification.conftest import REASON, Bureau
from tests.support.browser import Client
from tests.support.doors import Door

FILE = {"name": "检测报告.txt", "data": base64.b64encode(b"fine").decode()}


def test_evidence(bureau: Bureau, client: Client) -> None:
    key = bureau.ask()
    path, body = f"/certificates/{key}/evidence", {"code": "site_test_report", "file": FILE}
    for who, status in (
        (None, 401), (bureau.watcher, 404), (bureau.secretary, 403), (bureau.certifier, 403), (bureau.owner, 201),
        (bureau.colleague, 201),
    ):  # fmt: skip
        assert Door(client, who).post(path, body).status_code == status
    assert Door(client, bureau.owner, Scope.read).post(path, body).status_code == 403
    door = Door(client, bureau.owner)
    kept = door.post(path, body).json()
    assert (kept["code"], kept["name"], kept["size"]) == ("site_test_report", "检测报告.txt", 4)
    assert kept["sha256"] == hashlib.sha256(b"fine").hexdigest()
    assert bureau.findings(key)["site_test_report"].evidence
    assert door.post(path, body | {"code": "scan_clean"}).status_code == 404, "computed"
    assert door.post(path, body | {"code": "none"}).status_code == 404
    for file in ({"name": "a/b", "data": "QQ=="}, {"name": "x", "data": ""}, {"name": "x", "data": "?"}):
        assert door.post(path, body | {"file": file}).status_code == 422
    big = {"name": "x", "data": base64.b64encode(b"x" * (3 * 2**20 + 1)).decode()}
    assert door.post(path, body | {"file": big}).status_code == 413


def test_from_the_queue_to_the_findings(bureau: Bureau, client: Client) -> None:
    key = bureau.ask()
    decide, findings = f"/certificates/{key}/decision", f"/certificates/{key}/findings"
    door = Door(client, bureau.certifier)
    met = {"findings": {"purpose_fits": {"verdict": "met"}}}
    assert door.post(findings, met).status_code == 409, "not in hand"
    for who, status in (
        (None, 401), (bureau.watcher, 404), (bureau.owner, 403), (bureau.secretary, 403), (bureau.insider, 403),
    ):  # fmt: skip
        assert Door(client, who).post(decide, {"decision": "take"}).status_code == status
        assert Door(client, who).post(findings, met).status_code == status
    taken = door.post(decide, {"decision": "take"})
    assert (taken.status_code, taken.json()["state"]) == (200, "assessing")
    said = door.post(findings, met)
    assert said.status_code == 200
    verdicts = {each["code"]: each["verdict"] for each in said.json()["criteria"]}
    assert verdicts["purpose_fits"] == "met"
    for body, status, field in (
        ({"purpose_fits": {"verdict": "not_met"}}, 409, "findings.purpose_fits.note"),
        ({"none": {"verdict": "met"}}, 409, "findings.none"),
        ({"scan_clean": {"verdict": "met"}}, 409, "findings.scan_clean.verdict"),
        ({"purpose_fits": {"measured": 1}}, 409, "findings.purpose_fits.measured"),
        ({"purpose_fits": {"verdict": "good"}}, 422, "findings.purpose_fits.verdict"),
        ({"site_test_report": {"measured": True}}, 422, "findings.site_test_report.measured"),
        ({}, 422, "findings"),
    ):
        refused = door.post(findings, {"findings": body})
        assert (refused.status_code, list(refused.json()["fields"])) == (status, [field])
    assert bureau.findings(key)["purpose_fits"].verdict is Verdict.met
    assert door.post(decide, {"decision": "refuse"}).status_code == 422
    done = door.post(decide, {"decision": "refuse", "reason": REASON})
    assert (done.json()["state"], done.json()["reason"]) == ("refused", REASON)
    assert door.post(decide, {"decision": "take"}).status_code == 409
    mine = Door(client, bureau.owner).get("/me/certificates").json()["items"]
    assert [(each["id"], each["state"]) for each in mine] == [(str(key), "refused")]
    assert Door(client, bureau.watcher).get("/me/certificates").json()["items"] == []
    assert Door(client, None).get("/me/certificates").status_code == 401


def test_what_was_issued_is_stopped_but_not_given_force(bureau: Bureau, client: Client) -> None:
    key = bureau.granted(Level.pilot)
    door, decide = Door(client, bureau.certifier), f"/certificates/{key}/decision"
    for decision in ("grant", "lift"):
        assert door.post(decide, {"decision": decision, "reason": REASON}).status_code == 422
    for who in (bureau.owner, bureau.insider, bureau.secretary):
        assert Door(client, who).post(decide, {"decision": "suspend", "reason": REASON}).status_code == 403
    assert bureau.state(key) is CertificateState.granted
    done = door.post(decide, {"decision": "suspend", "reason": REASON})
    assert (done.json()["state"], done.json()["standing"]) == ("suspended", "suspended")
    assert door.post(decide, {"decision": "revoke", "reason": REASON}).json()["standing"] == "revoked"
    assert bureau.state(key) is CertificateState.revoked
