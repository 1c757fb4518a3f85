"""Asking: forms, what is refused, quotas under one lock, and who sees what."""

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select

from portal.kit.db import transaction
from portal.settings import get_settings
from registry.leases.actions import LeaseLost
from registry.trials import actions, policy, queries
from registry.trials.models import Trial, TrialState
from registry.versions.models import SubmissionKind, VersionState
from tests.guards.test_budget import counted
from tests.support.browser import Client
from tests.trials.studio import PROGRAM, Studio

GOOD = {
    "t-places": "name,lon,lat\nx,1,2\n",
    "p-factor": "1.5",
    "p-count": "2",
    "p-way": "exact",
    "p-words": "=x",
}


def test_the_form_shows_the_interface(client: Client, studio: Studio) -> None:
    version = studio.program()
    url = f"{studio.url(version)}/try"
    nobody = client.get(url)
    assert nobody.status_code == 200
    assert "登录后即可试用" in nobody.text
    assert client.post(url, data={"sample": "1"}).status_code in {303, 401}
    client.sign_in(studio.reader)
    page = client.get(url).text
    for text in (
        'name="p-factor"',
        'name="p-way"',
        'name="i-places"',
        "Try it with the sample",
        "20 trials left",
    ):
        assert text in page
    assert f'href="{url}"' in client.get(studio.url(version)).text
    client.get(url)
    with counted() as statements:
        client.get(url)
    assert len(statements) <= 7, statements


def test_what_is_typed_is_read_and_kept(client: Client, studio: Studio) -> None:
    version = studio.program()
    trial = studio.row(studio.asked(client, version, **GOOD, **{"p-loud": "1"}))
    assert trial.parameters == {"factor": 1.5, "count": 2, "way": "exact", "loud": True, "words": "=x"}
    assert not trial.sampled
    assert trial.state is TrialState.queued
    shown = client.get(f"/trials/{trial.id}").text
    assert "/events" in shown
    assert "您提供的" in shown


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"p-factor": "11"}, "At most 10."),
        ({"p-factor": "nan"}, "Please enter a number."),
        ({"p-count": "1.5"}, "Please enter a number."),
        ({"p-way": "slow"}, "Please choose one of the offered values."),
        ({"t-places": "name,lon\na,1\n"}, "lacks the columns: lat"),
        ({"t-places": "name,lon,lat\na,1\n"}, "Row 1 has 2 cells; there are 3 columns."),
        ({"t-places": "name,lon,lat\n"}, "at least one row"),
        ({"t-places": "x" * 70_000}, "At most 64 KiB"),
    ],
)
def test_bad_input_is_named_and_nothing_is_lost(
    client: Client, studio: Studio, changes: dict[str, str], words: str
) -> None:
    version = studio.program()
    client.sign_in(studio.reader)
    given = {**GOOD, **changes}
    answer = client.post(f"{studio.url(version)}/try", data=given)
    assert answer.status_code == 422
    assert words in answer.text
    assert given["p-factor"] in answer.text
    assert studio.db.exec(select(Trial)).all() == []


