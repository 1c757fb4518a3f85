"""What was found, in the reader's language."""

from typing import Any

from portal.kit.i18n import _
from registry.certification.forms import Criterion, Source


def found_words(row: Any) -> str:
    """The words of a finding with its parameters."""
    if not row.words:
        return ""
    text = _(row.words)
    return text % row.params if row.params else text


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


def bounds_words(want: Criterion) -> str:
    """The thresholds of a criterion on one line."""
    parts = []
    for name, value in want.thresholds.items():
        text = ", ".join(value) if isinstance(value, list) else f"{value:g}"
        parts.append(f"{name} = {text}")
    return "; ".join(parts) + (f" ({want.unit})" if want.unit and parts else "")
