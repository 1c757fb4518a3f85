"""Whole dry runs in real jails, by the worker's own code."""

from sqlmodel import select

from registry.dryruns.models import DryRunState
from registry.evaluation.models import Evaluation, Result
from registry.evaluation.run.place import Place
from registry.versions.digests import rehearsed
from registry.versions.models import Version
from registry.versions.queries import stored_files
from tests.dryruns.drafts import Desk


def test_a_sound_benchmark_passes_and_may_be_published(desk: Desk, place: Place) -> None:
    run, cases = desk.tried(place)
    ends = {name: (row.state.value, row.got, row.reason) for name, row in cases.items()}
    refused = ("empty_file", "garbage", "broken", "wrong_ids", "not_a_number", "missing_rows", "extra_rows")
    expected = {
        "reference": ("passed", "done", ""),
        "constant": ("passed", "done", ""),
        "no_file": ("passed", "predictions_missing", ""),
        **dict.fromkeys(refused, ("passed", "predictions_refused", "")),
        "repeated_rows": ("passed", "done", ""),
        "slow": ("passed", "time_limit", ""),
        "hungry": ("passed", "memory_limit", ""),
        "flood": ("passed", "output_limit", ""),
        "chatter": ("passed", "log_limit", ""),
        "label_seeker": ("passed", "done", ""),
    }
    assert ends == expected, [(row.name, row.params, row.log_tail[-300:]) for row in cases.values()]
    assert cases["reference"].score == 1.0
    assert cases["label_seeker"].score == cases["constant"].score
    assert "looked for 12 rows of the labels" in cases["label_seeker"].log_tail
    assert run.state is DryRunState.passed
    version = desk.db.get_one(Version, desk.version.id)
    files = [(row.path, row.sha256) for row in stored_files(desk.db, version.id)]
    assert version.rehearsed_digest == rehearsed(files)
    assert desk.db.exec(select(Evaluation)).all() == []
    assert desk.db.exec(select(Result)).all() == []
