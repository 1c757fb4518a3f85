"""What the end of a jail means for the evaluation."""

import signal

from portal.kit.i18n import N_
from registry.benchmarks.forms import RunLimits
from registry.evaluation.failures import clean
from registry.evaluation.run.faults import RunFailed
from registry.evaluation.run.plan import SUBMISSION_FAULT
from registry.sandbox.backend import JailEnd, JailOutcome
from registry.sandbox.denials import MOST_RECORDS

SIGNALLED = 128
HELD_BACK = N_("(the benchmark's owner does not show what programs print)")


def last_line(tail: bytes) -> str:
    """The last line that says something of what a program printed, in printable characters."""
    lines = [line for line in tail.decode("utf-8", "replace").splitlines() if line.strip()]
    return clean(lines[-1]) if lines else "—"


def check_predict(
    outcome: JailOutcome, limits: RunLimits, tail: bytes, *, model: bool, logs_visible: bool
) -> None:
    """Raise `RunFailed` unless the predict jail ended well; all ends but the platform's own are the submission's.

    Without ``logs_visible`` not even the last line is told: 300 characters a try would carry the inputs away.
    """
    codes: dict[JailEnd, tuple[str, dict[str, object]]] = {
        JailEnd.TIMEOUT: ("time_limit", {"time_s": f"{limits.time_s:g}"}),
        JailEnd.OUT_OF_MEMORY: ("memory_limit", {"memory_mb": limits.memory_mb}),
        JailEnd.LOG_OVERFLOW: ("log_limit", {"log_kb": limits.log_kb}),
        JailEnd.OUTPUT_OVERFLOW: (
            "output_limit",
            {"output_mb": limits.output_mb, "output_files": limits.output_files},
        ),
        JailEnd.DENIED_OVERFLOW: ("denied_limit", {"most": MOST_RECORDS}),
    }
    if outcome.end in codes:
        code, params = codes[outcome.end]
        raise RunFailed(code, **params)
    if outcome.end is JailEnd.FAILED and last_line(tail).startswith("MemoryError"):
        # Without a memory control group the limit is one of address space, and Python says so itself.
        raise RunFailed("memory_limit", memory_mb=limits.memory_mb)
    if outcome.end is JailEnd.FAILED:
        last = last_line(tail) if logs_visible else {"message": HELD_BACK, "values": {}}
        raise _failed(outcome, last, model=model)
    if not outcome.ok:
        raise RunFailed("sandbox_fault", reason=_reason(outcome))


def _failed(outcome: JailOutcome, last: object, *, model: bool) -> RunFailed:
    code = outcome.exit_code if outcome.exit_code is not None else -1
    seconds = f"{outcome.wall_s:.1f}"
    if model and code == SUBMISSION_FAULT:
        return RunFailed("model_refused", last=last)
    if SIGNALLED < code < SIGNALLED + 65:
        return RunFailed("signalled", signal=_signal_name(code - SIGNALLED), seconds=seconds)
    return RunFailed("command_failed", exit_code=code, seconds=seconds, last=last)


def check_score(outcome: JailOutcome, tail: bytes) -> None:
    """Raise `RunFailed` unless the scorer ended well: exit code 3 refuses the predictions, all else is its fault."""
    if outcome.end is JailEnd.FAILED and outcome.exit_code == SUBMISSION_FAULT:
        raise RunFailed("predictions_refused", reason=last_line(tail))
    if outcome.end is JailEnd.PLATFORM_FAULT:
        raise RunFailed("sandbox_fault", reason=_reason(outcome))
    if not outcome.ok:
        raise RunFailed("scorer_failed", reason=_reason(outcome))


def _reason(outcome: JailOutcome) -> dict[str, object]:
    return {
        "message": outcome.message,
        "values": {name: str(value) for name, value in outcome.values.items()},
    }


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
