"""Gates and indicators in words."""

from portal.kit.i18n import N_, _, label
from portal.kit.rows import typed
from registry.promotion.forms import Gate

KINDS = {
    "certified": N_("A valid certificate"),
    "benchmarks": N_("A result on a benchmark"),
    "review": N_("A review by experts"),
    "pilot_sites": N_("Assessed pilot sites"),
    "notice": N_("A public notice that is over"),
    "not_pickle": N_("No files that execute code"),
}
BETTER = {
    "higher": N_("Higher is better."),
    "lower": N_("Lower is better."),
    "": N_("Neither way is better by itself."),
}


def gate_facts(gate: Gate) -> dict[str, str]:
    """What a gate of its kind asks for: labels and words."""
    if gate.kind == "certified":
        return {_("Level, at least"): label(gate.level)}
    if gate.kind == "benchmarks":
        return {
            _("Benchmark"): gate.benchmark or _("any"),
            _("Metric"): gate.metric or _("the primary one"),
            _("Threshold for the worse end of the interval"): typed(gate.threshold) or _("none"),
        }
    if gate.kind == "review":
        return {_("Mean of the reviews, at least"): typed(gate.mean)}
    if gate.kind == "pilot_sites":
        return {
            _("Sites that found it suitable, at least"): typed(gate.sites),
            _("Sites that found it not suitable, at most"): typed(gate.unsuitable),
        }
    return {}
