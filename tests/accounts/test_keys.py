"""Security keys without a browser: addresses, hostile answers, challenges that are used once."""

import json

import pytest
from sqlmodel import Session, select
from starlette.requests import Request

from portal.accounts import ceremonies, throttle
from portal.accounts.models import BrowserSession, WebauthnKey
from portal.audit.models import AuditEvent
from portal.settings import get_settings
from tests.support.browser import Client
from tests.support.make import Make

HOSTILE = ["", "null", "[]", "{}", "1", '"x"', '{"id": 1}', '{"id": "x", "response": {}}', "{", "[" * 9000]


def _request(url: str) -> Request:
    scheme, _, host = url.partition("://")
    return Request(
        {
            "type": "http",
            "scheme": scheme,
            "path": "/",
            "query_string": b"",
            "headers": [(b"host", host.encode())],
        }
    )


@pytest.mark.parametrize(
    ("url", "rp_id"),
    [
        ("https://commons.example.cn", "commons.example.cn"),
        ("https://commons.example.cn:8443", "commons.example.cn"),
        ("http://localhost:8000", "localhost"),
        ("http://commons.example.cn", None),
        ("https://10.0.0.7", None),
        ("https://[2001:db8::1]", None),
        ("http://127.0.0.1:8000", None),
    ],
)
def test_keys_are_bound_to_a_secure_host_name(url: str, rp_id: str | None) -> None:
    party = ceremonies.party_of(_request(url))
    assert (party.rp_id if party else None) == rp_id
    assert party is None or party.origin == url


def test_the_public_address_wins_over_the_requests_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSPON_PUBLIC_URL", "https://commons.example.cn/")
    get_settings.cache_clear()
    try:
        party = ceremonies.party_of(_request("http://127.0.0.1:8000"))
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert party == ceremonies.Party("commons.example.cn", "https://commons.example.cn")


@pytest.mark.parametrize("answer", HOSTILE)
def test_hostile_answers_are_refused_in_words(client: Client, db: Session, make: Make, answer: str) -> None:
    client.base_url = "http://localhost"
    client.sign_in(make.account())
    options = client.post("/settings/security/keys/options").json()
    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["userVerification"] == "preferred"
    assert options["attestation"] == "none"
    refused = client.post("/settings/security/keys", data={"name": "我的密钥", "credential": answer})
    assert refused.status_code == 422
    assert "我的密钥" in refused.text
    assert db.exec(select(WebauthnKey)).all() == []
    assert client.post("/confirm/key", data={"credential": answer}).status_code == 422


@pytest.mark.parametrize("answer", HOSTILE)
def test_hostile_passkeys_sign_nobody_in(client: Client, db: Session, make: Make, answer: str) -> None:
    client.base_url = "http://localhost"
    options = client.post("/sign-in/passkey/options")
    assert options.json()["allowCredentials"] == []
    assert options.json()["userVerification"] == "required"
    cookie = options.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/sign-in/passkey" in cookie
    refused = client.post("/sign-in/passkey", data={"credential": answer, "next": "/assets/new"})
    assert refused.status_code == 422
    assert 'value="/assets/new"' in refused.text
    assert db.exec(select(BrowserSession)).all() == []


def test_a_passkeys_challenge_is_used_once_and_guessing_is_slowed_down(
    client: Client, db: Session, make: Make
) -> None:
    client.base_url = "http://localhost"
    key = WebauthnKey(account_id=make.account().id, name="x", credential_id="AAAA", public_key="AAAA")
    db.add(key)
    db.commit()
    client.post("/sign-in/passkey/options")
    answer = {"credential": json.dumps({"id": "AAAA", "response": {"userHandle": "AAAA"}})}
    for _n in range(2):
        assert client.post("/sign-in/passkey", data=answer).status_code == 422
    refusals = select(AuditEvent).where(AuditEvent.verb == "webauthn_key.refused")
    assert len(db.exec(refusals).all()) == 1, "the second time there was no challenge any more"
    for _n in range(throttle.PER_ADDRESS[0].n - 2):
        client.post("/sign-in/passkey", data=answer)
    assert client.post("/sign-in/passkey", data=answer).status_code == 429


def test_a_challenge_is_for_one_answer(client: Client, db: Session, make: Make) -> None:
    client.base_url = "http://localhost"
    client.sign_in(make.account())
    challenges = {client.post("/settings/security/keys/options").json()["challenge"] for _n in range(2)}
    assert len(challenges) == 2
    assert db.exec(select(BrowserSession.challenge)).one() in challenges
    client.post("/settings/security/keys", data={"name": "x", "credential": json.dumps({"id": "x"})})
    db.expire_all()
    assert db.exec(select(BrowserSession.challenge)).one() == ""


def test_somebody_elses_key_is_no_key_of_mine(client: Client, db: Session, make: Make) -> None:
    mine, theirs = make.account(), make.account()
    key = WebauthnKey(account_id=theirs.id, name="theirs", credential_id="AAAA", public_key="AAAA")
    db.add(key)
    db.commit()
    client.base_url = "http://localhost"
    client.sign_in(mine)
    assert client.post(f"/settings/security/keys/{key.id}/remove").status_code == 404
    client.post("/confirm/key/options")
    assert client.post("/confirm/key", data={"credential": '{"id": "AAAA"}'}).status_code == 422
    assert "theirs" not in client.get("/settings/security").text


def test_an_address_offers_no_ceremony(client: Client, make: Make) -> None:
    client.base_url = "http://127.0.0.1"
    client.sign_in(make.account())
    assert client.post("/settings/security/keys/options").status_code == 409
