"""How the traces of a jail are read, for every combination that one machine does not show."""

from dataclasses import replace

import pytest

from registry.sandbox.backend import JailEnd, Limits
from registry.sandbox.verdict import Traces, judge, words

LIMITS = Limits(wall_s=10)
CALM = Traces(
    cut=None,
    exit_code=0,
    oom_kills=0,
    wall_s=1,
    cpu_s=1,
    cpu_limit_s=11,
    output_full=False,
    supervisor_log="",
)
NO_MOUNT = "[E] Failed to mount mandatory point: '/x'\n[E] Couldn't launch the child process"
NO_PROGRAM = "[E] execve('/runtime/bin/x') failed: No such file\n[E] Couldn't launch the child process"


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({}, JailEnd.OK),
        ({"exit_code": 1}, JailEnd.FAILED),
        ({"exit_code": 137}, JailEnd.FAILED),
        ({"exit_code": 137, "oom_kills": 1}, JailEnd.OUT_OF_MEMORY),
        ({"exit_code": 137, "wall_s": 12}, JailEnd.TIMEOUT),
        ({"exit_code": 137, "cpu_s": 11.5}, JailEnd.TIMEOUT),
        ({"exit_code": 152}, JailEnd.TIMEOUT),
        ({"exit_code": 137, "wall_s": 12, "oom_kills": 1}, JailEnd.OUT_OF_MEMORY),
        ({"exit_code": 0, "oom_kills": 2}, JailEnd.OUT_OF_MEMORY),
        ({"exit_code": 153}, JailEnd.OUTPUT_OVERFLOW),
        ({"output_full": True}, JailEnd.OUTPUT_OVERFLOW),
        ({"exit_code": 1, "output_full": True}, JailEnd.OUTPUT_OVERFLOW),
        ({"exit_code": 143, "cut": JailEnd.CANCELLED, "oom_kills": 1}, JailEnd.CANCELLED),
        ({"exit_code": 143, "cut": JailEnd.LOG_OVERFLOW}, JailEnd.LOG_OVERFLOW),
        ({"exit_code": 143, "cut": JailEnd.TIMEOUT, "output_full": True}, JailEnd.TIMEOUT),
        ({"exit_code": -9}, JailEnd.PLATFORM_FAULT),
        ({"exit_code": -9, "oom_kills": 1}, JailEnd.OUT_OF_MEMORY),
        ({"exit_code": 255}, JailEnd.FAILED),
        ({"exit_code": 255, "supervisor_log": NO_MOUNT}, JailEnd.PLATFORM_FAULT),
        ({"exit_code": 255, "supervisor_log": NO_PROGRAM}, JailEnd.FAILED),
        ({"exit_code": 255, "supervisor_log": "[W] a warning"}, JailEnd.FAILED),
        ({"exit_code": 0, "supervisor_log": "[W] a warning"}, JailEnd.OK),
    ],
)
def test_one_end_explains_the_traces(changes: dict[str, object], end: JailEnd) -> None:
    assert judge(replace(CALM, **changes), LIMITS) is end  # type: ignore[arg-type]


@pytest.mark.parametrize("end", JailEnd)
@pytest.mark.parametrize("code", [0, 1, 134, 137, 159, 200, 255, None, -9])
def test_every_end_has_words_whose_values_are_given(end: JailEnd, code: int | None) -> None:
    message, values = words(end, code, LIMITS, NO_PROGRAM)
    assert message % values
    assert end.label


def test_words_name_what_happened() -> None:
    assert words(JailEnd.FAILED, 159, LIMITS, "")[0] == (
        "The program made a system call of a forbidden kind and was stopped."
    )
    message, values = words(JailEnd.FAILED, 134, LIMITS, "")
    assert message % values == "The program was ended by signal SIGABRT."
    message, values = words(JailEnd.FAILED, 128 + 40, LIMITS, "")
    assert message % values == "The program was ended by signal 40."
