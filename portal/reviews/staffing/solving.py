"""The part of a run that needs numerical libraries: texts to affinity, affinity to a problem, a problem to a result.

Runs in a process of its own (``python -m portal.reviews.staffing.solving``): it reads one JSON object on its standard
input and writes one per line on its standard output, of which the last holds ``answer`` or ``refused``. Knows neither
database nor names: submissions, experts and organisations have keys of the run.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from portal.kit.i18n import LOCALES, N_, _, set_locale
from portal.reviews.matching import explaining, lots
from portal.reviews.matching.affinity import Affinity, Profile, affinity
from portal.reviews.matching.assignment import Status, assign
from portal.reviews.matching.checking import check
from portal.reviews.matching.problem import (
    SCALE,
    Pair,
    Problem,
    ProblemError,
    Reviewer,
    Rules,
    Submission,
    fixed_point,
    read_problem,
)
from portal.reviews.matching.replacing import replace

COMPARING = N_("Texts are being compared")
SOLVING = N_("Experts are being assigned")
NO_TIME = N_("The time did not suffice. Start the run again, or with fewer rules.")
BEST, TERMS = 8, 6
Say = Callable[[str], None]
Words = dict[str, str]


def answer(asked: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """``{"answer": …}``, or ``{"refused": words by language}`` where there can be none.

    ``asked``: ``step`` (``seal``, ``draw`` or ``solve``), ``kind``, ``inputs``; for ``draw`` the sealed ``problem`` and
    the ``seed``, for ``seal`` the ``commitment``; ``seconds`` to solve in.
    """
    refused: Words = {}
    for locale in LOCALES:
        set_locale(locale)
        try:
            found = _answer(asked, say)
        except ProblemError as error:
            # What contradicts itself does so in every language: only a refusal is worked out more than once.
            refused[locale] = str(error)
        else:
            return {"answer": found} if found is not None else {"refused": _said(lambda: _(NO_TIME))}
    return {"refused": refused}


def _answer(asked: Mapping[str, Any], say: Say) -> dict[str, Any] | None:
    say(COMPARING)
    inputs = asked["inputs"]
    texts = affinity(
        [_profile(each) for each in inputs["submissions"]], [_profile(each) for each in inputs["experts"]]
    )
    problem = read_problem(asked["problem"]) if asked["step"] == "draw" else _problem(inputs, texts)
    if asked["step"] == "seal":
        seal = lots.seal(asked["commitment"], problem.digest)
        return {"problem": problem.as_json(), "seal": seal, "best": _best(problem, texts, ())}
    say(SOLVING)
    found = _solved(asked, problem)
    if found is None:
        return None
    pairs = found.pop("pairs")
    return {
        **found,
        "problem": problem.as_json(),
        "pairs": _seats(problem, pairs, texts),
        "best": _best(problem, texts, pairs),
        **_short(problem, pairs, inputs),
    }


def _profile(given: Mapping[str, Any]) -> Profile:
    return Profile(given["title"], given["text"], tuple(given["keywords"]), tuple(given["codes"]))


def _problem(inputs: Mapping[str, Any], texts: Affinity) -> Problem:
    submissions, experts = inputs["submissions"], inputs["experts"]
    row = {each["key"]: at for at, each in enumerate(submissions)}
    column = {each["key"]: at for at, each in enumerate(experts)}

    def pairs(name: str) -> frozenset[Pair]:
        return frozenset((row[s], column[e]) for s, e in inputs[name])

    panels = _panels(inputs, texts)
    return Problem(
        submissions=tuple(Submission(each["key"], each["panel"]) for each in submissions),
        reviewers=tuple(
            Reviewer(each["key"], panel, tuple(each["organisations"]), each["senior"], 0, each["most"])
            for each, panel in zip(experts, panels, strict=True)
        ),
        affinity=fixed_point(texts.matrix),
        rules=Rules(**inputs["rules"]),
        conflicts=pairs("conflicts"),
        declined=pairs("declined"),
        fixed=pairs("fixed"),
        soft={(row[s], column[e]): weight for s, e, weight in inputs["soft"]},
    )


def _panels(inputs: Mapping[str, Any], texts: Affinity) -> list[str]:
    """Panels of the experts: who has none is of the one whose submissions fit best."""
    rows: dict[str, list[int]] = {}
    for at, each in enumerate(inputs["submissions"]):
        rows.setdefault(each["panel"], []).append(at)
    names = sorted(rows)
    means = np.array([texts.matrix[rows[name]].mean(axis=0) for name in names])
    return [
        each["panel"] if each["panel"] in rows else names[int(means[:, at].argmax())]
        for at, each in enumerate(inputs["experts"])
    ]


def _solved(asked: Mapping[str, Any], problem: Problem) -> dict[str, Any] | None:
    """Pairs, and what is said about them; None where the time did not suffice."""
    seconds = float(asked["seconds"])
    if asked["step"] == "draw":
        record = lots.draw(problem, asked["seed"], seconds=seconds)
        if record is None:
            return None
        pairs = record.assignment
        status = _status(problem, pairs)
        return {"pairs": pairs, "record": record.as_json(), "kept": record.kept, "status": status}
    if asked["kind"] == "replacement":
        moved = replace(problem, [(s, e) for s, e in asked["inputs"]["before"]], seconds=seconds)
        if moved is None:
            return None
        changes = [
            {
                "submission": each.submission, "before": each.before, "after": each.after, "cause": each.cause.value,
                "words": _said(each.words),
            }
            for each in moved.changes
        ]  # fmt: skip
        status = _status(problem, moved.pairs)
        return {"pairs": frozenset(moved.pairs), "changes": changes, "moved": moved.moved, "status": status}
    outcome = assign(problem, seconds=seconds)
    if outcome.status is Status.STOPPED:
        return None
    return {
        "pairs": frozenset(outcome.pairs), "status": outcome.status.label, "merit": outcome.merit,
        "bound": outcome.bound,
    }  # fmt: skip


def _status(problem: Problem, pairs: Iterable[Pair]) -> str:
    return (Status.SHORT_UNPROVEN if check(problem, pairs) else Status.KEPT).label


def _said(words: Callable[[], str]) -> Words:
    """A sentence in every language of the portal: who reads it is not known here."""
    found = {}
    for locale in LOCALES:
        set_locale(locale)
        found[locale] = words()
    return found


def _why(texts: Affinity, i: int, j: int) -> dict[str, Any]:
    why = texts.explain(i, j, most=TERMS)
    terms = why.terms["words"] or why.terms["bigrams"]
    return {
        "value": round(why.value, 4),
        "neutral": why.neutral,
        "parts": {name: round(value, 4) for name, value in why.parts.items()},
        "terms": [[each.text, round(each.contribution, 4)] for each in terms[:TERMS]],
        "codes": [[each.wanted, each.offered, round(each.value, 2)] for each in why.codes],
        "keywords": [each.wanted for each in why.keywords if each.value],
    }


def _seats(problem: Problem, pairs: Iterable[Pair], texts: Affinity) -> list[dict[str, Any]]:
    return [
        {
            "submission": problem.submissions[i].key, "expert": problem.reviewers[j].key,
            "fixed": (i, j) in problem.fixed, "why": _why(texts, i, j),
        }
        for i, j in sorted(pairs)
    ]  # fmt: skip


def _best(problem: Problem, texts: Affinity, pairs: Iterable[Pair]) -> dict[str, list[dict[str, Any]]]:
    """For every submission the experts that fit best, whether they may or not, with what fits."""
    seated = set(pairs)
    found = {}
    for i, submission in enumerate(problem.submissions):
        order = np.argsort(-problem.affinity[i], kind="stable")[:BEST]
        found[submission.key] = [
            {"expert": problem.reviewers[j].key, "seated": (i, j) in seated, "why": _why(texts, i, j)}
            for j in order.tolist()
        ]
    return found


def _short(problem: Problem, pairs: Iterable[Pair], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Loads, rules that are not kept, what submissions lack and why, and whom to ask for them."""
    seats = frozenset(pairs)
    loads = Counter(problem.reviewers[j].key for _i, j in seats)
    full = [j for j, each in enumerate(inputs["experts"]) if each["full"]]
    outside = explaining.Outside(
        reviewers=tuple(
            Reviewer(problem.reviewers[j].key, "", problem.reviewers[j].organisations, problem.reviewers[j].senior)
            for j in full
        ),
        affinity=problem.affinity[:, full],
        conflicts=frozenset(
            (i, at) for at, j in enumerate(full) for i in range(len(problem.submissions))
            if (i, j) in problem.conflicts | problem.declined
        ),
    )  # fmt: skip
    invite = explaining.invitations(problem, seats, outside)
    return {
        "loads": {each.key: [loads[each.key], each.most] for each in problem.reviewers if loads[each.key]},
        "breaches": [
            {"rule": each.rule.value, "elastic": each.rule.elastic, "words": _said(each.words)}
            for each in check(problem, seats)
        ],
        "lacks": [
            {
                "submission": each.submission, "words": _said(each.words),
                "invite": [
                    {"expert": row.reviewer, "affinity": row.affinity / SCALE, "senior": row.senior}
                    for row in invite.get(each.submission, ())
                ],
            }
            for each in explaining.lacks(problem, seats)
        ],
    }  # fmt: skip


def main() -> None:
    """One question on the standard input, lines on the standard output."""

    def say(stage: str) -> None:
        sys.stdout.write(json.dumps({"stage": stage}) + "\n")
        sys.stdout.flush()

    found = answer(json.load(sys.stdin), say)
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
