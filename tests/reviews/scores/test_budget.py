"""What the pages of scores, panels and the conclusion ask of the database, whatever the number of rows."""

import pytest

from tests.guards.test_budget import counted
from tests.reviews.panels.conftest import Panel, panel
from tests.reviews.scores.conftest import closed, compute, conflicts
from tests.support.browser import Client

__all__ = ["closed", "conflicts", "panel"]
BUDGET = {"scores": 14, "scores.csv": 14, "panel": 10, "conclusion": 18}
JSON = {"scores": 14, "panel": 10, "conclusion": 14}


@pytest.mark.parametrize("page", sorted(BUDGET))
def test_pages_keep_their_budget(panel: Panel, client: Client, page: str) -> None:
    compute(panel.found)
    panel.begin()
    address = f"/rounds/{panel.found.round.id}/{page}"
    panel.found.enter(client, panel.found.secretary)
    assert client.get(address).status_code == 200
    with counted() as statements:
        assert client.get(address).status_code == 200
    assert len(statements) <= BUDGET[page], statements
    if page in JSON:
        with counted() as statements:
            assert client.get(f"/api/v1{address}").status_code == 200
        assert len(statements) <= JSON[page], statements
    with counted() as statements:
        assert client.get(f"/api/v1{panel.url}/minutes").status_code == 200
    assert len(statements) <= 14, statements
    with counted() as statements:
        assert client.get(panel.url).status_code == 200
    assert len(statements) <= 14, statements
