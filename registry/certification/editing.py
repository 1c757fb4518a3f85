"""A profile as a form, and its words: what the desk of editions needs to know about profiles of certification."""

from collections.abc import Mapping
from typing import Any

from portal.kit.i18n import N_, _, get_locale, label, named, ngettext
from portal.kit.rows import Cell, Draft, Part, Row, Section, typed
from registry.certification import parameters
from registry.certification.forms import MAX_CRITERIA, Criterion, ProfileInput
from registry.certification.models import CriterionKind, Level
from registry.certification.wording import source_words, unit_words
from registry.editions.differences import Entry, Outline

NAMES = ("valid_months",)
COLUMNS = (
    "open", "kind", "code", "title_zh", "title_en", "required", "guide_zh", "guide_en", "unit", "source_kind",
    "source_text", "second_hand", *parameters.NAMES,
)  # fmt: skip
NEW = {
    "open": "1",
    "kind": CriterionKind.assessed.value,
    "required": Level.rollout.value,
    "source_kind": "platform",
}
PARTS = {"criteria": Part(COLUMNS, MAX_CRITERIA, NEW)}
NO_LEVEL = "none"
"""The choice for a criterion that is for information only."""
SOURCES = (("platform", N_("Platform rule")), ("standard", N_("Clause of a standard")))


def drafted(content: Mapping[str, Any]) -> Draft:
    """A profile as a form."""
    draft = Draft(PARTS)
    draft.fields = {name: typed(content[name]) for name in NAMES}
    draft.rows["criteria"] = [_row(Criterion.model_validate(each)) for each in content["criteria"]]
    return draft


def _row(one: Criterion) -> dict[str, str]:
    row = dict.fromkeys(COLUMNS, "") | {
        name: typed(getattr(one, name))
        for name in ("code", "title_zh", "title_en", "guide_zh", "guide_en", "unit", "kind")
    }
    row |= {
        "required": typed(one.required) or NO_LEVEL,
        "source_kind": one.source.kind, "source_text": one.source.text, "second_hand": typed(one.source.second_hand),
    }  # fmt: skip
    for each in parameters.of(one.kind, one.code):
        value = one.thresholds.get(each.name, each.usual)
        row[each.name] = ", ".join(value) if isinstance(value, list) else typed(value)
    return row


def read(form: Mapping[str, Any], names: tuple[str, ...]) -> Draft:
    """What a browser sent."""
    draft = Draft(PARTS)
    draft.read(form, (*NAMES, *names))
    return draft


def redrawn(draft: Draft) -> None:
    """A check that was chosen brings what is usual for it."""
    for row in draft.rows["criteria"]:
        for each in parameters.of(row["kind"], row["code"]):
            if not row[each.name] and each.usual is not None:
                row[each.name] = ", ".join(each.usual) if isinstance(each.usual, list) else typed(each.usual)


def checked(draft: Draft) -> ProfileInput | None:
    """The next version as it was typed; None: ``errors`` say at which fields it does not hold."""
    draft.errors = {}
    raw: dict[str, Any] = {
        name: value
        for name in (*NAMES, "effective_from", "reason", "based_on")
        if (value := draft.fields[name])
    }
    raw["criteria"] = [_raw(draft, place) for place in range(len(draft.rows["criteria"]))]
    codes: set[str] = set()
    for place, row in enumerate(draft.rows["criteria"]):
        if row["code"] in codes:
            draft.blame(f"criteria.{place}.code", _("A criterion's code stands twice."))
        codes.add(row["code"])
    return draft.held(ProfileInput, raw, _place)


def _place(name: str) -> str:
    """The field that what is wrong is shown at."""
    parts = name.split(".")
    if parts[0] != "criteria" or len(parts) == 1:
        return name
    column = parts[2] if len(parts) > 2 else "code"
    if column == "source":
        column = {"kind": "source_kind", "second_hand": "second_hand"}.get(".".join(parts[3:]), "source_text")
    if column == "thresholds":
        column = parts[3] if len(parts) > 3 and parts[3] in COLUMNS else "kind"
    return f"criteria.{parts[1]}.{column}"


