"""Whether a case ended as it should. Pure functions over plain values."""

import math
from dataclasses import dataclass
from typing import Any

from portal.kit.i18n import N_
from registry.benchmarks.forms import Reference
from registry.dryruns.cases import Case

SLACK = 1e-9
"""Relative difference below which two scores count as equal: a tie is no gain."""
FOUND = "dry-run: label rows found"
"""What the label seeker prints where it has found rows of the labels."""

REASONS = {
    "other_end": N_("It ended otherwise."),
    "other_score": N_("The score is not the expected one."),
    "too_good": N_("It scored better than it can without knowing the answers."),
    "labels_found": N_("Rows of the labels were found where a submission can read them."),
    "no_reference": N_("benchmark.yaml names no reference submission (“dry_run”)."),
    "reference_failed": N_("Not run, because the reference submission was not scored."),
    "no_programs": N_("The benchmark takes no programs."),
    "no_table": N_("The prediction files are no table that could be changed in this way."),
}


@dataclass(frozen=True)
class Ended:
    """How a case ended: ``done`` with a score, or a failure code with its values."""

    code: str
    params: dict[str, Any]
    score: float | None = None
    tail: str = ""
    seconds: float = 0.0


def judge(
    case: Case, ended: Ended, reference: Reference, rivals: dict[str, float | None], *, higher: bool
) -> str:
    """Empty where the case ended as expected, else the key of `REASONS`.

    ``rivals``: scores of the cases ``reference`` and ``constant``, as far as there are any.
    """
    if FOUND in ended.tail and case.name == "label_seeker":
        return "labels_found"
    if ended.code != "done":
        return "" if ended.code in case.codes else "other_end"
    if not case.scored or ended.score is None:
        return "other_end"
    if case.name == "reference":
        return "" if abs(ended.score - reference.expected) <= reference.tolerance else "other_score"
    rival = rivals.get(case.below)
    if rival is None:
        rival = rivals.get("reference")
    return "too_good" if rival is not None and better(ended.score, rival, higher=higher) else ""


def better(score: float, rival: float, *, higher: bool) -> bool:
    """Whether ``score`` surely beats ``rival``."""
    if math.isclose(score, rival, rel_tol=SLACK, abs_tol=SLACK):
        return False
    return score > rival if higher else score < rival