def test_one_at_a_time_and_so_many_a_day(
    client: Client, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = studio.program()
    monkeypatch.setattr(get_settings(), "trials_per_day", 2)
    first = studio.asked(client, version)
    url = f"{studio.url(version)}/try"
    second = client.post(url, data={"sample": "1"})
    assert second.status_code == 409
    assert f'href="/trials/{first}"' in second.text
    assert client.post(f"/trials/{first}/cancel").status_code == 303
    assert client.post(f"/trials/{first}/cancel").status_code == 303, "twice is once"
    assert studio.row(first).state is TrialState.cancelled
    client.post(f"/trials/{studio.asked(client, version)}/cancel")
    used_up = client.post(url, data={"sample": "1"})
    assert used_up.status_code == 429
    assert "2 次试用已用完" in used_up.text
    monkeypatch.setattr(policy, "PER_VERSION_A_DAY", 2)
    client.sign_out()
    client.sign_in(studio.make.account("另一人"))
    assert client.post(url, data={"sample": "1"}).status_code == 429


def test_parallel_requests_share_the_last_place(
    client: Client, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    from portal.accounts.sessions import actor_of
    from registry.trials.forms import Given
    from registry.trials.interface import Interface
    from tests.trials.studio import interface

    version = studio.program()
    monkeypatch.setattr(policy, "PER_SITE_A_DAY", 3)
    people = [studio.make.account(f"甲{n}") for n in range(6)]
    ends: list[str] = []

    def ask(person: Any) -> None:
        try:
            with transaction() as db:
                actions.ask(
                    db,
                    actor_of(db, person.id),
                    version_id=version.id,
                    interface=Interface.model_validate(interface()),
                    given=Given(),
                    samples={},
                )
            ends.append("asked")
        except Exception as error:
            ends.append(type(error).__name__)

    threads = [threading.Thread(target=ask, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["TooMany"] * 3 + ["asked"] * 3


def test_what_cannot_be_tried_says_why(client: Client, studio: Studio) -> None:
    client.sign_in(studio.reader)
    plain = studio.make.version(
        studio.make.asset(studio.owner),
        {"cspon.yaml": b"name: p\nruntime: base-py311\ncommand: python main.py\n"},
        submission=SubmissionKind.program,
    )
    reasons = [
        (plain, "describes no interface"),
        (studio.program(state=VersionState.yanked), "This version was withdrawn."),
        (studio.program(executable_format=True), "pickle"),
        (studio.program(outputs=[]), "does not hold"),
    ]
    for version, reason in reasons:
        url = studio.url(version)
        assert reason in client.get(f"{url}/try").text
        assert reason in client.get(url).text
        refused = client.post(f"{url}/try", data={"sample": "1"})
        assert refused.status_code == 409
        assert client.get(f"/api/v1{url}/trials/interface").status_code == 409


def test_nobody_but_the_asker_sees_a_trial(client: Client, studio: Studio) -> None:
    version = studio.program()
    trial_id = studio.asked(client, version, **GOOD)
    ways = ["", "/events", "/outputs/0/file", "/outputs/0/table.csv", "/outputs/1/picture"]
    addresses = [f"/trials/{trial_id}{way}" for way in ways]
    addresses += [f"/api/v1/trials/{trial_id}", f"/api/v1/trials/{trial_id}/outputs/0"]
    people = [studio.owner, studio.make.account("路人")]
    people += [
        studio.make.account(role, roles=(role,))
        for role in ("secretariat", "certifier", "system_admin", "security_admin", "auditor")
    ]
    for person in people:
        client.sign_out()
        client.sign_in(person)
        assert {client.get(address).status_code for address in addresses} == {404}
        assert client.post(f"/trials/{trial_id}/cancel").status_code == 404
        assert client.delete(f"/api/v1/trials/{trial_id}").status_code == 404
    client.sign_out()
    client.sign_in(studio.owner)
    counts = client.get(studio.url(version)).text
    assert "共试用 1 次" in counts
    assert str(trial_id) not in counts
    assert studio.row(trial_id).state is TrialState.queued


def test_the_api_asks_follows_and_cancels(client: Client, studio: Studio) -> None:
    version = studio.program()
    base = f"/api/v1{studio.url(version)}/trials"
    client.sign_in(studio.member)
    told = client.get(f"{base}/interface").json()
    assert [each["name"] for each in told["parameters"]] == ["factor", "count", "way", "loud", "words"]
    assert client.post(base, json={"files": {"places": "***"}}).status_code == 422  # no base64: never holds
    wrong = client.post(base, json={"parameters": {"colour": 1}})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (409, ["p-colour"])  # not with this version
    asked = client.post(base, json={"parameters": {"factor": 1}, "inputs": {"places": GOOD["t-places"]}})
    assert asked.status_code == 202, asked.text
    found = client.get(f"/api/v1/trials/{asked.json()['id']}").json()
    assert found["state"] == "queued"
    assert client.delete(f"/api/v1/trials/{found['id']}").status_code == 204
    assert client.get(f"/api/v1/trials/{found['id']}").json()["state"] == "cancelled"


def test_input_and_answer_are_deleted_counts_stay(client: Client, studio: Studio) -> None:
    version = studio.program()
    trial_id = studio.asked(client, version, **GOOD)
    client.post(f"/trials/{trial_id}/cancel")
    old = studio.row(trial_id)
    old.created_at -= dt.timedelta(hours=get_settings().trials_keep_h + 1)
    studio.db.commit()
    with transaction() as db:
        assert actions.empty(db) == 1
        assert actions.empty(db) == 0
    gone = studio.row(trial_id)
    assert (gone.inputs, gone.parameters, gone.outputs) == ({}, {}, [])
    assert "已删除" in client.get(f"/trials/{trial_id}").text
    gone.emptied_at -= dt.timedelta(hours=policy.KEPT_AFTER_EMPTYING_H + 1)
    studio.db.commit()
    with transaction() as db:
        actions.empty(db)
        assert queries.state_of(db, trial_id) is None
        assert queries.tried(db, version.id, dt.date(2020, 1, 1)).all == 1
        assert queries.trial_data(db, studio.member.id) == []


def test_a_lost_trial_waits_again_and_then_ends(client: Client, studio: Studio) -> None:
    """A worker that is killed mid-way: its lease runs out, another takes over, and the second loss is the end."""
    trial_id = studio.asked(client, studio.program(PROGRAM))
    for state in (TrialState.queued, TrialState.broken):
        with transaction() as db:
            held = actions.claim(db, trial_id=trial_id, worker="w", lease_s=30, grade="strong")
            assert held is not None
        assert studio.row(trial_id).state is TrialState.running
        lost = studio.row(trial_id)
        lost.lease_expires_at -= dt.timedelta(minutes=5)
        studio.db.commit()
        with transaction() as db:
            assert actions.watch(db) == 1
        assert studio.row(trial_id).state is state
        with transaction() as db, pytest.raises(LeaseLost):
            actions.fail(db, held, "time_limit", {}, log_tail="", seconds=0)
    assert "平台" in client.get(f"/trials/{trial_id}").text
    assert actions.topic(uuid.UUID(int=0)).startswith("trial/")


def test_files_on_request_are_tried_by_those_who_have_access(client: Client, studio: Studio) -> None:
    version = studio.program(asset=studio.make.asset(studio.owner, gated=True))
    url = f"{studio.url(version)}/try"
    client.sign_in(studio.reader)
    assert client.get(url).status_code == 403
    assert client.post(url, data={"sample": "1"}).status_code == 403
    assert "given on request" in client.get(studio.url(version)).text
    assert client.post(f"/api/v1{studio.url(version)}/trials", json={}).status_code == 403
    client.sign_out()
    client.sign_in(studio.owner)
    assert client.post(url, data={"sample": "1"}).status_code == 303


def test_a_trial_that_no_job_would_start_is_announced_again(client: Client, studio: Studio) -> None:
    trial_id = studio.asked(client, studio.program(PROGRAM))
    jobs = sa.text("SELECT args->>'trial_id' FROM procrastinate_jobs WHERE task_name = 'trials.run'")
    studio.row(trial_id).updated_at -= dt.timedelta(minutes=1)
    studio.db.commit()
    with transaction() as db:
        assert actions.watch(db) == 0, "its job waits"
        db.execute(sa.text("DELETE FROM procrastinate_jobs"))
        assert actions.watch(db) == 1
        assert db.execute(jobs).scalars().all() == [str(trial_id)]
    with transaction() as db:
        assert actions.watch(db) == 0
