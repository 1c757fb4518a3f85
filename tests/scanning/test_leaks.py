"""Secrets, personal data, marks, licences, risky source: found by line, shown masked."""

import base64
import json

import pytest

from registry.scanning.findings import Verdict
from tests.scanning.conftest import Scan, hits, only
from tests.scanning.samples import id_number

GITHUB = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
JWT = (
    ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "HS256", "typ": "JWT"}, {"sub": "researcher", "exp": 1900000000})
    )
    + ".c2lnbmF0dXJlLXNpZ25hdHVyZQ"
)
SECRETS: list[tuple[str, str, str]] = [
    ("secret.private_key", "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----"),
    ("secret.private_key", "-----BEGIN OPENSSH PRIVATE KEY-----", "-----BEGIN"),
    ("secret.cloud_key", "key = AKIAIOSFODNN7EXAMPLE", "AKIA***"),
    ("secret.cloud_key", "id: LTAI5tQ9xYzAbCdEfGhIjKlM", "LTAI***"),
    ("secret.cloud_key", "AKIDz8krbsJ5yKBZQpn74WFkmLPx3gnPhESA", "AKID***"),
    ("secret.token", f"token {GITHUB}", "ghp_***"),
    ("secret.database_url", "dsn = postgresql+psycopg://app:S3cr7tPw@db.example/x", "S3***@db"),
    ("secret.jwt", f"Authorization: Bearer {JWT}", "eyJh***"),
    ("secret.assignment", 'password = "kT9#mQ2$vX7!pL4z"', "kT9#***"),
    ("secret.assignment", "数据库密码：q8ZrT2mK9wLx5vB", "q8Zr***"),
]


@pytest.mark.parametrize(("rule", "line", "shown"), SECRETS)
@pytest.mark.parametrize("name", ["conf/settings.py", "README.md", "notes.ipynb"])
def test_secrets_are_found_and_masked(scan: Scan, name: str, rule: str, line: str, shown: str) -> None:
    report = scan({name: f"first\n\n{line}\nlast\n"})
    found = [f for f in report.findings if f.rule == rule]
    assert [(f.path, f.line) for f in found] == [(name, 3)]
    assert shown in found[0].excerpt
    secret = line.split()[-1] if rule != "secret.private_key" else "\0"
    assert secret not in json.dumps([(f.excerpt, dict(f.params)) for f in report.findings])
    certain = rule not in {"secret.jwt", "secret.assignment"}
    assert report.decision.verdict is (Verdict.QUARANTINE if certain else Verdict.PUBLISH)


@pytest.mark.parametrize(
    "line",
    [
        'password = "your_password_here1"',
        "token = os.environ['API_TOKEN_1']",
        'secret = "<put-your-secret-1>"',
        "postgresql://user:password@localhost/db",
        "postgresql://user:${PASSWORD}@localhost/db",
        "max_tokens = 4096123456",
        "https://example.org/eyJhbGciOi/plain",
        "token_type: string_of_characters",
        "sha256 = 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "AKIA is a prefix; LTAI too",
    ],
)
def test_placeholders_and_look_alikes_are_left_alone(scan: Scan, line: str) -> None:
    assert hits(scan({"a.md": line + "\n"})) == []


def test_gbk_text_is_searched_too(scan: Scan) -> None:
    report = scan({"说明.txt": "第一行\n密码：kT9xmQ2vX7pL4zW\n".encode("gbk")})
    assert hits(report) == [("secret.assignment", "说明.txt", 2)]


def test_identity_numbers_are_counted_and_masked(scan: Scan) -> None:
    real = [id_number(f"11010519900307{n:03}") for n in range(3)]
    wrong = real[0][:-1] + ("0" if real[0][-1] != "0" else "1")
    impossible = id_number("11010519901337001")
    nowhere = id_number("99010519900307001")
    text = "\n".join(["name,id", wrong, impossible, nowhere, *real, real[0]])
    report = scan({"people.csv": text})
    found = only(report, "personal.id_number")
    assert (found.path, found.line, found.params) == ("people.csv", 5, {"count": 3})
    assert found.excerpt == real[0][:6] + "*" * 11 + real[0][-1]
    assert report.decision.verdict is Verdict.PUBLISH


