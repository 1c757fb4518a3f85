"""What was found, in the reader's language."""

from typing import Any

from portal.kit.i18n import N_, _, get_locale
from registry.certification.forms import Criterion, Source

PARTS = {
    "licence": N_("licence"), "summary": N_("summary"), "authors": N_("authors"), "scenarios": N_("scenarios"),
    "card": N_("card"),
}  # fmt: skip
"""What a finding about the description may name as missing; a full name of an asset is none of these."""
BOUNDS = {
    "dangers": N_("dangers at most %(n)s"),
    "peak_mb": N_("peak memory at most %(n)s MiB"),
    "stale_days": N_("a database of at most %(n)s days"),
    "refused": N_("refused: %(n)s"),
    "loss": N_("the weakest at most %(percent)s %% worse"),
    "chars": N_("a card of at least %(n)s characters"),
    "most": N_("at most %(n)s"),
    "least": N_("at least %(n)s"),
}
"""Thresholds in words; one that is not among them is shown by its own name."""
UNITS = {"items": N_("items"), "MiB": N_("MiB")}


def found_words(row: Any) -> str:
    """The words of a finding with its parameters."""
    if not row.words:
        return ""
    params = dict(row.params)
    if get_locale() == "en":
        params |= {name: params[f"{name}_en"] for name in row.params if params.get(f"{name}_en")}
    if "names" in params:
        named = str(params["names"]).split(", ")
        params["names"] = _(", ").join(_(PARTS[each]) if each in PARTS else each for each in named)
    text = _(row.words)
    return text % params if params else text


def source_words(source: Source) -> str:
    """Where a criterion comes from. A platform rule is called one, whatever it has regard to."""
    if source.kind == "platform":
        return (
            _("Platform rule, with regard to %(text)s", text=source.text)
            if source.text
            else _("Platform rule")
        )
    if source.second_hand:
        return _("After %(text)s, read in drafts and excerpts", text=source.text)
    return source.text


def unit_words(want: Criterion) -> str:
    """The unit of a criterion."""
    return _(UNITS[want.unit]) if want.unit in UNITS else want.unit


def bounds_words(want: Criterion) -> str:
    """The thresholds of a criterion on one line."""
    parts = []
    for name, value in want.thresholds.items():
        text = ", ".join(value) if isinstance(value, list) else f"{value:g}"
        percent = "" if isinstance(value, list) else f"{value * 100:g}"
        words = _(BOUNDS[name]) % {"n": text, "percent": percent} if name in BOUNDS else f"{name} = {text}"
        parts.append(f"{words} {unit_words(want)}".strip() if name in ("most", "least") else words)
    return _("; ").join(parts)
