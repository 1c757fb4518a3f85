"""``cspon try`` against the real portal; the trial is run in this process, by the worker's own code."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from portal.accounts.models import Scope
from portal.client import trying
from registry.evaluation.run.place import Place
from registry.trials.models import LIVE, Trial
from tests.client.conftest import Terminal
from tests.evaluation.conftest import backend, place  # noqa: F401 - fixtures
from tests.support.make import Make
from tests.trials.studio import Studio


def test_a_version_is_tried_from_the_terminal(
    cspon: Terminal,
    portal: str,
    token: Callable[..., str],
    db: Session,
    make: Make,
    place: Place,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    studio = Studio(db, make)
    name = studio.url(studio.program()).removeprefix("/assets/").partition("/versions")[0]
    cspon("login", portal, "--token", token(studio.member))

    def work(_seconds: float) -> None:
        studio.db.expire_all()
        for trial in db.exec(select(Trial).where(col(Trial.state).in_(LIVE))).all():
            studio.run(place, trial.id)

    monkeypatch.setattr(trying.time, "sleep", work)
    mine = tmp_path / "mine.csv"
    mine.write_text("name,lon,lat\nx,1,2\n")
    out = tmp_path / "answer"
    found = cspon.json("try", name, "--input", mine, "--param", "factor=3", "--out", out)
    assert found["state"] == "done"
    assert json.loads((out / "summary.json").read_text())["factor"] == 3
    assert "x,-3.0" in (out / "table.csv").read_text()
    assert (out / "picture.png").read_bytes().startswith(b"\x89PNG")
    cspon("try", name, "--param", "factor=11", code=4)
    cspon("try", name, "--input", f"other={mine}", "--param", "factor", code=4)
    cspon("logout")
    cspon("login", portal, "--token", token(studio.member, Scope.read))
    cspon("try", name, code=4)
