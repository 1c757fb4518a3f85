import json
import stat

import pytest

from portal.client import credentials
from portal.client.credentials import Login, choose, file, forget, normal_url, remember
from portal.client.errors import ClientError


def test_the_file_is_for_its_owner_alone() -> None:
    path = remember(Login("https://a.example", "cspon_x"))
    assert path == file()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["credentials.json"]


def test_a_file_that_others_could_read_is_closed() -> None:
    path = remember(Login("https://a.example", "cspon_x"))
    path.chmod(0o644)
    assert choose().token == "cspon_x"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_tokens_are_kept_by_address_and_the_last_login_is_the_default() -> None:
    remember(Login("https://a.example", "one"))
    remember(Login("https://b.example", "two"))
    assert choose() == Login("https://b.example", "two")
    assert choose("https://a.example/") == Login("https://a.example", "one")
    assert choose("https://c.example") == Login("https://c.example", "")


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    remember(Login("https://a.example", "one"))
    monkeypatch.setenv("CSPON_URL", "https://b.example")
    assert choose() == Login("https://b.example", "")
    monkeypatch.setenv("CSPON_TOKEN", "three")
    assert choose() == Login("https://b.example", "three")
    assert "three" not in file().read_text()


def test_a_forgotten_token_is_gone_and_another_portal_becomes_the_default() -> None:
    remember(Login("https://a.example", "one"))
    remember(Login("https://b.example", "two"))
    assert forget("https://b.example")
    assert not forget("https://b.example")
    assert choose() == Login("https://a.example", "one")
    assert "two" not in file().read_text()


def test_nobody_is_guessed() -> None:
    with pytest.raises(ClientError, match="No portal"):
        choose()


def test_a_damaged_file_is_said_so() -> None:
    remember(Login("https://a.example", "one"))
    file().write_text("{")
    with pytest.raises(ClientError) as refused:
        choose()
    assert "cspon login" in refused.value.hint
    file().write_text(json.dumps([1]))
    assert credentials._load() == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://a.example/", "https://a.example"),
        ("a.example", "https://a.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://a.example/portal/", "https://a.example/portal"),
    ],
)
def test_addresses_are_read(text: str, expected: str) -> None:
    assert normal_url(text) == expected


@pytest.mark.parametrize("text", ["", "ftp://a.example", "https://me:pw@a.example", "https://", "http://a:x"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ClientError):
        normal_url(text)


def test_the_token_of_one_portal_is_not_sent_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    remember(Login("https://b.example", "two"))
    monkeypatch.setenv("CSPON_URL", "https://a.example/")
    monkeypatch.setenv("CSPON_TOKEN", "three")
    assert choose("https://a.example") == Login("https://a.example", "three")
    assert choose("https://b.example") == Login("https://b.example", "two")
    assert choose("https://evil.example") == Login("https://evil.example", "")
    monkeypatch.delenv("CSPON_URL")
    assert choose("https://c.example") == Login("https://c.example", "three")
    assert choose("https://c.example", found=True) == Login("https://c.example", ""), "an address in a paper"
    assert choose("https://b.example", found=True) == Login("https://b.example", "two")
