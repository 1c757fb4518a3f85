"""Findings on pages and in the API; the certifiers' queue."""

from sqlmodel import Session

from registry.assets.models import AssetKind
from registry.scanning.models import Scan, ScanFinding
from registry.versions.models import Version, VersionState
from tests.support.browser import Client
from tests.support.make import Make, Person


def quarantined(make: Make, owner: Person, **values: object) -> tuple[Version, str]:
    files = {"keys/id": b"1", "labels/y.csv": b"2"}
    asset = make.asset(owner, kind=AssetKind.benchmark, **values)
    version = make.version(asset, files, state=VersionState.quarantined, hidden=("labels/",))
    scan = Scan(version_id=version.id, verdict="quarantine", file_count=2)
    make.db.add(scan)
    make.db.flush()
    rows = [
        ("secret.private_key", "keys/id", "-----BEGIN KEY-----"),
        ("secret.private_key", "labels/y.csv", "LABEL!"),
    ]
    for n, (rule, path, excerpt) in enumerate(rows):
        make.db.add(
            ScanFinding(
                scan_id=scan.id, position=n, rule=rule, severity="danger", path=path, line=3, excerpt=excerpt
            )
        )
    make.db.commit()
    return version, f"/assets/{owner.namespace.slug}/{asset.name}/versions/1.0.0"


def test_queue_is_for_certifiers(client: Client, make: Make) -> None:
    owner, member = make.account("发布者"), make.account("读者", roles=("secretariat",))
    certifier = make.account("认证员", roles=("certifier",))
    _version, page = quarantined(make, owner, title="待查成果")
    assert client.get("/scans").headers["location"].startswith("/sign-in")
    assert client.sign_in(member).get("/scans").status_code == 403
    client.sign_out()
    text = client.sign_in(certifier).get("/scans").text
    assert "待查成果" in text
    assert f"{page}/release" in text


def test_who_sees_which_finding(client: Client, make: Make) -> None:
    owner, stranger = make.account("发布者"), make.account("陌生人")
    certifier = make.account("认证员", roles=("certifier",))
    secretariat = make.account("秘书处", roles=("secretariat",))
    _version, page = quarantined(make, owner)
    api = f"/api/v1{page}/findings"
    assert client.get(page).status_code == 404
    assert client.get(api).status_code == 404
    assert client.sign_in(stranger).get(page).status_code == 404
    client.sign_out()
    text = client.sign_in(owner).get(page).text
    assert "LABEL!" in text
    assert "BEGIN KEY" in text
    assert "keys/id:3" in text
    assert f"{page}/release" not in text
    client.sign_out()
    text = client.sign_in(certifier).get(page).text
    assert "labels/y.csv" in text
    assert "LABEL!" not in text
    assert "BEGIN KEY" in text
    assert f"{page}/release" in text
    answer = client.get(api).json()
    assert answer["verdict"] == "quarantine"
    assert [item["excerpt"] for item in answer["findings"]] == ["-----BEGIN KEY-----", ""]
    client.sign_out()
    text = client.sign_in(secretariat).get(page).text
    assert "labels/y.csv" not in text
    assert "BEGIN KEY" not in text
    assert len(client.get(api).json()["findings"]) == 1


def test_release_by_form(client: Client, make: Make, db: Session) -> None:
    owner, certifier = make.account("发布者"), make.account("认证员", roles=("certifier",))
    version, page = quarantined(make, owner, title="待查成果")
    client.sign_in(owner)
    assert client.post(f"{page}/release", data={"reason": "我自己放行"}).status_code == 403
    client.sign_out()
    client.sign_in(certifier)
    assert client.post(f"{page}/release", data={"reason": " "}).status_code == 422
    done = client.post(f"{page}/release", data={"reason": "示例密钥，已核实"})
    assert done.headers["location"] == "/scans"
    assert client.post(f"{page}/reject", data={"reason": "再次决定"}).status_code == 409
    assert "待查成果" not in client.get("/scans").text
    client.sign_out()
    assert client.get(page).status_code == 200
    db.expire_all()
    assert db.get_one(Version, version.id).state is VersionState.published


def test_certifiers_leave_their_own_namespace_alone(client: Client, make: Make) -> None:
    certifier = make.account("认证员", roles=("certifier",))
    _version, page = quarantined(make, certifier)
    client.sign_in(certifier)
    assert f"{page}/release" not in client.get("/scans").text
    assert client.post(f"{page}/release", data={"reason": "放行自己"}).status_code == 403
    assert client.post(f"{page}/reject", data={"reason": "拒绝自己"}).status_code == 403


def test_decisions_need_a_quarantined_version(client: Client, make: Make) -> None:
    owner, certifier = make.account("发布者"), make.account("认证员", roles=("certifier",))
    asset = make.asset(owner)
    make.version(asset)
    client.sign_in(certifier)
    page = f"/assets/{owner.namespace.slug}/{asset.name}/versions/1.0.0"
    assert client.post(f"{page}/release", data={"reason": "无需放行"}).status_code == 409
    assert client.post(f"{page}/9/release", data={"reason": "无此版本"}).status_code == 404


def test_no_scan_yet(client: Client, make: Make) -> None:
    owner = make.account("发布者")
    asset = make.asset(owner)
    make.version(asset)
    answer = client.get(f"/api/v1/assets/{owner.namespace.slug}/{asset.name}/versions/1.0.0/findings").json()
    assert (answer["verdict"], answer["findings"]) == (None, [])
