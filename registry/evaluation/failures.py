"""Why an evaluation failed, in words a researcher can act on: what happened, why, what to do.

The tables keep only a code and its values, so that every reader gets the words in the own language. Codes are never
renamed: old rows name them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.kit.i18n import N_, _
from registry.sandbox.errors import SandboxError


@dataclass(frozen=True)
class Failure:
    """Message ids. ``whose``: ``user`` is final; ``platform`` is retried where ``retry``, and costs no quota."""

    title: str
    text: str
    advice: str
    whose: str = "user"
    retry: bool = False


@dataclass(frozen=True)
class Words:
    """A failure in the reader's language."""

    title: str
    text: str
    advice: str


_LOG = N_("Read the log on this page, correct the submission, and publish it as a new version.")
_RETRY = N_(
    "Nothing is lost and your quota was given back. Submit again later, or tell the operator if it repeats."
)
_OWNER = N_("Your quota was given back. The owner of the benchmark has been told.")

FAILURES: dict[str, Failure] = {
    "runtime_unknown": Failure(
        N_("Unknown runtime"),
        N_("The submission asks for the runtime “%(runtime)s”, which this portal does not know."),
        N_(
            "Choose one of the runtimes that the benchmark's page names; a runtime is never replaced by another."
        ),
    ),
    "manifest_invalid": Failure(
        N_("cspon.yaml cannot be used"),
        N_("The description of the submission does not hold: %(reason)s"),
        N_("Correct cspon.yaml and publish a new version."),
    ),
    "model_missing": Failure(
        N_("No model found"),
        N_("The submission must hold exactly one model: model.onnx, model.skops, or a folder with MLmodel."),
        N_("Put one model at the root of the submission and publish a new version."),
    ),
    "command_failed": Failure(
        N_("The program ended with an error"),
        N_("The program ended with exit code %(exit_code)s after %(seconds)s s. Last line: %(last)s"),
        _LOG,
    ),
    "signalled": Failure(
        N_("The program was ended by a signal"),
        N_("The program was ended by the signal %(signal)s after %(seconds)s s."),
        N_(
            "A crash inside a library or a forbidden system call ends a program so. Read the log on this page."
        ),
    ),
    "model_refused": Failure(
        N_("The model could not be run"),
        N_("The runner of this model format says: %(last)s"),
        N_("Check inputs, outputs and file format of the model against the benchmark's task text."),
    ),
    "time_limit": Failure(
        N_("Out of time"),
        N_("The program was still running after the limit of %(time_s)s s and was stopped."),
        N_("Make it faster, or process the data in larger batches; libraries loaded at start count too."),
    ),
    "memory_limit": Failure(
        N_("Out of memory"),
        N_("The program needed more than the limit of %(memory_mb)s MB and was stopped."),
        N_(
            "Memory counts all processes, /tmp and /output together: read the data in parts, use fewer workers."
        ),
    ),
    "output_limit": Failure(
        N_("Too much output"),
        N_("The output folder was full: the limits are %(output_mb)s MB and %(output_files)s files."),
        N_("Write only the prediction files that the benchmark asks for; use /tmp for intermediate files."),
    ),
    "log_limit": Failure(
        N_("Too much printed"),
        N_("The program printed more than the limit of %(log_kb)s kB and was stopped."),
        N_("Print less: no progress bars, no data."),
    ),
    "denied_limit": Failure(
        N_("Too many refused calls"),
        N_("The program made more than %(most)s calls that the sandbox refuses, and was stopped."),
        N_("Do not open connections and do not try again in a loop: there is no network."),
    ),
    "output_refused": Failure(
        N_("The output was refused"),
        N_("What the program left in its output folder cannot be taken: %(reason)s"),
        N_("Write plain files only: no links, no special files, no odd names."),
    ),
    "predictions_missing": Failure(
        N_("Predictions are missing"),
        N_("The output lacks %(files)s."),
        N_("Write every file that the benchmark expects, under exactly that name, into the output folder."),
    ),
    "predictions_refused": Failure(
        N_("The predictions were refused"),
        N_("The scoring program says: %(reason)s"),
        N_("Compare the format of your predictions with the sample in the benchmark's public data."),
    ),
    "archive_refused": Failure(
        N_("The files could not be prepared"),
        N_("A file of the submission cannot be placed into the sandbox: %(reason)s"),
        N_("Rename or remove that file and publish a new version."),
    ),
    "yanked": Failure(
        N_("The version was withdrawn"),
        N_("The version was withdrawn by its publisher before it ran."),
        N_("Publish a new version and submit that."),
    ),
    "scorer_failed": Failure(
        N_("The scoring program failed"),
        N_("The benchmark's own scoring program did not do its work: %(reason)s"),
        _OWNER,
        whose="platform",
    ),
    "scores_invalid": Failure(
        N_("The scores were refused"),
        N_("The scoring program left results that the portal does not accept: %(reason)s"),
        _OWNER,
        whose="platform",
    ),
    "scores_inconsistent": Failure(
        N_("The scores contradict the per-item results"),
        N_("%(metric)s was given as %(given)s, but the per-item results make %(found)s."),
        _OWNER,
        whose="platform",
    ),
    "benchmark_invalid": Failure(
        N_("The benchmark cannot be run"),
        N_("The benchmark does not hold: %(reason)s"),
        _OWNER,
        whose="platform",
    ),
    "runtime_missing": Failure(
        N_("The runtime is not ready"),
        N_("The runtime “%(runtime)s” is known but not built on the machine that took this evaluation."),
        _RETRY,
        whose="platform",
        retry=True,
    ),
    "sandbox_fault": Failure(
        N_("The sandbox failed"),
        N_("The platform could not run the sandbox: %(reason)s"),
        _RETRY,
        whose="platform",
        retry=True,
    ),
    "store_fault": Failure(
        N_("The file store failed"),
        N_("A file could not be read from the store: %(reason)s"),
        _RETRY,
        whose="platform",
        retry=True,
    ),
    "worker_lost": Failure(
        N_("The worker was lost"),
        N_("The machine that ran this evaluation stopped answering %(attempts)s times."),
        _RETRY,
        whose="platform",
        retry=True,
    ),
    "deadline": Failure(
        N_("Stuck for too long"),
        N_("The evaluation stayed in the state “%(state)s” longer than the platform allows."),
        _RETRY,
        whose="platform",
        retry=True,
    ),
    "internal": Failure(
        N_("Fault of the platform"),
        N_("Something went wrong on our side. It has been logged under the id of this evaluation."),
        _RETRY,
        whose="platform",
        retry=True,
    ),
    "released": Failure(
        N_("Given back by the worker"),
        N_("The worker was stopped in good order; the evaluation went back to the queue."),
        N_("You need not do anything."),
        whose="platform",
        retry=True,
    ),
    "cancelled": Failure(
        N_("Cancelled"), N_("The evaluation was cancelled."), N_("Submit again whenever you like.")
    ),
}


def said(error: SandboxError) -> dict[str, object]:
    """A refusal of the sandbox as a value of ``failure_params``: translated when it is read, not when it is kept."""
    values = {name: clean(str(value)) for name, value in error.values.items()}
    return {"message": error.message, "values": values}


def _value(value: object) -> object:
    if isinstance(value, Mapping) and isinstance(message := value.get("message"), str):
        return _(message, **dict(value.get("values") or {}))
    return value


def words(code: str, params: Mapping[str, object]) -> Words:
    """The failure in the reader's language. A code of a newer or older program gives the general words."""
    failure = FAILURES.get(code, FAILURES["internal"])
    try:
        text = _(failure.text, **{name: _value(value) for name, value in params.items()})
    except (KeyError, ValueError, TypeError):
        general = FAILURES["internal"]
        text = _(general.text)
    return Words(_(failure.title), text, _(failure.advice))


def clean(text: str, limit: int = 300) -> str:
    """One printable line of at most ``limit`` characters, from whatever a program printed."""
    line = " ".join(text.split())
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"
