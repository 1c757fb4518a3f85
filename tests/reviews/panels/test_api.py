"""Panels by JSON: agenda and attendance for members, minutes without what the reader was out for, nobody's vote."""

from portal.reviews.panels import actions
from portal.reviews.panels.models import Choice
from tests.reviews.panels.conftest import Panel
from tests.support.browser import Client


def test_agenda_attendance_and_minutes_for_members_alone(panel: Panel, client: Client) -> None:
    at = f"/api/v1{panel.url}"
    panel.conflicts.add(panel.voters[4].id, panel.items[0].submission_id)
    panel.begin(0, 1, 2, 3)
    motion = panel.move(0)
    for voter, choice in enumerate((Choice.yes, Choice.yes, Choice.no)):
        panel.vote(motion, voter, choice)
    enter = panel.found.enter
    live = enter(client, panel.voters[0]).get(at).json()
    (ballot,) = live["agenda"][0]["ballots"]
    assert (ballot["cast"], ballot["yes"], ballot["no"], ballot["state"]) == (3, 0, 0, "open")
    assert live["present"]
    assert [one["role"] for one in live["members"]].count("member") == 4
    panel.do(actions.close_ballot, panel.secretary, motion_id=motion.id)
    panel.do(actions.finish, panel.secretary, item_id=panel.items[0].id)
    panel.do(actions.write_item, panel.secretary, item_id=panel.items[0].id, text="讨论了数据来源。")
    done = enter(client, panel.voters[1]).get(f"{at}/minutes").json()
    (ballot,) = done["items"][0]["ballots"]
    assert (ballot["yes"], ballot["no"], ballot["state"]) == (2, 1, "carried")
    assert done["items"][0]["text"] == "讨论了数据来源。"
    assert done["hidden"] == 0
    assert done["digest"] == ""
    out = enter(client, panel.voters[4])
    assert out.get(at).json()["agenda"][0] == {
        "submission": None, "title": "", "state": "", "outcome": "", "ballots": [],
    }  # fmt: skip
    minutes = out.get(f"{at}/minutes")
    assert minutes.json()["hidden"] == 1
    assert "讨论了数据来源" not in minutes.text
    assert [one["id"] for one in out.get(at.rpartition("/")[0]).json()["items"]] == [str(panel.session.id)]
    for person in (panel.found.experts[0], panel.found.applicants[0]):
        for address in (at, f"{at}/minutes", at.rpartition("/")[0]):
            assert enter(client, person).get(address).status_code == 404
    assert enter(client, None).get(at).status_code == 401


def test_nobody_s_vote_of_an_open_ballot_is_told(panel: Panel, client: Client) -> None:
    row = panel.fresh(panel.found.round)
    row.shape = {**row.shape, "panel": {**row.shape.get("panel", {}), "secret": False}}
    panel.found.db.add(row)
    panel.found.db.commit()
    panel.begin()
    motion = panel.move(0, open_ballot=True)
    for voter in range(5):
        panel.vote(motion, voter, Choice.no if voter == 3 else Choice.yes)
    panel.do(actions.finish, panel.secretary, item_id=panel.items[0].id)
    said = panel.found.enter(client, panel.voters[0]).get(f"/api/v1{panel.url}/minutes").json()
    (ballot,) = said["items"][0]["ballots"]
    assert (ballot["secret"], ballot["yes"], ballot["no"]) == (False, 4, 1)
    assert set(ballot) == {
        "number", "outcome", "secret", "state", "reason", "able", "cast", "yes", "no", "abstain",
    }  # fmt: skip
    assert "votes" not in str(said)