def _raw(draft: Draft, place: int) -> dict[str, Any]:
    row, at = draft.rows["criteria"][place], f"criteria.{place}"
    raw: dict[str, Any] = {
        name: row[name] for name in ("code", "kind", "title_zh", "title_en") if row[name]
    } | {name: row[name] for name in ("guide_zh", "guide_en")}
    raw["required"] = None if row["required"] == NO_LEVEL else row["required"]
    raw["source"] = {
        "kind": row["source_kind"], "text": row["source_text"],
        "second_hand": row["source_kind"] == "standard" and bool(row["second_hand"]),
    }  # fmt: skip
    if row["source_kind"] == "standard" and not row["source_text"]:
        draft.blame(f"{at}.source_text", _("Please name the standard and the clause."))
    if row["kind"] == CriterionKind.evidence_file:
        raw["unit"] = row["unit"]
    given: dict[str, parameters.Setting] = {}
    for each in parameters.of(row["kind"], row["code"]):
        try:
            value = each.read(row[each.name])
        except ValueError as error:
            draft.blame(f"{at}.{each.name}", str(error))
            continue
        if value is not None:
            given[each.name] = value
    if row["kind"] in set(CriterionKind) and row["code"]:
        for name, why in parameters.refused(
            CriterionKind(row["kind"]), row["code"], given, every=True
        ).items():
            draft.blame(f"{at}.{name}", why)
    raw["thresholds"] = given
    return raw


def sections(draft: Draft) -> list[Section]:
    """The form as it is drawn."""
    months = draft.cell(
        "valid_months", _("Validity of certificates"), form="number", hint=_("In months, 1 to 60."),
        attrs={"inputmode": "numeric"},
    )  # fmt: skip
    rows = tuple(_drawn(draft, place) for place in range(len(draft.rows["criteria"])))
    return [
        Section("validity", _("Validity"), (months,)),
        Section(
            "conditions", _("Conditions"), part="criteria", rows=rows,
            add=_("Add a condition") if draft.room("criteria") else "", error=draft.errors.get("criteria"),
            hint=_("In the order in which certifiers and readers see them."),
        ),
    ]  # fmt: skip


def _drawn(draft: Draft, place: int) -> Row:
    at, row = f"criteria.{place}", draft.rows["criteria"][place]
    kinds = tuple((each.value, label(each)) for each in CriterionKind)
    levels = ((NO_LEVEL, _("Not required")), *((each.value, label(each)) for each in Level))
    long = {"form": "text", "required": False}
    groups = (
        (draft.cell(f"{at}.kind", _("How it is answered"), form="choice", options=kinds, live=True),
         _code(draft, at, row)),
        (draft.cell(f"{at}.title_zh", _("Title (Chinese)")), draft.cell(f"{at}.title_en", _("Title (English)"))),
        _settings(draft, at, row),
        (draft.cell(f"{at}.required", _("Needed from"), form="choice", options=levels),),
        _source(draft, at, row),
        (draft.cell(f"{at}.guide_zh", _("How to judge it (Chinese)"), **long),
         draft.cell(f"{at}.guide_en", _("How to judge it (English)"), **long)),
    )  # fmt: skip
    return draft.row("criteria", place, title=_titled(row), note=_note(row), groups=groups)


def _titled(row: Mapping[str, str]) -> str:
    zh, en = row["title_zh"], row["title_en"]
    return ((en or zh) if get_locale() == "en" else (zh or en)) or _("A new condition")


