"""What a criterion can be set to: by its kind and, where the portal computes it, by its check. Data of the form, of the
check of what is typed, and of the words on the pages."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from portal.kit.i18n import N_, _
from portal.kit.rows import typed
from registry.certification.models import CriterionKind

Setting = float | list[str]
SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}")
MOST_WORDS = 100


@dataclass(frozen=True)
class Parameter:
    """One threshold: a number with unit and bounds, or with ``words`` a list of SPDX identifiers."""

    name: str
    label: str
    """Message id."""
    unit: str = ""
    """Message id, or a sign that is the same in all languages."""
    low: float = 0
    high: float = 1_000_000
    whole: bool = True
    usual: Setting | None = None
    """What holds where nothing is set; None: it may stay unset."""
    words: bool = False

    def read(self, text: str) -> Setting | None:
        """What was typed; None: nothing. Refuses what is no number."""
        if self.words:
            return [each for each in re.split(r"[\s,，、;；]+", text) if each]
        if not text:
            return None
        try:
            return float(text)
        except ValueError as error:
            raise ValueError(_("Please enter a number.")) from error

    def refused(self, value: object) -> str:
        """Why a value does not do, in words; empty: it does."""
        if self.words:
            if not isinstance(value, list) or len(value) > MOST_WORDS:
                return _("A list of at most %(n)s identifiers.", n=MOST_WORDS)
            odd = next((each for each in value if not SPDX.fullmatch(each)), None)
            return "" if odd is None else _("%(word)s is no licence identifier.", word=str(odd)[:80])
        if not isinstance(value, int | float) or not math.isfinite(value):
            return _("Please enter a number.")
        if self.whole and value != int(value):
            return _("Please enter a whole number.")
        if value < self.low:
            return _("At least %(bound)s.") % {"bound": typed(float(self.low))}
        return _("At most %(bound)s.") % {"bound": typed(float(self.high))} if value > self.high else ""

    def spoken(self, value: Setting | None) -> str:
        """A value with its unit, in the reader's language; nothing said is what is usual."""
        value = self.usual if value is None else value
        if value is None:
            return ""
        if isinstance(value, list):
            return ", ".join(value)
        return self.with_unit(typed(float(value)))

    def with_unit(self, text: str) -> str:
        """What was typed, with the unit."""
        return f"{text} {_(self.unit)}" if self.unit else text


_P = Parameter
CHECKS: dict[str, tuple[str, tuple[Parameter, ...]]] = {
    "scan_clean": (N_("Findings of the newest scan"), (
        _P("dangers", N_("Dangers, at most"), high=10_000, usual=0.0),
    )),
    "no_pickle": (N_("Files that execute code when loaded"), ()),
    "sandbox_run": (N_("Runs in a strong sandbox"), (
        _P("peak_mb", N_("Peak memory, at most"), "MiB", low=1, high=4_194_304, usual=4096.0),
    )),
    "denied_calls": (N_("Calls the sandbox refused"), (
        _P("most", N_("Refused calls, at most"), usual=0.0),
    )),
    "vulnerabilities": (N_("Known vulnerabilities of the parts"), (
        _P("most", N_("Known vulnerabilities, at most"), high=10_000, usual=0.0),
        _P("stale_days", N_("Age of the database, at most"), N_("days"), low=1, high=3660, usual=90.0),
    )),
    "parts_licences": (N_("Licences of the parts"), (
        _P("refused", N_("Licences that are refused"), usual=[], words=True),
    )),
    "robust_slices": (N_("The weakest slice against the whole"), (
        _P("loss", N_("Loss of the weakest slice, at most"), N_("share of 1"), high=1, whole=False, usual=0.3),
    )),
    "data_level": (N_("Levels of the data it was made with"), ()),
    "card_complete": (N_("What the card says"), (
        _P("chars", N_("Length of the card, at least"), N_("characters"), high=100_000, usual=100.0),
    )),
}  # fmt: skip
"""By the code of a criterion: what the portal computes (a message id), and what can be set."""
MEASURED = (
    _P("least", N_("The number the file shows, at least"), low=-1e12, high=1e12, whole=False),
    _P("most", N_("The number the file shows, at most"), low=-1e12, high=1e12, whole=False),
)
NAMES = tuple(
    dict.fromkeys(each.name for found in (*(c[1] for c in CHECKS.values()), MEASURED) for each in found)
)
"""Of all that can be set anywhere."""


def of(kind: CriterionKind | str, code: str) -> tuple[Parameter, ...]:
    """What can be set for a criterion."""
    if kind == CriterionKind.evidence_file:
        return MEASURED
    return CHECKS[code][1] if kind == CriterionKind.computed and code in CHECKS else ()


def refused(
    kind: CriterionKind, code: str, given: Mapping[str, Setting], *, every: bool = False
) -> dict[str, str]:
    """By the threshold's name why it does not do; with ``every``, also those that are missing. ``code`` stands for a
    check the portal does not have."""
    if kind is CriterionKind.computed and code not in CHECKS:
        return {"code": _("The portal has no such check; please choose one of the offered ones.")}
    wanted = {each.name: each for each in of(kind, code)}
    found = {name: _("Nothing of this name can be set here.") for name in given if name not in wanted}
    for name, each in wanted.items():
        if name in given:
            found |= {name: why} if (why := each.refused(given[name])) else {}
        elif every and each.usual is not None:
            found[name] = _("Please fill this in.")
    least, most = given.get("least"), given.get("most")
    if not found and isinstance(least, float) and isinstance(most, float) and least > most:
        found["most"] = _("This is below the least.")
    return found
