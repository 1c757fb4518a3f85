"""Tells from the traces how a jail ended: the exit code alone cannot (137 is out of memory and out of
time)."""

import re
import signal
from dataclasses import dataclass

from portal.kit.i18n import N_
from registry.sandbox.backend import MIB, JailEnd, Limits
from registry.sandbox.denials import MOST_RECORDS

_SIGNALLED = 128
_XCPU, _XFSZ, _SYS, _KILL = (
    _SIGNALLED + s for s in (signal.SIGXCPU, signal.SIGXFSZ, signal.SIGSYS, signal.SIGKILL)
)
_LAUNCH_FAILED = 255
# nsjail marks errors and fatal errors; `nsjail.NsjailBackend` writes in the same manner before it becomes nsjail.
_ERROR = re.compile(r"^\[[EF]\]", re.MULTILINE)
_NOT_EXECUTED = "execve('"


@dataclass(frozen=True)
class Traces:
    """What was seen of a jail that has ended."""

    cut: JailEnd | None  # why we ended it ourselves
    exit_code: int | None  # of the program, or 128 + signal; negative: the supervisor itself was killed
    oom_kills: int
    wall_s: float
    cpu_s: float
    cpu_limit_s: float
    output_full: bool
    supervisor_log: str


def judge(seen: Traces, limits: Limits) -> JailEnd:
    """The one end that explains the traces; a platform fault only if no act of the program does."""
    code = seen.exit_code if seen.exit_code is not None else 0
    if seen.cut is JailEnd.CANCELLED:
        return JailEnd.CANCELLED
    if seen.oom_kills:
        return JailEnd.OUT_OF_MEMORY
    if seen.cut is not None:
        return seen.cut
    if code < 0 or (code == _LAUNCH_FAILED and _is_platforms(seen.supervisor_log)):
        return JailEnd.PLATFORM_FAULT
    if seen.output_full or code == _XFSZ:
        return JailEnd.OUTPUT_OVERFLOW
    out_of_time = seen.wall_s >= limits.wall_s or seen.cpu_s >= seen.cpu_limit_s
    if code == _XCPU or (code == _KILL and out_of_time):
        return JailEnd.TIMEOUT
    return JailEnd.OK if code == 0 else JailEnd.FAILED


def _is_platforms(log: str) -> bool:
    """Whether the jail itself could not be made; a command that is not there is the submission's matter."""
    return _ERROR.search(log) is not None and _NOT_EXECUTED not in log


_WORDS = {
    JailEnd.OK: N_("The program ended normally."),
    JailEnd.FAILED: N_("The program ended with exit code %(exit_code)s. Its log says why."),
    JailEnd.TIMEOUT: N_("The program was still running after the limit of %(wall_s)s s and was stopped."),
    JailEnd.OUT_OF_MEMORY: N_(
        "The program needed more than the limit of %(memory_mb)s MB of memory and was stopped."
    ),
    JailEnd.LOG_OVERFLOW: N_("The program printed more than the limit of %(log_kb)s kB and was stopped."),
    JailEnd.OUTPUT_OVERFLOW: N_(
        "The program filled its output folder: the limits are %(output_mb)s MB and %(output_files)s files."
    ),
    JailEnd.DENIED_OVERFLOW: N_(
        "The program made more than %(most)s calls that the sandbox refuses, and was stopped."
    ),
    JailEnd.CANCELLED: N_("The run was cancelled."),
    JailEnd.PLATFORM_FAULT: N_("The platform failed to run the program. This is not the submission's fault."),
}
_FORBIDDEN = N_("The program made a system call of a forbidden kind and was stopped.")
_NOT_FOUND = N_("The command could not be started: the runtime has no such program.")
_KILLED = N_("The program was ended by signal %(signal)s.")


def words(
    end: JailEnd, exit_code: int | None, limits: Limits, supervisor_log: str
) -> tuple[str, dict[str, object]]:
    """A message id and its values, for the submitter."""
    if end is JailEnd.FAILED and exit_code == _LAUNCH_FAILED and _NOT_EXECUTED in supervisor_log:
        return _NOT_FOUND, {}
    if end is JailEnd.FAILED and exit_code == _SYS:
        return _FORBIDDEN, {}
    if end is JailEnd.FAILED and exit_code is not None and _SIGNALLED < exit_code < _SIGNALLED + 65:
        return _KILLED, {"signal": _signal_name(exit_code - _SIGNALLED)}
    values: dict[JailEnd, dict[str, object]] = {
        JailEnd.FAILED: {"exit_code": exit_code},
        JailEnd.TIMEOUT: {"wall_s": f"{limits.wall_s:g}"},
        JailEnd.OUT_OF_MEMORY: {"memory_mb": limits.memory_bytes // MIB},
        JailEnd.LOG_OVERFLOW: {"log_kb": limits.log_bytes // 1024},
        JailEnd.OUTPUT_OVERFLOW: {
            "output_mb": limits.output_bytes // MIB,
            "output_files": limits.output_files,
        },
        JailEnd.DENIED_OVERFLOW: {"most": MOST_RECORDS},
    }
    return _WORDS[end], values.get(end, {})


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
