"""The conformance suite: strangers' programs that mean harm, each ending contained and in a clear state."""

import os
import stat
from pathlib import Path

import pytest

from registry.sandbox.backend import JailEnd, SandboxBackend
from registry.sandbox.collector import read_file
from registry.sandbox.errors import ScoresRefused
from registry.sandbox.runtimes import Runtime
from registry.sandbox.strict_json import read_scores
from tests.sandbox.attack_table import ATTACKS, FORGERIES, SMALL, Attack
from tests.sandbox.conformance import ATTACKS as PROGRAMS
from tests.sandbox.conformance import Run, Victim, own_slot, run, spec_for, traces_of

SLOT = own_slot(41)


@pytest.fixture(autouse=True)
def nothing_left(work: Path, victim: Victim):
    """After each attack: no process, cgroup or mount; the host untouched; no door knocked at."""
    before = traces_of(SLOT, work)
    yield
    assert traces_of(SLOT, work) == before
    assert victim.secret.read_text() == victim.mark
    assert victim.hits == []


def check_log(attack: Attack, found: Run, victim: Victim, *, strong: bool) -> None:
    assert victim.mark not in found.log
    if strong or not attack.strong_only_log:
        assert "ESCAPED" not in found.log
        assert attack.log in found.log


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_ends_contained(
    attack: Attack, backend: SandboxBackend, runtime: Runtime, victim: Victim, target: Path, tmp_path: Path
) -> None:
    spec = spec_for(runtime, target, attack.program, *attack.arguments, limits=attack.limits)
    found = run(backend, spec, SLOT, collect_to=tmp_path / "collected")
    strong = backend.grade == "strong"
    allowed = {attack.end} if strong or not attack.weak else attack.weak
    assert found.outcome.end in allowed, found.log[-2000:]
    check_log(attack, found, victim, strong=strong)
    # Where another user owns the output, closed folders are open to root; where we are that user, they are not.
    if attack.program == "output_closed" and not strong:
        assert "plain files only" in found.refusal
    elif attack.refusal:
        assert attack.refusal in found.refusal
    elif found.outcome.end is JailEnd.OK:
        assert found.refusal == ""


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_file_of_scores_is_refused(
    kind: str, backend: SandboxBackend, runtime: Runtime, target: Path
) -> None:
    said = {}

    def read(output: Path) -> None:
        try:
            read_scores(read_file(output, "scores.json", 1 << 20), ["f1"])
        except ScoresRefused as refusal:
            said["why"] = str(refusal)

    spec = spec_for(runtime, target, "forge_scores", kind, limits=SMALL)
    found = run(backend, spec, SLOT, read=read)
    assert found.outcome.ok, found.log
    assert FORGERIES[kind] in (found.refusal or said["why"])


def test_an_archive_in_the_output_is_only_carried(
    backend: SandboxBackend, runtime: Runtime, target: Path, tmp_path: Path
) -> None:
    spec = spec_for(runtime, target, "output_zip", limits=SMALL)
    found = run(backend, spec, SLOT, collect_to=tmp_path / "collected")
    assert [each.path for each in found.collected or []] == ["predictions.csv", "predictions.zip"]
    assert not Path("/tmp/cspon-climbed").exists()
    assert not Path("/etc/cron.d/cspon-climbed").exists()


def test_modes_of_the_output_are_not_kept(
    backend: SandboxBackend, runtime: Runtime, target: Path, tmp_path: Path
) -> None:
    attack = next(each for each in ATTACKS if each.program == "output_setuid")
    spec = spec_for(runtime, target, attack.program, limits=attack.limits)
    run(backend, spec, SLOT, collect_to=tmp_path / "collected")
    copy = tmp_path / "collected" / "python"
    assert copy.stat().st_uid == os.geteuid()
    assert not copy.stat().st_mode & (stat.S_ISUID | stat.S_ISGID | stat.S_IXUSR)


def test_every_program_is_in_the_table() -> None:
    programs = {path.stem for path in PROGRAMS.glob("*.py")} - {"tools", "forge_scores"}
    assert programs == {attack.program for attack in ATTACKS}
    assert len(programs) >= 30


def test_the_doors_were_open(victim: Victim) -> None:
    """The attackers found nobody because of the jail, not because nobody was at home."""
    victim.knock()
    while not victim.hits:
        pass
    victim.hits.clear()
