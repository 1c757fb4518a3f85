"""Bills of materials against the published schema; advisories within bounds and by PEP 440; hostile requirements."""

import datetime as dt
import importlib.resources
import json
import zipfile
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from portal.kit.db import transaction
from portal.kit.errors import Invalid
from registry.certification import advisories, parts, sbom
from registry.certification.actions import advisories as importing
from registry.certification.advisories import NotADatabaseError, affects
from registry.certification.models import CertificateState, Verdict
from registry.certification.parts import Part, Parts
from registry.certification.queries import advisories as queries
from registry.certification.tasks import recheck_all
from tests.certification.conftest import Bureau

AT = dt.datetime(2026, 11, 1, tzinfo=dt.UTC).isoformat()


def schema() -> Any:
    folder = importlib.resources.files("cyclonedx.schema") / "_res"
    read = lambda name: json.loads((folder / name).read_text(encoding="utf-8"))  # noqa: E731
    named = {
        f"http://cyclonedx.org/schema/{name}": read(name)
        for name in (
            "spdx.SNAPSHOT.schema.json",
            "jsf-0.82.SNAPSHOT.schema.json",
        )
    }
    registry = jsonschema_rs.Registry(list(named.items()))
    return jsonschema_rs.validator_for(read("bom-1.6.SNAPSHOT.schema.json"), registry=registry)


def bill(found: Parts, licence: str = "Apache-2.0") -> dict[str, Any]:
    return sbom.document(found, name="lab/模型", version="1.0.0+x", licence=licence, digest="d" * 64, at=AT)


def test_a_bill_holds_against_the_schema() -> None:
    found = parts.together(
        parts.of_runtime("geo-py311"), [Part("torch", "", "requirements", "torch>=2", "MIT OR Apache-2.0")], 2
    )
    made = bill(found)
    schema().validate(made)
    assert len(made["components"]) == len(found.parts) > 20
    assert made["components"][0]["purl"].startswith("pkg:pypi/")
    assert bill(found) == made, "the same parts give the same bill, its serial number too"
    schema().validate(bill(Parts(), licence=""))
    with pytest.raises(jsonschema_rs.ValidationError):
        schema().validate({**made, "bomFormat": "none"})


def test_a_huge_bill_stays_bounded() -> None:
    named, unread = parts.of_requirements("".join(f"p{n}==1.{n}\n" for n in range(20_000)).encode())
    assert len(named) <= parts.MAX_PARTS
    found = parts.together(parts.of_runtime("geo-py311"), named, unread)
    assert len(found.parts) <= parts.MAX_PARTS
    assert found.unread
    schema().validate(bill(found))


def test_requirements_are_read_and_nothing_is_followed() -> None:
    option = "--index" + "-url https://evil.example"
    text = f"""# comment
numpy==2.1.0 --hash=sha256:00
Scikit_Learn>=1.5
-r /etc/passwd
{option}
git+https://evil.example/x.git
local @ file:///etc/passwd
torch==2.* ; python_version > "3"
../../x
"""
    named, unread = parts.of_requirements(text.encode())
    assert [(each.name, each.version) for each in named] == [
        ("numpy", "2.1.0"), ("scikit-learn", ""), ("torch", ""),
    ]  # fmt: skip
    assert unread == 5
    assert parts.of_requirements(b"\xff\xfe") == ([], 1)


def test_a_runtime_nobody_knows_has_no_parts() -> None:
    assert parts.of_runtime("../../etc").parts == ()


def test_affected_versions() -> None:
    ranges = [[["introduced", "0"], ["fixed", "1.2.3"]], [["introduced", "2.0"], ["last_affected", "2.1"]]]
    for version, hit in (
        ("1.2.2", True), ("1.2.3", False), ("1.2.3rc1", True), ("1.9", False), ("2.0", True), ("2.1", True),
        ("2.1.1", False), ("0.0.1.dev1", True), ("no version", False),
    ):  # fmt: skip
        assert affects(version, [], ranges) is hit, version
    assert affects("1.0", ["1.0.0"], [])
    assert affects("odd-one", ["odd-one"], [])
    reopened = [[["introduced", "0"], ["fixed", "1.0"], ["introduced", "1.5"], ["fixed", "1.6"]]]
    assert [affects(v, [], reopened) for v in ("0.9", "1.0", "1.5", "1.6")] == [True, False, True, False]


def osv(n: int = 1, package: str = "numpy", **changes: Any) -> dict[str, Any]:
    return {
        "id": f"GHSA-test-{n}", "modified": "2026-11-01T00:00:00Z", "summary": "bad", "aliases": ["CVE-2026-1"],
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": package},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}],
            }
        ],
        **changes,
    }  # fmt: skip


def zipped(path: Path, *entries: Any) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, each in enumerate(entries):
            archive.writestr(f"{n}.json", each if isinstance(each, bytes) else json.dumps(each))
    return path


def test_reading_within_bounds(tmp_path: Path) -> None:
    path = zipped(
        tmp_path / "all.zip", osv(1), osv(2, package="Flask.X"), osv(3, withdrawn="2026-01-01T00:00:00Z"), b"{", b"[1]",
        osv(4, modified="never"), osv(5, id="../x"), b" " * (advisories.MAX_ENTRY + 1), osv(6, affected="x"),
        osv(7, affected=[{"package": {"ecosystem": "npm", "name": "left-pad"}}]),
    )  # fmt: skip
    found = list(advisories.read(path))
    assert [each.package for each in found if each is not None] == ["numpy", "flask-x"]
    assert found.count(None) == 5


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04broken", b"{}x", b'"text"', b"[]", b"[[[[" * 100_000])
def test_what_is_no_database(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(NotADatabaseError):
        list(advisories.read(path))


def test_importing_replaces_all_and_suspends(bureau: Bureau, tmp_path: Path) -> None:
    with transaction() as db:
        made = importing.load(db, zipped(tmp_path / "a.zip", osv(1, "nobody-uses"), b"{"))
        assert (made.entries, made.left_out) == (1, 1)
    key = bureau.ask()
    assert bureau.findings(key)["vulnerabilities"].verdict is Verdict.met
    bureau.take(key)
    bureau.assess(key)
    bureau.grant(key)
    with transaction() as db:
        importing.load(db, zipped(tmp_path / "b.zip", osv(2)))
        assert not queries.of_packages(db, ["nobody-uses"])
    recheck_all()
    assert bureau.state(key) is CertificateState.suspended


def test_a_bad_import_changes_nothing(bureau: Bureau, tmp_path: Path) -> None:
    with transaction() as db:
        importing.load(db, zipped(tmp_path / "a.zip", osv(1)))
    for bad in (zipped(tmp_path / "b.zip", osv(2, affected=[])), tmp_path / "c.zip"):
        if not bad.exists():
            bad.write_bytes(b"nonsense")
        with pytest.raises(Invalid), transaction() as db:
            importing.load(db, bad)
    with transaction() as db:
        assert [each.osv_id for each in queries.of_packages(db, ["numpy"])] == ["GHSA-test-1"]
