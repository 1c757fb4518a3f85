"""A dry run in the reader's words, for pages and for the API."""

from collections.abc import Sequence
from typing import Any

from portal.kit.i18n import _
from registry.benchmarks.forms import Reference
from registry.dryruns import cases
from registry.dryruns.cases import CASES, Case
from registry.dryruns.models import CaseState, DryRunCase
from registry.dryruns.verdicts import REASONS
from registry.evaluation.failures import FAILURES, words


def line(row: DryRunCase, reference: Reference | None) -> dict[str, Any]:
    """One case: what was tried, what is expected, what happened, why that is wrong, and what to do."""
    case = CASES[row.name]
    over = row.state in {CaseState.passed, CaseState.failed}
    failed = row.state is CaseState.failed
    return {
        "name": row.name,
        "title": _(case.title),
        "why": _(case.why),
        "state": row.state,
        "expected": expectation(case, reference),
        "got": outcome(row) if over else "",
        "code": row.got,
        "score": row.score,
        "reason": _(REASONS[row.reason]) if row.reason in REASONS else "",
        "detail": words(row.got, row.params).text if over and row.got in FAILURES else "",
        "advice": _(case.advice) if failed else "",
        "log_tail": row.log_tail if any(_says(text) for text in row.log_tail.splitlines()) else "",
        "seconds": row.seconds,
    }


def _says(text: str) -> bool:
    """Whether a line of the log is more than the mark of a phase."""
    return bool(text.strip()) and not (text.startswith("-- ") and text.endswith(" --"))


def outcome(row: DryRunCase) -> str:
    """How a case ended, in a few words."""
    if row.got == "done":
        return _("scored")
    return words(row.got, row.params).title if row.got else ""


def expectation(case: Case, reference: Reference | None) -> str:
    """What a case must end in, in a few words."""
    if case.name == "reference":
        if reference is None:
            return _("scored")
        return _("scored %(value)s ± %(tolerance)s") % {
            "value": f"{reference.expected:g}",
            "tolerance": f"{reference.tolerance:g}",
        }
    ends = [_(FAILURES[code].title) for code in sorted(case.codes)]
    if case.scored and case.below == "constant":
        ends.append(_("scored no better than one value for all"))
    elif case.scored:
        ends.append(_("scored no better than the reference"))
    return _(" or ").join(ends)


def counts(rows: Sequence[DryRunCase]) -> dict[str, int]:
    """How many cases are over, how many are as expected, how many are not, how many do not apply."""
    return {
        "all": len(rows),
        "over": sum(row.state not in {CaseState.waiting, CaseState.running} for row in rows),
        **{state.value: sum(row.state is state for row in rows) for state in CaseState},
    }


def caps() -> str:
    """In which bounds the cases run, so that a dry run ends soon."""
    return _(
        "Programs that misbehave on purpose get at most %(time)s s (%(busy)s s where another limit must end them), "
        "%(memory)s MB of memory, %(output)s MB of output and %(log)s kB of log; every other jail at most "
        "%(patient)s s. Lower limits of the benchmark hold.",
        time=cases.PROGRAM_TIME_S,
        busy=cases.BUSY_TIME_S,
        memory=cases.PROGRAM_MEMORY_MB,
        output=cases.PROGRAM_OUTPUT_MB,
        log=cases.PROGRAM_LOG_KB,
        patient=cases.PATIENT_TIME_S,
    )
