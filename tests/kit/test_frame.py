"""Origin checks, headers, errors, the one transaction: through a small application of their own."""

import pytest
from fastapi import FastAPI
from fastapi.responses import Response
from sqlalchemy import text
from starlette.testclient import TestClient

from portal.kit import pages, problems
from portal.kit.errors import Conflict, Invalid
from portal.kit.pages import Req
from portal.kit.routes import Doors, public, signed_in
from portal.kit.web import Frame


@pytest.fixture
def small(database: None, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(pages, "_resolver", None)
    router = Doors()

    @router.page("/ok", guard=public)
    def ok(req: Req) -> Response:
        return req.json({"locale": req.locale})

    @router.act("/write", guard=public)
    def write(req: Req) -> Response:
        req.db.execute(
            text(
                "INSERT INTO mail (id, created_at, recipient, subject, body, state, attempts) VALUES "
                "(gen_random_uuid(), now(), 'a@b.c', 's', 'b', 'kept', 0)"
            )
        )
        if req.form.get("fail") == "refusal":
            raise Conflict("no", hint="because")
        if req.form.get("fail") == "fault":
            raise RuntimeError("broken")
        return req.redirect(str(req.form.get("next", "/ok")), flash="好")

    @router.api("GET", "/api/v1/count", guard=public)
    def count(req: Req) -> dict[str, int]:
        return {"n": int(req.db.execute(text("SELECT count(*) FROM mail")).scalar_one())}

    @router.api("GET", "/api/v1/invalid", guard=public)
    def invalid(req: Req) -> None:
        raise Invalid("bad", fields={"name": "why"})

    @router.page("/private", guard=signed_in)
    def private(req: Req) -> Response:
        return req.json({})

    app = FastAPI()
    app.add_middleware(Frame)
    problems.install(app)
    app.include_router(router)
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


def test_headers(small: TestClient) -> None:
    headers = small.get("/ok").headers
    policy = headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-request-id"]
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "none"}, 303),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://testserver"}, 303),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site", "authorization": "Bearer x"}, 303),
        ({"sec-fetch-site": "cross-site", "authorization": "Bearer x", "cookie": "a=b"}, 403),
    ],
)
def test_cross_origin_writes_are_refused(small: TestClient, headers: dict[str, str], status: int) -> None:
    assert small.post("/write", headers=headers).status_code == status


def test_one_transaction(small: TestClient) -> None:
    assert small.post("/write").status_code == 303
    assert (
        small.post("/write", data={"fail": "refusal"}, headers={"accept": "application/json"}).status_code
        == 409
    )
    assert (
        small.post("/write", data={"fail": "fault"}, headers={"accept": "application/json"}).status_code
        == 500
    )
    assert small.get("/api/v1/count").json() == {"n": 1}


def test_problems(small: TestClient) -> None:
    response = small.get("/api/v1/invalid")
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"], body["fields"]) == (422, "invalid", {"name": "why"})
    assert small.get("/api/v1/nothing").json()["status"] == 404
    assert small.post("/api/v1/count").json()["status"] == 405


def test_sign_in_is_offered_to_people_and_refused_to_programs(small: TestClient) -> None:
    response = small.get("/private?a=1")
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=%2Fprivate%3Fa%3D1")
    response = small.get("/private", headers={"accept": "application/json"})
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"]
)
def test_no_open_redirect(small: TestClient, target: str) -> None:
    assert small.post("/write", data={"next": target}).headers["location"] == "/"


def test_language_of_the_request(small: TestClient) -> None:
    assert small.get("/ok", headers={"accept-language": "en"}).json() == {"locale": "en"}
    assert small.get("/ok", headers={"accept-language": "en", "cookie": "locale=zh_Hans"}).json() == {
        "locale": "zh_Hans"
    }
    assert small.get("/ok", headers={"cookie": 'locale=xx; a="b'}).json() == {"locale": "zh_Hans"}
