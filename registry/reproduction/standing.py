"""What a result allows, decided from what is open. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.kit.i18n import N_
from registry.benchmarks.digests import INPUTS, LABELS, SCORER
from registry.reproduction.pack import Extent
from registry.versions.models import SubmissionKind


@dataclass(frozen=True)
class Standing:
    """How far anybody who may read both versions can go; where that is nowhere or not the whole way, why and what then.

    ``why`` and ``instead`` are message ids.
    """

    extent: Extent | None
    why: str = ""
    instead: str = ""


OPEN = Standing(Extent.full)
LABELS_HIDDEN = Standing(
    Extent.predictions,
    N_(
        "The labels of this benchmark are hidden: they are given to nobody, so nobody but its owner can score."
    ),
    N_("The program can be run again on the public inputs; its predictions are compared by their digest."),
)
NOTHING_RUNS = Standing(
    None,
    N_(
        "The labels of this benchmark are hidden, and the submission is a table of predictions: nothing can be run."
    ),
    N_(
        "Compare the digest of the predictions with the files of the version; the benchmark's owner can score them."
    ),
)
INPUTS_HIDDEN = Standing(
    None,
    N_(
        "Inputs and labels of this benchmark are hidden: they are given to nobody, so nobody but its owner can run it."
    ),
    N_("Ask the owner to reproduce the result, or to publish the labels once the benchmark is closed."),
)


def standing(kind: SubmissionKind, hidden_paths: Iterable[str]) -> Standing:
    """What the hidden files of the benchmark version leave over for a submission of this kind."""
    closed = {
        prefix for path in hidden_paths for prefix in (INPUTS, LABELS, SCORER) if path.startswith(prefix)
    }
    if not closed:
        return OPEN
    if kind is SubmissionKind.predictions:
        return NOTHING_RUNS
    return INPUTS_HIDDEN if INPUTS in closed else LABELS_HIDDEN
