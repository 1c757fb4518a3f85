"""Rules of promotion as a form, and their words: what the desk of editions needs to know about them."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from portal.kit.i18n import N_, _, get_locale, label
from portal.kit.rows import Cell, Draft, Part, Section, typed
from registry.certification.models import Level
from registry.editions.differences import Entry, Outline
from registry.promotion.forms import Gate, Indicator, ProfileInput, Rules
from registry.promotion.models import TRACK, Stage
from registry.promotion.wording import BETTER, KINDS, gate_facts

GATES = {f"stages.{stage}.gates": stage for stage in TRACK}
INDICATORS = "pilot.indicators"
NEITHER = "neither"
"""The choice for an indicator that is good neither high nor low."""
COMMON = ("open", "kind", "code", "title_zh", "title_en", "source", "overridable")
OF_KIND: dict[str, tuple[str, ...]] = {
    "certified": ("level",), "benchmarks": ("benchmark", "metric", "threshold"), "review": ("mean",),
    "pilot_sites": ("sites", "unsuitable"), "notice": (), "not_pickle": (),
}  # fmt: skip
"""What a gate of each kind reads."""
USUAL = {"level": Level.pilot.value, "mean": "60", "sites": "1", "unsuitable": "0"}
GATE = Part(
    (*COMMON, *(name for names in OF_KIND.values() for name in names)),
    20,
    {"open": "1", "kind": "certified", "overridable": "1"} | USUAL,
)
PARTS = dict.fromkeys(GATES, GATE) | {
    INDICATORS: Part(
        ("open", "code", "title_zh", "title_en", "unit", "better"), 12, {"open": "1", "better": NEITHER}
    )
}
NUMBERS: dict[str, tuple[str, str]] = {
    "quorum": (N_("Votes that must be cast"), N_("2 to 100.")),
    "in_favour": (N_("Members in favour, at least"), N_("2 to 100.")),
    "working_days": (N_("Working days of the public notice"), N_("1 to 60.")),
    "suspended_days": (N_("Days a suspension may last"), N_("Then it is rolled back; 1 to 3660.")),
    "pilot.report_days": (N_("Days between reports"), N_("1 to 3660.")),
    "pilot.least_reports": (N_("Reports before an assessment, at least"), N_("0 to 100.")),
    "pilot.offer_days": (N_("Days an offer waits for an answer"), N_("Then it lapses; 1 to 3660.")),
    "pilot.assess_days": (N_("Days to assess a pilot that is over"), N_("Then it ends; 1 to 3660.")),
}
NAMES = ("source", *NUMBERS, *(f"stages.{stage}.days" for stage in TRACK))
ASSET = re.compile(r"[a-z0-9][a-z0-9-]*/[A-Za-z0-9][A-Za-z0-9._-]*")


def _at(content: Any, name: str) -> Any:
    for part in name.split("."):
        content = content[part]
    return content


def _put(content: dict[str, Any], name: str, value: Any) -> None:
    *way, last = name.split(".")
    for part in way:
        content = content.setdefault(part, {})
    content[last] = value


def drafted(content: Mapping[str, Any]) -> Draft:
    """Rules as a form."""
    rules = Rules.model_validate(content["rules"]).model_dump(mode="json")
    draft = Draft(PARTS)
    draft.fields = {name: typed(_at(rules, name)) for name in NAMES if name != "source"}
    draft.fields["source"] = content["source"]
    for name, part in PARTS.items():
        draft.rows[name] = [
            {column: typed(row.get(column)) for column in part.columns} for row in _at(rules, name)
        ]
    for row in draft.rows[INDICATORS]:
        row["better"] = row["better"] or NEITHER
    return draft


def read(form: Mapping[str, Any], names: tuple[str, ...]) -> Draft:
    """What a browser sent."""
    draft = Draft(PARTS)
    draft.read(form, (*NAMES, *names))
    return draft


def redrawn(draft: Draft) -> None:
    """A kind that was chosen brings what is usual for it."""
    for part in GATES:
        for row in draft.rows[part]:
            for column in OF_KIND.get(row["kind"], ()):
                row[column] = row[column] or USUAL.get(column, "")


def checked(draft: Draft) -> ProfileInput | None:
    """The next version as it was typed; None: ``errors`` say at which fields it does not hold."""
    draft.errors = {}
    rules: dict[str, Any] = {}
    for name in NAMES:
        if name != "source" and draft.fields[name]:
            _put(rules, name, draft.fields[name])
    for part in GATES:
        _put(rules, part, [_gate(draft, f"{part}.{n}", row) for n, row in enumerate(draft.rows[part])])
    columns = ("code", "title_zh", "title_en", "unit", "better")
    _put(
        rules, INDICATORS,
        [
            {name: row[name] for name in columns if row[name] not in ("", NEITHER)}
            for row in draft.rows[INDICATORS]
        ],
    )  # fmt: skip
    _twice(draft, GATES, _("A gate's code stands twice."))
    _twice(draft, (INDICATORS,), _("An indicator's code stands twice."))
    head = ("source", "effective_from", "reason", "based_on")
    raw = {name: value for name in head if (value := draft.fields[name])} | {"rules": rules}
    return draft.held(ProfileInput, raw, _place)


def _place(name: str) -> str:
    """The field that what is wrong is shown at."""
    name = name.removeprefix("rules.")
    where, _dot, last = name.rpartition(".")
    if where in GATES:
        return f"{name}.benchmark"
    return f"{name}.code" if where in PARTS and last.isdigit() else name


def _twice(draft: Draft, parts: Any, said: str) -> None:
    known: set[str] = set()
    for part in parts:
        for place, row in enumerate(draft.rows[part]):
            if row["code"] and row["code"] in known:
                draft.blame(f"{part}.{place}.code", said)
            known.add(row["code"])


def _gate(draft: Draft, at: str, row: Mapping[str, str]) -> dict[str, Any]:
    wanted = ("code", "kind", "title_zh", "title_en", "source", *OF_KIND.get(row["kind"], ()))
    raw: dict[str, Any] = {name: row[name] for name in wanted if row[name]}
    raw["overridable"] = bool(row["overridable"])
    for name in OF_KIND.get(row["kind"], ()):
        if name in USUAL and not row[name]:
            draft.blame(f"{at}.{name}", _("Please fill this in."))
    if raw.get("benchmark") and not ASSET.fullmatch(raw["benchmark"]):
        draft.blame(f"{at}.benchmark", _("Please write it as namespace/name."))
    return raw


def sections(draft: Draft) -> list[Section]:
    """The form as it is drawn."""
    alone = [name for name in NUMBERS if "." not in name]
    first = draft.cell("source", _("Source"), hint=_("What the rules rest on."), attrs={"maxlength": 500})
    return [
        Section("general", _("General"), (first,)),
        Section("vote", _("Vote and public notice"), tuple(_numbers(draft, *alone))),
        *(_stage(draft, part, stage) for part, stage in GATES.items()),
        Section(
            "pilots", _("Pilots"),
            tuple(_numbers(draft, *(name for name in NUMBERS if "." in name))),
            hint=_("Indicators are numbers that pilot sites report."), part=INDICATORS,
            rows=tuple(_indicator(draft, n) for n in range(len(draft.rows[INDICATORS]))),
            add=_("Add an indicator") if draft.room(INDICATORS) else "", error=draft.errors.get(INDICATORS),
        ),
    ]  # fmt: skip


def _numbers(draft: Draft, *names: str) -> Iterator[Cell]:
    for name in names:
        said, hint = NUMBERS[name]
        yield draft.cell(name, _(said), form="number", hint=_(hint), attrs={"inputmode": "numeric"})


def _stage(draft: Draft, part: str, stage: Stage) -> Section:
    days = draft.cell(
        f"stages.{stage}.days", _("Days it may last"), form="number", hint=_("Then the clock ends it; 1 to 3660."),
        attrs={"inputmode": "numeric"},
    )  # fmt: skip
    return Section(
        f"stage-{stage}", label(stage), (days,), part=part,
        rows=tuple(_gate_row(draft, part, n) for n in range(len(draft.rows[part]))),
        add=_("Add a gate") if draft.room(part) else "", error=draft.errors.get(part),
        hint=_("Gates are what whoever enters this stage must meet."),
    )  # fmt: skip


def _titled(row: Mapping[str, str], new: str) -> str:
    zh, en = row["title_zh"], row["title_en"]
    return ((en or zh) if get_locale() == "en" else (zh or en)) or new


def _gate_row(draft: Draft, part: str, place: int) -> Any:
    at, row = f"{part}.{place}", draft.rows[part][place]
    kinds = tuple((key, _(text)) for key, text in KINDS.items())
    kind = row["kind"]
    said = [_(KINDS[kind]) if kind in KINDS else ""]
    said += [] if row["overridable"] else [_("no vote passes over it")]
    groups = (
        (draft.cell(f"{at}.kind", _("Kind"), form="choice", options=kinds, live=True), _code(draft, at)),
        _titles(draft, at),
        tuple(_setting(draft, at, name) for name in OF_KIND.get(row["kind"], ())),
        (draft.cell(f"{at}.source", _("Source"), required=False, hint=_("Empty: a platform rule.")),
         draft.cell(f"{at}.overridable", _("The committee may vote to go on without it"), form="flag")),
    )  # fmt: skip
    return draft.row(
        part, place, title=_titled(row, _("A new gate")), note=" · ".join(filter(None, said)), groups=groups
    )


def _code(draft: Draft, at: str) -> Cell:
    return draft.cell(
        f"{at}.code", _("Short code"), hint=_("Small letters, digits and underscores; no other has the same.")
    )


def _titles(draft: Draft, at: str) -> tuple[Cell, Cell]:
    return draft.cell(f"{at}.title_zh", _("Title (Chinese)")), draft.cell(
        f"{at}.title_en", _("Title (English)")
    )


def _setting(draft: Draft, at: str, name: str) -> Cell:
    number = {"form": "number", "attrs": {"inputmode": "decimal"}}
    levels = tuple((each.value, label(each)) for each in Level)
    more: dict[str, tuple[str, dict[str, Any]]] = {
        "level": (_("Level, at least"), {"form": "choice", "options": levels}),
        "benchmark": (
            _("Benchmark"),
            {"required": False, "hint": _("As namespace/name; empty: any public benchmark.")},
        ),
        "metric": (_("Metric"), {"required": False, "hint": _("Empty: the benchmark's primary metric.")}),
        "threshold": (
            _("Threshold for the worse end of the interval"),
            number | {"required": False, "hint": _("Empty: a result with an interval is enough.")},
        ),
        "mean": (_("Mean of the reviews, at least"), number | {"hint": _("0 to 100.")}),
        "sites": (_("Sites that found it suitable, at least"), number | {"hint": _("1 to 100.")}),
        "unsuitable": (_("Sites that found it not suitable, at most"), number | {"hint": _("0 to 100.")}),
    }
    said, rest = more[name]
    return draft.cell(f"{at}.{name}", said, **rest)


def _indicator(draft: Draft, place: int) -> Any:
    at, row = f"{INDICATORS}.{place}", draft.rows[INDICATORS][place]
    better = tuple((key or NEITHER, _(text)) for key, text in BETTER.items())
    groups = (
        _titles(draft, at),
        (_code(draft, at), draft.cell(f"{at}.unit", _("Unit"), required=False),
         draft.cell(f"{at}.better", _("Direction"), form="choice", options=better)),
    )  # fmt: skip
    way = BETTER.get(row["better"], "")
    note = " · ".join(filter(None, (row["unit"], _(way) if way else "")))
    return draft.row(INDICATORS, place, title=_titled(row, _("A new indicator")), note=note, groups=groups)


def outline(content: Mapping[str, Any], locale: str) -> Outline:
    """Rules in words."""
    rules = Rules.model_validate(content["rules"])
    data = rules.model_dump(mode="json")
    facts = {_("Source"): str(content["source"])}
    facts |= {_(said): typed(_at(data, name)) for name, (said, _hint) in NUMBERS.items()}
    last = _("Days it may last")
    facts |= {f"{label(stage)} · {last}": typed(rules.stages[stage].days) for stage in TRACK}
    tables = {
        label(stage): [_gate_entry(each, locale) for each in rules.stages[stage].gates] for stage in TRACK
    }
    indicators = [_indicator_entry(each, locale) for each in rules.pilot.indicators]
    return Outline(facts, tables | {_("Indicators"): indicators})


def _gate_entry(one: Gate, locale: str) -> Entry:
    facts = {
        _("Kind"): _(KINDS[one.kind]),
        _("Title (Chinese)"): one.title_zh,
        _("Title (English)"): one.title_en,
        **gate_facts(one),
        _("Source"): one.source or _("Platform rule"),
        _("The committee may vote to go on without it"): _("Yes") if one.overridable else _("No"),
    }
    return Entry(one.code, one.title(locale), facts)


def _indicator_entry(one: Indicator, locale: str) -> Entry:
    facts = {
        _("Title (Chinese)"): one.title_zh, _("Title (English)"): one.title_en, _("Unit"): one.unit,
        _("Direction"): _(BETTER[one.better]),
    }  # fmt: skip
    return Entry(one.code, one.title(locale), facts)


def bare(data: Any) -> Any:
    """Rules without their source."""
    return {"rules": data} if isinstance(data, dict) and "stages" in data else data
