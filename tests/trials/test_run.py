"""Whole trials in real jails, by the worker's own code."""

from registry.evaluation.run.place import Place
from registry.trials.models import TrialState
from tests.support.browser import Client
from tests.trials.studio import Studio


def test_one_press_gives_table_picture_map_and_text(client: Client, studio: Studio, place: Place) -> None:
    version = studio.program()
    trial_id = studio.asked(client, version)
    trial = studio.run(place, trial_id)
    assert trial.state is TrialState.done, (trial.failure_code, trial.failure_params, trial.log_tail)
    assert [entry["state"] for entry in trial.outputs] == ["ready"] * 4
    page = client.get(f"/trials/{trial_id}")
    assert page.status_code == 200
    assert "<svg" in page.text
    assert "-232" in page.text
    assert client.get(f"/trials/{trial_id}/outputs/1/picture").content.startswith(b"\x89PNG")
    table = client.get(f"/trials/{trial_id}/outputs/0/table.csv").text
    assert "'=1+1" in table
    assert ",-232.0," in table
    raw = client.get(f"/trials/{trial_id}/outputs/0/file")
    assert raw.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in raw.headers["content-security-policy"]