def _code(draft: Draft, at: str, row: Mapping[str, str]) -> Cell:
    if row["kind"] != CriterionKind.computed:
        hint = _("Small letters, digits and underscores. By it the condition is known in the next versions.")
        return draft.cell(f"{at}.code", _("Short code"), hint=hint)
    known = tuple((code, f"{_(what)} ({code})") for code, (what, _found) in parameters.CHECKS.items())
    if row["code"] not in parameters.CHECKS:
        known = (("", _("Please choose")), *known)
    return draft.cell(f"{at}.code", _("What the portal computes"), form="choice", options=known, live=True)


def _settings(draft: Draft, at: str, row: Mapping[str, str]) -> tuple[Cell, ...]:
    found = [
        draft.cell(
            f"{at}.{each.name}",
            f"{_(each.label)} ({_(each.unit)})" if each.unit else _(each.label),
            form="line" if each.words else "number",
            required=each.usual is not None and not each.words,
            hint=_("SPDX identifiers, with commas between them.") if each.words else _range(each),
            attrs={} if each.words else {"inputmode": "decimal"},
        )
        for each in parameters.of(row["kind"], row["code"])
    ]
    if row["kind"] == CriterionKind.evidence_file:
        found.append(
            draft.cell(f"{at}.unit", _("Unit"), required=False, hint=_("Of the number the file shows."))
        )
    return tuple(found)


def _range(each: parameters.Parameter) -> str | None:
    if each.usual is None:
        return None
    return _("%(low)s to %(high)s", low=typed(float(each.low)), high=typed(float(each.high)))


def _source(draft: Draft, at: str, row: Mapping[str, str]) -> tuple[Cell, ...]:
    options = tuple((key, _(text)) for key, text in SOURCES)
    kind = draft.cell(f"{at}.source_kind", _("Source"), form="choice", options=options, live=True)
    if row["source_kind"] != "standard":
        rests = draft.cell(f"{at}.source_text", _("With regard to"), required=False)
        return kind, rests
    return (
        kind,
        draft.cell(f"{at}.source_text", _("Standard and clause")),
        draft.cell(f"{at}.second_hand", _("Read in drafts and excerpts only"), form="flag", required=False),
    )


def _note(row: Mapping[str, str]) -> str:
    """Kind, level and thresholds on one line."""
    said = [
        label(CriterionKind(row["kind"])) if row["kind"] in set(CriterionKind) else "",
        label(Level(row["required"])) if row["required"] in set(Level) else _("Not required"),
        *(
            named(_(each.label), each.with_unit(row[each.name]))
            for each in parameters.of(row["kind"], row["code"])
            if row[each.name]
        ),
    ]
    return " · ".join(part for part in said if part)


def outline(content: Mapping[str, Any], locale: str) -> Outline:
    """A profile in words."""
    months = int(content["valid_months"])
    return Outline(
        {_("Validity of certificates"): ngettext("%(n)s month", "%(n)s months", months, n=months)},
        {_("Conditions"): [_entry(Criterion.model_validate(each), locale) for each in content["criteria"]]},
    )


def _entry(one: Criterion, locale: str) -> Entry:
    facts = {
        _("How it is answered"): label(one.kind),
        _("Title (Chinese)"): one.title_zh,
        _("Title (English)"): one.title_en,
        **{_(each.label): each.spoken(one.thresholds.get(each.name)) for each in parameters.of(one.kind, one.code)},
        _("Unit"): unit_words(one) if one.kind is CriterionKind.evidence_file else "",
        _("Needed from"): label(one.required) if one.required else _("Not required"),
        _("Source"): source_words(one.source),
        _("How to judge it (Chinese)"): one.guide_zh,
        _("How to judge it (English)"): one.guide_en,
    }  # fmt: skip
    known = {each.name for each in parameters.of(one.kind, one.code)}
    facts |= {name: str(value) for name, value in one.thresholds.items() if name not in known}
    return Entry(one.code, one.title(locale), facts)


def bare(data: Any) -> Any:
    """A list of criteria is a profile of them."""
    return {"criteria": data} if isinstance(data, list) else data
