"""The cases of a dry run: what is tried, how each must end, and what to do where it does not.

The list follows what goes wrong on competition platforms: scorers that crash on bad input, that score a part of the
items, that let a number of no value through, and submissions that read the labels.
"""

from dataclasses import dataclass

from portal.kit.i18n import N_

REFUSED = frozenset({"predictions_refused"})
PROGRAM_TIME_S = 5
BUSY_TIME_S = 30
"""For the programs that meet another limit first: a loaded machine may need a while to get there."""
PROGRAM_MEMORY_MB = 256
PROGRAM_OUTPUT_MB = 4
PROGRAM_FILES = 20
PROGRAM_LOG_KB = 64
PATIENT_TIME_S = 300
"""Longest time a jail of any other case may run, whatever the benchmark allows, so that a dry run ends soon."""


@dataclass(frozen=True)
class Case:
    """``codes``: failure codes that are right. ``scored``: being scored is right too, up to what ``below`` says."""

    name: str
    title: str
    why: str
    advice: str
    codes: frozenset[str] = frozenset()
    scored: bool = False
    below: str = ""
    """``reference`` or ``constant``: the case whose score it must not beat."""
    program: bool = False


_STRICT = N_(
    "Let the scoring program check its input and end with exit code 3 and one line that says what is wrong."
)
_PART = N_("Compare the ids with those of the labels and refuse the predictions where they differ.")
_LIMIT = N_("The sandbox did not stop it as it should: tell the operator.")

_ALL = (
    Case(
        "reference",
        N_("Reference submission"),
        N_("Your own submission, whose score you know."),
        N_("Correct the expected score, the tolerance, the reference submission or the scoring program."),
        scored=True,
    ),
    Case(
        "constant",
        N_("One value for all"),
        N_(
            "The ids of the reference with one value in every row: the honest guess of someone who knows nothing."
        ),
        N_(
            "A guess must not beat the reference: choose a better reference, or check the metric's direction."
        ),
        scored=True,
        below="reference",
    ),
    Case(
        "no_file",
        N_("Empty submission"),
        N_("No prediction file at all."),
        N_("The platform refuses it before the scoring program runs: tell the operator."),
        codes=frozenset({"predictions_missing"}),
    ),
    Case(
        "empty_file",
        N_("Empty files"),
        N_("The prediction files are there and hold nothing."),
        _STRICT,
        codes=REFUSED,
    ),
    Case("garbage", N_("Random bytes"), N_("Files that are no text in any format."), _STRICT, codes=REFUSED),
    Case(
        "broken",
        N_("Broken format"),
        N_("The reference, cut off in the middle of a row or a bracket."),
        _STRICT,
        codes=REFUSED,
        scored=True,
        below="reference",
    ),
    Case("wrong_ids", N_("Wrong ids"), N_("Every id is one that does not exist."), _PART, codes=REFUSED),
    Case(
        "not_a_number",
        N_("Not a number"),
        N_("NaN in every value."),
        N_("Refuse values that are not finite: every comparison with NaN is false, so it can pass unseen."),
        codes=REFUSED,
        scored=True,
        below="constant",
    ),
    Case(
        "missing_rows",
        N_("Missing rows"),
        N_("Half of the reference's rows."),
        _PART,
        codes=REFUSED,
        scored=True,
        below="reference",
    ),
    Case(
        "extra_rows",
        N_("Additional rows"),
        N_("The reference and as many rows with unknown ids."),
        _PART,
        codes=REFUSED,
        scored=True,
        below="reference",
    ),
    Case(
        "repeated_rows",
        N_("Repeated rows"),
        N_("Every row of the reference twice."),
        N_("Refuse repeated ids: a row given twice must not count twice."),
        codes=REFUSED,
        scored=True,
        below="reference",
    ),
    Case(
        "slow",
        N_("Endless program"),
        N_("A program that never ends."),
        _LIMIT,
        codes=frozenset({"time_limit"}),
        program=True,
    ),
    Case(
        "hungry",
        N_("Too much memory"),
        N_("A program that takes memory until it is stopped."),
        _LIMIT,
        codes=frozenset({"memory_limit"}),
        program=True,
    ),
    Case(
        "flood",
        N_("Too much output"),
        N_("A program that writes until its output folder is full."),
        _LIMIT,
        codes=frozenset({"output_limit"}),
        program=True,
    ),
    Case(
        "chatter",
        N_("Too much printed"),
        N_("A program that prints without end."),
        _LIMIT,
        codes=frozenset({"log_limit"}),
        program=True,
    ),
    Case(
        "label_seeker",
        N_("Search for labels"),
        N_(
            "A program that reads every file it can reach, looks for rows of the labels and hands in what it finds."
        ),
        N_("Rows of the labels lie in the inputs: take them out there."),
        codes=frozenset({"predictions_missing"}),
        scored=True,
        below="constant",
        program=True,
    ),
)
CASES = {case.name: case for case in _ALL}
MUTANTS = (
    "constant", "empty_file", "garbage", "broken", "wrong_ids", "not_a_number", "missing_rows", "extra_rows",
    "repeated_rows",
)  # fmt: skip
"""Cases whose files are made from the reference's predictions, in a jail."""
PROGRAMS = tuple(case.name for case in _ALL if case.program)
