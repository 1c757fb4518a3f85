"""The draw by lot: fair in its probabilities, replayed from its seed, and no change of its record goes unseen."""

import copy
import dataclasses
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.cli import main
from portal.kit.i18n import set_locale
from portal.reviews.matching import lots, verifying
from portal.reviews.matching.checking import Rule, check
from portal.reviews.matching.lots import UNIT, Record, commitment_to, draw, read_record, seal
from portal.reviews.matching.model import candidates
from portal.reviews.matching.problem import Pair, Problem, ProblemError, Reviewer, Rules, Submission
from portal.reviews.matching.rounding import Stream, dependent_rounding
from portal.reviews.matching.solving import CLOSE
from portal.reviews.matching.verifying import verify
from tests.reviews.matching.rounds import planted, tiny

SEED, OTHER = "a seed for tests, of enough length", "another seed for tests, long enough"
Form = dict[str, Any]


@pytest.fixture(scope="module")
def record() -> Record:
    found = draw(planted(100, 40), SEED, beacon="0417")
    assert found is not None
    return found


def test_a_draw_keeps_the_rules_and_its_probabilities_the_cap(record: Record) -> None:
    assert check(record.problem, record.assignment) == ()
    assert max(record.probabilities.values()) <= UNIT // 2
    assert Counter(i for i, _j in record.drawn) == dict.fromkeys(range(100), 3)
    seniors = Counter(i for i, j in record.drawn if record.problem.reviewers[j].senior)
    assert min(seniors[i] for i in range(100)) >= 1
    assert record.kept >= 0.9 * len(record.drawn)


def test_the_same_seed_draws_the_same_and_another_seed_another_list(record: Record) -> None:
    again = draw(record.problem, SEED, beacon="0417")
    assert again is not None
    assert again.as_json() == record.as_json()
    other = draw(record.problem, OTHER, beacon="0417")
    assert other is not None
    assert len(other.assignment & record.assignment) < 0.7 * len(record.assignment)
    late = draw(record.problem, SEED, beacon="0418")
    assert late is not None
    assert late.drawn != record.drawn


def test_a_published_record_is_verified(record: Record) -> None:
    form = json.loads(json.dumps(record.as_json()))
    verdict = verify(
        read_record(form),
        commitment=commitment_to(SEED),
        seal=seal(commitment_to(SEED), record.problem.digest),
    )
    assert verdict.ok
    assert len(verdict.steps) == 7


def _shift(form: Form) -> None:
    """Give the first pair with a probability a little of the second's."""
    rows = form["probabilities"]
    rows[0][2] -= 1000
    rows[1][2] += 1000


def _favour(form: Form) -> None:
    """Somebody else sits in the first seat of the final list."""
    i, _j = form["assignment"][0]
    taken = {tuple(pair) for pair in form["assignment"]} | {
        tuple(pair) for pair in form["problem"]["conflicts"]
    }
    form["assignment"][0] = next([i, j] for j in range(40) if (i, j) not in taken)


def _swap_drawn(form: Form) -> None:
    i, _j = form["drawn"][0]
    drawn = {tuple(pair) for pair in form["drawn"]}
    form["drawn"][0] = next([i, j] for j in range(40) if (i, j) not in drawn)


