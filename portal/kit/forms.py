"""Forms: strings in, a validated input model out, or errors a person can act on, in the person's language."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, get_origin

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData

from portal.kit.errors import Invalid
from portal.kit.i18n import _, ngettext

M = TypeVar("M", bound=BaseModel)
_FIELD = re.compile(r"[\w-]+")


@dataclass
class Parsed(Generic[M]):
    """The outcome: ``model`` or ``errors``; ``values`` are what was typed, to show it again."""

    values: dict[str, Any]
    model: M | None = None
    errors: dict[str, str] = field(default_factory=dict)

    def require(self) -> M:
        """The model; ``Invalid`` with the errors where there is none (for JSON doors)."""
        if self.model is None:
            raise Invalid(_("Please correct the marked fields."), fields=self.errors)
        return self.model


def parse(kind: type[M], form: FormData | Mapping[str, Any]) -> Parsed[M]:
    """Read the fields of ``kind`` from a form. Empty text counts as absent; lists take all values of a name."""
    values: dict[str, Any] = {}
    for name, info in kind.model_fields.items():
        key = info.alias or name
        if isinstance(form, FormData) and get_origin(info.annotation) in (list, set, tuple):
            values[name] = [
                item.strip() for item in form.getlist(key) if isinstance(item, str) and item.strip()
            ]
            continue
        value = form.get(key)
        if isinstance(value, str):
            value = clean(value)
            value = value if "password" in name else value.strip()
        if value not in (None, ""):
            values[name] = value
    return parse_values(kind, values)


def clean(text: str) -> str:
    """Typed text as it is kept: one kind of line end, and no NUL (which PostgreSQL cannot hold)."""
    return text.replace("\r\n", "\n").replace("\x00", "")


def need_reason(text: str, most: int = 2000) -> str:
    """The reason for a decision, without spaces around it, cut at ``most``; refuses none, on the field ``reason``."""
    text = text.strip()
    if len(text) < 4:
        why = _("Please give a reason that others can understand.")
        raise Invalid(why, fields={"reason": why})
    return text[:most]


def parse_values(kind: type[M], values: dict[str, Any]) -> Parsed[M]:
    """The same for values that are already apart."""
    try:
        return Parsed(values=values, model=kind.model_validate(values))
    except ValidationError as error:
        return Parsed(values=values, errors=explain(error.errors(include_url=False)))


def explain(errors: Iterable[Mapping[str, Any]], *, outer: int = 0, whole: str = "form") -> dict[str, str]:
    """Field -> one sentence, translated by the kind of the error.

    ``outer`` parts in front of a name say where it came from (body, query); what concerns no field is under ``whole``.
    """
    found: dict[str, str] = {}
    for item in errors:
        # Beside fields and rows, the library names the branches of its own that it tried.
        parts = [] if item["type"] == "json_invalid" else [str(part) for part in item["loc"][outer:]]
        name = ".".join(part for part in parts if _FIELD.fullmatch(part)) or whole
        found.setdefault(name, sentence(item["type"], item.get("ctx") or {}, item["msg"]))
    return found


def sentence(kind: str, context: Mapping[str, Any], message: str) -> str:
    """What a kind of pydantic error says to a person, in the person's language."""
    if kind == "json_invalid":
        return _("This is not valid JSON.")
    if kind == "missing":
        return _("Please fill this in.")
    if kind.endswith(("too_short", "too_long")):
        return _too_much_or_little(kind, context)
    if kind in {"enum", "literal_error"}:
        return _("Please choose one of the offered values.")
    if kind.startswith(("int_", "float_", "decimal_")):
        return _("Please enter a number.")
    if kind in {"greater_than_equal", "greater_than", "less_than_equal", "less_than"}:
        bound = next(iter(context.values()))
        return (_("At least %(bound)s.") if "greater" in kind else _("At most %(bound)s.")) % {"bound": bound}
    if kind == "string_pattern_mismatch":
        return _("This is not in the expected form.")
    if kind == "value_error":
        # Our own validators raise ValueError with a translated sentence.
        return str(context.get("error", message))
    return _("This value cannot be used.")


def _too_much_or_little(kind: str, context: Mapping[str, Any]) -> str:
    """A text counts its characters, whatever else it was checked for before; all others count entries."""
    of_text = kind.startswith("string_") or context.get("field_type") == "Value"
    if kind.endswith("too_short"):
        least = context["min_length"]
        if of_text:
            return ngettext("At least %(n)s character.", "At least %(n)s characters.", least)
        return ngettext("At least %(n)s entry.", "At least %(n)s entries.", least)
    most = context["max_length"]
    if of_text:
        return ngettext("At most %(n)s character.", "At most %(n)s characters.", most)
    return ngettext("At most %(n)s entry.", "At most %(n)s entries.", most)