def test_digits_inside_other_numbers_are_no_identity_numbers(scan: Scan) -> None:
    number = id_number("11010519900307001")
    assert hits(scan({"a.csv": f"0.{number}\nA{number}\n{number}123\n"})) == []


@pytest.mark.parametrize(("count", "found"), [(19, False), (20, True), (300, True)])
def test_mobile_numbers_count_in_bulk_only(scan: Scan, count: int, found: bool) -> None:
    numbers = "\n".join(f"{n},1380013{n:04}" for n in range(count))
    report = scan({"users.csv": f"id,phone\n{numbers}\n{numbers}\n"})
    assert hits(report) == ([("personal.mobile_numbers", "users.csv", 2)] if found else [])
    if found:
        assert report.findings[0].params == {"count": count}
        assert "138*****" in report.findings[0].excerpt


def test_coordinates_are_no_mobile_numbers(scan: Scan) -> None:
    rows = "\n".join(f"116.138001{n:05},39.913912{n:05}" for n in range(60))
    assert hits(scan({"points.csv": rows})) == []


@pytest.mark.parametrize("mark", ["机密★", "秘密★10年", "绝密 ☆", "机 密★长期", "密级：秘密", "密 级: 机密"])
def test_classification_marks_are_quarantined(scan: Scan, mark: str) -> None:
    report = scan({"doc/报告.md": f"# 标题\n{mark}\n正文\n", "b.csv": f"a\n{mark}\n".encode("gbk")})
    assert hits(report) == [("mark.classified", "b.csv", 2), ("mark.classified", "doc/报告.md", 2)]
    assert report.decision.verdict is Verdict.QUARANTINE


def test_words_about_secrecy_are_no_mark(scan: Scan) -> None:
    text = "本平台不接收国家秘密；机密数据请走专网。\n密级管理办法\n★★★ 推荐\n"
    assert hits(scan({"a.md": text})) == []


@pytest.mark.parametrize(
    ("files", "declared", "missing"),
    [
        ({"main.py": "1\n"}, None, True),
        ({"main.py": "1\n"}, "MIT", False),
        ({"LICENSE": "x"}, None, False),
        ({"LICENCE.md": "x"}, None, False),
        ({"sub/LICENSE": "x"}, None, True),
        ({"README.md": "---\nlicense: apache-2.0\n---\n# x\n"}, None, False),
        ({"README.md": "---\nlicense:\n---\n# x\n"}, None, True),
        ({"README.md": "# x\nlicense: MIT\n"}, None, True),
        ({"cspon.yaml": "name: x\nlicense: MIT\n"}, None, False),
    ],
)
def test_a_licence_is_asked_for(
    scan: Scan, files: dict[str, bytes | str], declared: str | None, missing: bool
) -> None:
    report = scan(files, declared_licence=declared)
    assert bool(hits(report, "licence.missing")) is missing
    assert report.decision.verdict is Verdict.PUBLISH


def test_risky_source_is_noted_by_line(scan: Scan) -> None:
    lines = ["import os", "import subprocess", "from urllib import request", "from socket import *", ""]
    source = "\n".join([*lines, "os.system('ls')", "eval('1')", "subprocess.run([])", ""])
    report = scan({"main.py": source, "ok.py": "import numpy as np\nprint(np.e)\n"})
    assert [(f.line, f.params["construct"]) for f in report.findings] == [
        (2, "import subprocess"),
        (3, "from urllib import"),
        (4, "from socket import"),
        (6, "os.system()"),
        (7, "eval()"),
        (8, "subprocess.run()"),
    ]
    assert report.decision.verdict is Verdict.PUBLISH


def test_broken_source_is_said_by_line(scan: Scan) -> None:
    assert hits(scan({"main.py": "x = 1\nprint 'old'\n"})) == [("python.syntax", "main.py", 2)]