def _poorer(form: Form) -> None:
    """Halves between the worst candidates of a submission: feasible, and not the best."""
    problem = read_record(form).problem
    edges = candidates(problem)
    pairs = sorted(edges.chosen(np.ones(len(edges))), key=lambda pair: int(problem.merit[pair]))
    worst = [pair for pair in pairs if pair[0] == 0][:6]
    rows = [row for row in form["probabilities"] if row[0] != 0]
    form["probabilities"] = sorted([*rows, *([i, j, UNIT // 2] for i, j in worst)])


TAMPERED: dict[str, tuple[Callable[[Form], object], str]] = {
    "seed": (lambda form: form.update(seed=OTHER), "The seed gives the commitment"),
    "short seed": (lambda form: form.update(seed="1"), "A seed has 32 to 256"),
    "commitment": (lambda form: form.update(commitment="00"), "The seed gives the commitment"),
    "seal": (lambda form: form.update(seal="00"), "is not the sealed one"),
    "affinity": (lambda form: form["problem"]["affinity"][0].__setitem__(0, 1), "is not the sealed one"),
    "conflict": (lambda form: form["problem"]["conflicts"].pop(), "is not the sealed one"),
    "rules": (lambda form: form["problem"]["rules"].update(cap_permille=1000), "is not the sealed one"),
    "beacon": (lambda form: form.update(beacon="0000"), "which the"),
    "cap": (lambda form: form["probabilities"][0].__setitem__(2, UNIT), "at most 500000 are allowed"),
    "sum": (_shift, "millionths; at most"),
    "probabilities": (_poorer, "are not the best"),
    "drawn": (_swap_drawn, "which the"),
    "list": (_favour, "e0"),
    "short list": (lambda form: form["assignment"].pop(), "it differs at"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_no_change_of_a_record_goes_unseen(record: Record, what: str) -> None:
    set_locale("en")
    form = copy.deepcopy(record.as_json())
    change, words = TAMPERED[what]
    change(form)
    verdict = verify(read_record(form))
    assert not verdict.ok
    assert words in verdict.steps[-1].words
    assert all(step.ok for step in verdict.steps[:-1])


def test_a_record_made_with_another_seed_fails_what_was_published(record: Record) -> None:
    assert not verify(record, commitment=commitment_to(OTHER)).ok
    assert not verify(record, seal=seal(commitment_to(OTHER), record.problem.digest)).ok


def test_the_repair_of_another_solver_may_differ_where_it_is_as_good(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "SMALL", 0)  # so that this round counts as a large one
    model = lots.build(record.problem, candidates(record.problem))
    aim = lots.repair_aim(model, record.drawn, record.seed, record.beacon)
    gain = dict(zip(zip(model.edges.i.tolist(), model.edges.j.tolist(), strict=True), aim.gain, strict=True))
    lists = [
        (gain[old] - gain[new], record.assignment - {old} | {new})
        for old in sorted(record.assignment - record.drawn)
        for new in gain
        if new[0] == old[0] and new not in record.assignment
    ]
    kept = sorted((loss, sorted(pairs)) for loss, pairs in lists if not check(record.problem, pairs))
    near, far = kept[0], kept[-1]
    assert 0 < near[0] < CLOSE * record.problem.seats < far[0]
    foreign = dataclasses.replace(record, made_with="another solver", assignment=frozenset(near[1]))
    assert verify(foreign).ok
    assert "another solver" in verify(foreign).steps[-1].words
    assert not verify(dataclasses.replace(foreign, made_with=record.made_with)).ok
    assert not verify(dataclasses.replace(foreign, assignment=frozenset(far[1]))).ok


@settings(max_examples=10, deadline=None)
@given(tiny(), st.text("ab", min_size=32, max_size=32))
def test_draws_of_tiny_rounds_keep_hard_rules_and_verify(problem: Problem, seed: str) -> None:
    found = draw(problem, seed)
    assert found is not None
    assert all(breach.rule.elastic for breach in check(problem, found.assignment))
    verdict = verify(read_record(found.as_json()))
    assert verdict.ok, verdict.steps[-1].words


def _network() -> tuple[Problem, dict[Pair, int]]:
    people = tuple(Reviewer(f"e{j}", organisations=(f"u{j // 2}",), senior=j < 3, most=3) for j in range(6))
    rules = Rules(reviews=2, crossing_percent=0)
    problem = Problem(tuple(Submission(f"s{i}") for i in range(4)), people, np.zeros((4, 6)), rules)  # type: ignore[arg-type]
    rows = [(300, 200, 500, 400, 350, 250), (500, 500, 0, 500, 0, 500), (100, 700, 200, 333, 333, 334)]
    units = {(i, j): rows[i % 3][j] for i in range(4) for j in range(6) if rows[i % 3][j]}
    return problem, units


def test_every_pair_is_drawn_as_often_as_its_probability_says() -> None:
    problem, units = _network()
    seen: Counter[Pair] = Counter()
    n = 800
    for number in range(n):
        drawn = dependent_rounding(problem, units, 1000, Stream(number.to_bytes(8, "big")))
        seen.update(drawn)
        for i in range(4):
            team = [problem.reviewers[j] for at, j in drawn if at == i]
            assert len(team) == 2
            assert sum(person.senior for person in team) == 1
            assert len({(person.senior, person.organisations) for person in team}) == 2
        assert max(Counter(j for _i, j in drawn).values()) <= 3
    for pair, amount in units.items():
        p = amount / 1000
        assert seen[pair] / n == pytest.approx(p, abs=5 * (p * (1 - p) / n) ** 0.5)


def test_chance_and_commitment_are_the_documented_ones() -> None:
    """Values computed from the description in ADR 0036 alone, by another program (sha256sum)."""
    assert commitment_to("0" * 32) == "e1b1af52419edf3ed1d01cbe9ccdbf8a167b6cf171471e591d48d0815c68ef5f"
    stream = Stream(b"key")
    assert [stream.below(1000) for _n in range(3)] == [10, 560, 713]


@pytest.mark.parametrize("seed", ["", "x" * 31, "x" * 257, "种" * 40, "a" * 40 + "\n"])
def test_a_seed_that_could_be_guessed_or_misread_is_refused(seed: str) -> None:
    with pytest.raises(ProblemError):
        draw(planted(4, 4), seed)


def test_probabilities_in_units_add_up_for_every_submission() -> None:
    model = lots.build(planted(10, 8), candidates(planted(10, 8)))
    thirds = np.full(model.width, 0.0)
    for i in range(10):
        at = np.flatnonzero(model.edges.i == i)[:7]
        thirds[at] = 3 / len(at)
    units = lots.in_units(model, thirds)
    assert Counter(
        {i: sum(u for (at, _j), u in units.items() if at == i) for i in range(10)}
    ) == dict.fromkeys(range(10), 3 * UNIT)


def _run(path: Path, *arguments: str, lang: str = "C.UTF-8") -> tuple[int, str]:
    result = CliRunner(env={"LANGUAGE": "", "LC_ALL": lang}).invoke(
        main, ["draw", "verify", str(path), *arguments]
    )
    return result.exit_code, result.output


def test_the_command_says_what_it_checked(record: Record, tmp_path: Path) -> None:
    path = tmp_path / "draw.json"
    path.write_text(json.dumps(record.as_json()))
    code, said = _run(path, "--commitment", commitment_to(SEED).upper())
    assert code == 0
    assert said.count("✓") == 7
    assert "Compare the beacon with its source: 0417" in said
    assert "The draw is what its record claims." in said
    code, said = _run(path, "--commitment", commitment_to(OTHER), lang="zh_CN.UTF-8")
    assert code == 1
    assert "抽取结果与记录不一致" in said


@pytest.mark.parametrize(
    "junk", [b"", b"[]", b"\xff\xfe", b"[" * 100_000, b'{"format":"cspon-draw-1","unit":1000000}']
)
def test_the_command_refuses_what_is_no_record(junk: bytes, tmp_path: Path) -> None:
    path = tmp_path / "draw.json"
    path.write_bytes(junk)
    code, said = _run(path)
    assert code == 2
    assert "Traceback" not in said
    assert str(path) in said
    assert _run(tmp_path / "none.json")[0] == 2


def test_hard_rules_hold_where_experts_are_too_few_for_the_cap() -> None:
    problem = dataclasses.replace(planted(12, 5), rules=Rules(reviews=3, crossing_percent=0))
    found = draw(problem, SEED)
    assert found is not None
    assert all(breach.rule.elastic for breach in check(problem, found.assignment))
    assert Rule.SEATS in {breach.rule for breach in check(problem, found.drawn)}
