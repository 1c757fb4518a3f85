"""No request, job, command or other place in the source moves a promotion past a gate."""

import ast
import re
import uuid
from functools import lru_cache

from fastapi import FastAPI

from portal.kit.db import transaction
from registry.promotion.actions import moving
from registry.promotion.models import TRACK, Stage
from tests.guards.test_application import _routes
from tests.promotion.conftest import REASON, UNMET, Desk
from tests.support.browser import Client
from tests.support.doors import bearer
from tests.support.make import Make, Person
from tests.support.tree import ROOT

ALL_SHUT = {stage.value: [UNMET | {"code": f"g_{stage.value}"}] for stage in TRACK}


def _all_over(make: Make) -> Person:
    """Somebody who holds every role one person can hold at once, and has no part in it."""
    return make.account(
        "多面手",
        roles=(
            "secretariat",
            "promotion_committee",
            "certifier",
            "node_operator",
            "reviewer",
            "system_admin",
        ),
    )


BODY = {
    "reason": REASON, "choice": "for", "vote": "for", "decision": "accept", "verb": "advance", "text": REASON,
    "stage": "national", "state": "national", "override": "1", "gates": "[]", "force": "1", "met": "1",
}  # fmt: skip
LEAVE_OUT = re.compile(
    r"^/(sign-|second-factor|confirm|settings/|language|register|password|reset|setup)|/csp"
)


def _filled(path: str, key: uuid.UUID, desk: Desk, verb: str) -> str:
    space = desk.version_path.split("/")
    known = {
        "ns": space[2],
        "name": space[3],
        "number": "1.0.0",
        "verb": verb,
        "code": "base",
        "slug": space[2],
    }
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: known.get(found.group(1), str(key)), path)


def test_no_request_goes_round_a_gate(desk: Desk, application: FastAPI, client: Client) -> None:
    """Every route that changes anything, with the promotion's id in its address and every stage as a wish."""
    key = desk.nominate()
    desk.rules(key, ALL_SHUT)
    person = _all_over(desk.make)
    client.sign_in(person)
    headers = bearer(person) | {"Accept": "application/json"}
    routes = [
        (method, route.path)
        for route in _routes(application)
        for method in sorted((route.methods or set()) - {"GET", "HEAD", "OPTIONS"})
        if not LEAVE_OUT.search(route.path)
    ]
    assert len(routes) > 150
    verbs = ("advance", "vote", "suspend", "roll-back", "retire", "withdraw", "announce", "take", "grant")
    tried = 0
    for stage in (Stage.pilot, Stage.suspended):
        target = Stage.pilot if stage is Stage.suspended else TRACK[TRACK.index(stage) + 1]
        for method, path in routes:
            for verb in verbs if "{verb}" in path else ("",):
                desk.put(key, stage, "pilot" if stage is Stage.suspended else "")
                where = _filled(path, key, desk, verb)
                body = BODY | {"target": target.value}
                if path.startswith("/api/"):
                    client.request(method, where, json=body, headers=headers)
                else:
                    client.request(method, where, data=body)
                tried += 1
                after = desk.stage(key)
                assert after is stage or after in (Stage.suspended, Stage.rolled_back, Stage.withdrawn), where
        if client.get("/notices").status_code != 200:
            client.sign_in(person)
    assert tried > 300
    # The same request moves it where the gates let it: the walk did knock at the door.
    desk.rules(key, {})
    desk.put(key, Stage.reviewed)
    assert client.get("/notices").status_code == 200, "still signed in"
    moved = client.post(f"/promotions/{key}/advance", data=BODY | {"target": "pilot"})
    assert (moved.status_code, desk.stage(key)) == (303, Stage.pilot)


def test_no_job_and_no_clock_goes_round_a_gate(desk: Desk) -> None:
    key = desk.nominate()
    desk.rules(key, ALL_SHUT)
    for stage in (*TRACK, Stage.suspended):
        for late in (False, True):
            desk.put(key, stage, "pilot" if stage is Stage.suspended else "")
            if late:
                desk.late(key)
            with transaction() as db:
                moving.watch(db)
            after = desk.stage(key)
            assert after is stage or after not in TRACK


@lru_cache(maxsize=1)
def _sources() -> dict[str, ast.Module]:
    """Every module that says the word at all."""
    found = {}
    for folder in ("portal", "registry", "competitions", "standards", "scripts", "bench"):
        for path in (ROOT / folder).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "romotion" in source:
                found[str(path.relative_to(ROOT))] = ast.parse(source)
    return found


def test_one_place_writes_the_stage_and_one_enters_it() -> None:
    """In the source: only ``common.move`` sets a promotion's stage, only ``moving`` and ``nominating`` call it, only
    ``nominate`` makes one (without saying a stage), and no SQL changes the table."""
    writers, movers, makers, sql = set(), set(), set(), set()
    for path, source in _sources().items():
        for node in ast.walk(source):
            if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = {
                    each.value.id
                    for target in targets
                    for each in ast.walk(target)
                    if isinstance(each, ast.Attribute)
                    and each.attr == "stage"
                    and isinstance(each.value, ast.Name)
                }
                if names & {"promotion", "row", "made", "live", "found"} and "staffing" not in path:
                    writers.add(path)
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if path.startswith("registry/promotion") and called in ("common.move", "move"):
                    movers.add(path)
                if called == "Promotion":
                    makers.add(path)
                    assert "stage" not in {word.arg for word in node.keywords}
                if called in ("update", "delete") and node.args and ast.unparse(node.args[0]) == "Promotion":
                    sql.add(path)
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.search(r"(update|into|table)\s+promotion\b", node.value, re.IGNORECASE)
            ):
                sql.add(path)
    assert writers == {"registry/promotion/actions/common.py"}
    assert movers == {"registry/promotion/actions/moving.py", "registry/promotion/actions/nominating.py"}
    assert makers == {"registry/promotion/actions/nominating.py"}
    assert sql == set()


def test_commands_know_no_verb_of_promotion() -> None:
    """The demo goes through ``advance`` like anybody; no other command, admin page or client imports the verbs."""
    users = {
        path
        for path, source in _sources().items()
        for node in ast.walk(source)
        if isinstance(node, ast.ImportFrom | ast.Import)
        and any(
            name.startswith("registry.promotion.actions")
            for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        )
        and not path.startswith("registry/promotion/")
    }
    assert users <= {"portal/demo/promotions.py"} | {p for p in users if p.startswith("registry/rollout/")}
    demo = (ROOT / "portal/demo/promotions.py").read_text(encoding="utf-8")
    assert "common.move" not in demo
    assert "PromotionStep" not in demo
