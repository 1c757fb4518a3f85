"""What the pages of the flow, of dry runs and of two boards ask of the database: twelve statements at most."""

import pytest

from tests.authoring.desk import EmptyDesk
from tests.guards.test_budget import counted

MOST = 12


@pytest.mark.parametrize("step", ["", "texts", "metrics", "scorer", "raw/yaml"])
def test_steps_keep_their_budget(desk: EmptyDesk, step: str) -> None:
    desk.get(step)
    with counted() as statements:
        assert desk.get(step).status_code == 200
    assert len(statements) <= MOST, statements


def test_the_page_of_a_dry_run_keeps_its_budget(desk: EmptyDesk) -> None:
    desk.fill()
    assert desk.client.post(f"{desk.url}/dry-run").status_code == 303
    for path in (f"{desk.url}/dry-run", f"/api/v1{desk.url}/dry-run", desk.url):
        desk.client.get(path)
        with counted() as statements:
            assert desk.client.get(path).status_code == 200
        assert len(statements) <= MOST, (path, statements)
