import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.kit.signing import BadKey, Ed25519Signer, own_signer, public_pem, public_text, read_public
from portal.kit.signing.keys import _loaded
from portal.settings import get_settings


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("CSPON_HOME", str(tmp_path))
    monkeypatch.delenv("CSPON_KEYS_DIR", raising=False)
    get_settings.cache_clear()
    _loaded.cache_clear()
    yield tmp_path
    get_settings.cache_clear()
    _loaded.cache_clear()


def test_made_once_and_private(place: Path) -> None:
    first = own_signer("log")
    _loaded.cache_clear()
    assert own_signer("log").verifier.key_id == first.verifier.key_id
    assert own_signer("statements").verifier.key_id != first.verifier.key_id
    assert (place / "keys").stat().st_mode & 0o777 == 0o700
    assert sorted(p.name for p in (place / "keys").iterdir()) == ["log.pem", "statements.pem"]
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in (place / "keys").iterdir())


def test_many_processes_make_one_key(place: Path) -> None:
    code = "from portal.kit.signing import own_signer; print(own_signer('log').verifier.key_id)"
    many = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert len({process.communicate(timeout=60)[0] for process in many}) == 1
    assert [p.name for p in (place / "keys").iterdir()] == ["log.pem"]


def test_a_key_others_may_read_is_refused(place: Path) -> None:
    own_signer("log")
    (place / "keys" / "log.pem").chmod(0o640)
    _loaded.cache_clear()
    with pytest.raises(BadKey, match="chmod 600"):
        own_signer("log")


def test_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSPON_KEYS_DIR", str(tmp_path / "safe"))
    get_settings.cache_clear()
    own_signer("log")
    assert (tmp_path / "safe" / "log.pem").exists()


@pytest.mark.parametrize("name", ["../x", "", "a/b", "a b"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(BadKey):
        own_signer(name)


def test_public_keys_travel_as_text() -> None:
    key = Ed25519Signer.generate().verifier
    assert read_public(public_text(key)) == key
    assert read_public(public_pem(key)) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rsa:AAAA",
        "ed25519:!",
        "ed25519:AAAA",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
    ],
)
def test_public_keys_that_are_none(text: str) -> None:
    with pytest.raises(BadKey):
        read_public(text)


def test_private_keys_that_are_none() -> None:
    with pytest.raises(BadKey):
        Ed25519Signer.from_pem(b"nothing")
    other = subprocess.run(["openssl", "genpkey", "-algorithm", "x25519"], capture_output=True, check=True)
    with pytest.raises(BadKey):
        Ed25519Signer.from_pem(other.stdout)


def test_openssl_agrees(tmp_path: Path) -> None:
    signer = Ed25519Signer.generate()
    (tmp_path / "pub.pem").write_text(public_pem(signer.verifier))
    (tmp_path / "message").write_bytes(b"message")
    (tmp_path / "sig").write_bytes(signer.sign(b"message"))
    command = "openssl pkeyutl -verify -pubin -inkey pub.pem -rawin -in message -sigfile sig"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
    assert "Signature Verified Successfully" in done.stdout, done.stderr
