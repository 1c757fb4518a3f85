"""Organisations in the API."""

from portal.organisations.models import OrganisationKind, Verification
from tests.support.browser import Client
from tests.support.make import Make


def test_list_and_one(client: Client, make: Make) -> None:
    client.headers["accept"] = "application/json"
    for n in range(22):
        make.organisation(f"规划院{n}")
    make.organisation("某公司", kind=OrganisationKind.company, verification=Verification.unverified)
    first = client.get("/api/v1/organisations").json()
    assert len(first["items"]) == 20
    assert first["before"] is None
    second = client.get("/api/v1/organisations", params={"after": first["after"]}).json()
    assert len(second["items"]) == 3
    assert second["after"] is None
    slugs = [item["slug"] for item in first["items"] + second["items"]]
    assert len(set(slugs)) == 23
    companies = client.get("/api/v1/organisations?kind=company&kind=association").json()["items"]
    assert [item["name"] for item in companies] == ["某公司"]
    assert client.get("/api/v1/organisations?verified=false").json()["items"] == companies
    assert client.get("/api/v1/organisations?q=公司").json()["items"] == companies
    assert client.get(f"/api/v1/organisations/{companies[0]['slug']}").json() == companies[0]


def test_refusals_are_problems(client: Client, make: Make) -> None:
    person = make.account()
    for path, status in [
        ("/api/v1/organisations/nothing-here", 404),
        (f"/api/v1/organisations/{person.namespace.slug}", 404),
        ("/api/v1/organisations?after=nonsense", 404),
        ("/api/v1/organisations?kind=sect", 422),
    ]:
        answer = client.get(path)
        assert answer.status_code == status, path
        assert answer.headers["content-type"] == "application/problem+json"
