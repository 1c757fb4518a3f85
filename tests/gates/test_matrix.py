"""Every way to bytes, for every kind of reader: a route that forgets the gate fails here."""

import re

import pytest
from fastapi import FastAPI
from sqlmodel import Session
from starlette.routing import Route

from portal.kit.db import read_as, transaction
from registry.benchmarks import queries as benchmark_queries
from registry.versions import queries
from registry.versions.models import VersionState
from tests.gates.conftest import FILES, SECRET, Gated
from tests.guards.test_application import _routes
from tests.support.browser import Client
from tests.support.make import Person

DESCRIBED = {
    "/assets/{ns}/{name}/versions/{number}",
    "/assets/{ns}/{name}/versions/{number}/events",
    "/api/v1/assets/{ns}/{name}/versions/{number}",
}
"""Routes of a version that give its description and nothing of its files. Whoever adds one proves that here."""

ABOUT = {
    "/assets/{ns}/{name}/versions/{number}/certify",
    "/assets/{ns}/{name}/versions/{number}/nominate",
}
"""Forms about a version, open to those whom they concern: they name it, and nothing of its files."""


def ways(application: FastAPI) -> list[tuple[str, str]]:
    """(method, path) of every reading route below a version."""
    found = []
    for route in _routes(application):
        assert isinstance(route, Route)
        if "/versions/{number}" not in route.path and "{path" not in route.path:
            continue
        found += [(m, route.path) for m in sorted((route.methods or set()) & {"GET", "HEAD"})]
    return sorted(set(found))


def filled(gated: Gated, path: str, file: str) -> str:
    path = path.replace("{ns}", gated.unit.namespace.slug).replace("{name}", gated.asset.name)
    path = path.replace("{number}", gated.version.number).replace("{path:path}", file)
    return re.sub(r"{\w+(:path)?}", gated.version.number, path)


def try_all(client: Client, gated: Gated, application: FastAPI) -> dict[tuple[str, str, str], int]:
    """Status of every way, with every file; no answer that is not 2xx of an open door may hold the secret."""
    statuses = {}
    for method, path in ways(application):
        for file in FILES if "{path" in path else ("",):
            address = filled(gated, path, file)
            if path.endswith("/events"):  # state only, and it would not end here
                continue
            answer = client.request(method, address)
            statuses[method, path, file] = answer.status_code
            if answer.status_code != 200:
                assert SECRET.strip() not in answer.content, address
    return statuses


def sign_in(client: Client, person: Person | None) -> None:
    if person is not None:
        client.sign_in(person)


CLOSED = ("nobody", "stranger", "waiting", "refused", "revoked", "secretariat", "security_admin", "certifier")
OPEN = ("owner", "publisher", "approved")


def reader_of_kind(gated: Gated, kind: str) -> Person | None:
    if kind in gated.staff:
        return gated.staff[kind]
    if kind in {"waiting", "refused", "revoked", "approved"}:
        request = gated.ask(gated.reader)
        if kind == "refused":
            gated.decide(request, "refuse")
        if kind in {"approved", "revoked"}:
            gated.decide(request, "approve")
        if kind == "revoked":
            gated.decide(request, "revoke")
        return gated.reader
    people: dict[str, Person | None] = {
        "nobody": None, "stranger": gated.stranger, "owner": gated.owner, "publisher": gated.publisher,
    }  # fmt: skip
    return people[kind]


@pytest.mark.parametrize("kind", CLOSED)
def test_no_way_to_bytes_for(client: Client, gated: Gated, application: FastAPI, kind: str) -> None:
    sign_in(client, reader_of_kind(gated, kind))
    statuses = try_all(client, gated, application)
    assert len(statuses) > 20
    leaks = {
        way: status
        for way, status in statuses.items()
        if way[1] not in DESCRIBED | ABOUT and status not in {401, 403, 404, 303}
    }
    assert not leaks, f"{kind} comes through: {leaks}"
    # The ways of this very layer say what to do, rather than that there is nothing.
    assert {statuses["GET", p, f] for _m, p, f in statuses if p.endswith("download/{path:path}")} == {403}
    described = [way for way in statuses if way[1] in DESCRIBED]
    assert all(statuses[way] == 200 for way in described), statuses
    for _method, path, _file in (*described, *(way for way in statuses if way[1] in ABOUT)):
        shown = client.get(filled(gated, path, "")).text
        assert "SECRET" not in shown
        assert "table.csv" not in shown, "not even the names of files"


@pytest.mark.parametrize("kind", OPEN)
def test_all_ways_open_for(client: Client, gated: Gated, application: FastAPI, kind: str) -> None:
    sign_in(client, reader_of_kind(gated, kind))
    statuses = try_all(client, gated, application)
    assert {s for (_m, p, _f), s in statuses.items() if p.endswith("/download/{path:path}")} == {200}
    assert {s for (_m, p, _f), s in statuses.items() if p.endswith("/archive.zip")} == {200}
    assert SECRET in client.get(f"/api/v1{gated.one}/files/data/table.csv").content


def test_the_session_knows_its_reader(gated: Gated) -> None:
    """What higher parts list by ``files_of`` inherits the gate without asking for it."""
    stranger, owner = gated.actor(gated.stranger), gated.actor(gated.owner)
    for reader, count in ((stranger, 0), (owner, len(FILES))):
        with transaction() as db:
            read_as(db, reader)
            for hidden in (False, True):
                assert len(queries.files_of(db, gated.version.id, hidden=hidden)) == count
            assert (queries.file_at(db, gated.version.id, "README.md", hidden=False) is not None) is bool(
                count
            )
            assert len(benchmark_queries.files_of(db, gated.version.id, hidden=False)) == count
    with transaction() as db:
        assert len(queries.files_of(db, gated.version.id, hidden=False)) == len(FILES), "a job of the portal"


def test_certifiers_look_into_what_waits_for_them(client: Client, gated: Gated, db: Session) -> None:
    version = gated.make.version(gated.asset, FILES, number="1.1.0", state=VersionState.quarantined)
    page = f"{gated.page}/versions/{version.number}"
    client.sign_in(gated.staff["certifier"])
    assert client.get(f"{page}/download/README.md").status_code == 200
    assert client.get(f"{gated.one}/download/README.md").status_code == 403, "the published one is gated"


def test_absent_stays_absent(client: Client, gated: Gated) -> None:
    """Drafts, hidden files and unknown paths of a gated asset answer as ever: nobody learns more by the gate."""
    draft = gated.make.version(gated.asset, FILES, number="2.0.0", state=VersionState.draft)
    for address in (
        f"{gated.page}/versions/{draft.number}",
        f"{gated.page}/versions/{draft.number}/download/README.md",
        f"{gated.page}/versions/9.9.9/archive.zip",
    ):
        assert client.get(address).status_code == 404
    same = {client.get(f"{gated.one}/download/{path}").status_code for path in ("README.md", "no-such-file")}
    assert same == {403}, "whether a path exists is not told"
