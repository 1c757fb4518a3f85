"""The shape of a round as a form of plain fields, and back: rows are added, moved and removed by submits.

A field is called by its place in the shape (``criteria.0.weight``); levels are lines of one text, so that a whole shape
fits into the number of fields a form may have.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from portal.kit.forms import clean, explain
from portal.kit.i18n import _
from portal.reviews.rounds.shape import Shape

ROWS = {"criteria": 20, "questions": 20, "outcomes": 8}
"""Parts with rows, and how many rows each may have."""
COLUMNS = {
    "criteria": (
        "key", "title_zh", "title_en", "help_zh", "help_en", "weight", "levels", "threshold", "veto",
    ),
    "questions": ("key", "title_zh", "title_en", "least", "most"),
    "outcomes": ("key", "title_zh", "title_en", "kind", "letter_zh", "letter_en"),
}  # fmt: skip
GROUPS = {
    "conflicts": ("former_years", "work_years", "reviewed_years", "tree_steps", "applicants_may_review"),
    "staffing": ("method", "reviews", "seniors", "of_one_organisation", "crossing_percent", "cap_permille", "most"),
    "periods": ("preparation", "invitation", "review", "rebuttal", "discussion", "panel", "conclusion"),
    "panel": ("quorum_percent", "majority_percent", "secret"),
}  # fmt: skip
SINGLE = ("blind", "threshold", "places", "appeal_days", "reveal_experts_days", "pledge_zh", "pledge_en")
FLAGS = {"conflicts.applicants_may_review", "panel.secret"}
NEW_ROW: dict[str, dict[str, str]] = {
    "criteria": {
        "weight": "10",
        "levels": "1 | 差 | Poor\n2 | 较差 | Weak\n3 | 中 | Fair\n4 | 良 | Good\n5 | 优 | Excellent",
    },
    "questions": {"least": "0", "most": "2000"},
    "outcomes": {"kind": "out"},
}
DO = re.compile(r"(add|remove|up):(criteria|questions|outcomes)(?::(\d{1,2}))?")


@dataclass
class Draft:
    """What was typed: plain fields, and rows of plain fields; with what is wrong where it was looked at."""

    fields: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[dict[str, str]]] = field(default_factory=lambda: {name: [] for name in ROWS})
    errors: dict[str, str] = field(default_factory=dict)

    def act(self, what: str) -> bool:
        """Add, remove or move up a row; whether ``what`` asked for one of these."""
        match = DO.fullmatch(what)
        if match is None:
            return False
        verb, part, place = match[1], match[2], int(match[3] or 0)
        rows = self.rows[part]
        if verb == "add" and len(rows) < ROWS[part]:
            rows.append({**dict.fromkeys(COLUMNS[part], ""), **NEW_ROW[part]})
        elif verb == "remove" and place < len(rows):
            del rows[place]
        elif verb == "up" and 0 < place < len(rows):
            rows[place - 1], rows[place] = rows[place], rows[place - 1]
        return True

    def shape(self) -> Shape | None:
        """The shape, where it holds; else None, and ``errors`` say at which fields it does not."""
        self.errors = {}
        raw = self._raw()
        if self.errors:
            return None
        try:
            return Shape.model_validate(raw)
        except ValidationError as error:
            for name, text in explain(error.errors(include_url=False)).items():
                self._blame(name, text)
        return None

    def _raw(self) -> dict[str, Any]:
        raw: dict[str, Any] = {name: value for name in SINGLE if (value := self.fields.get(name, ""))}
        for group, names in GROUPS.items():
            raw[group] = {name: value for name in names if (value := self.fields.get(f"{group}.{name}", ""))}
            for name in names:
                if f"{group}.{name}" in FLAGS:
                    raw[group][name] = bool(self.fields.get(f"{group}.{name}"))
        for part, rows in self.rows.items():
            raw[part] = [{name: value for name, value in row.items() if value} for row in rows]
        for place, row in enumerate(raw["criteria"]):
            row["levels"] = self._levels(place, row.get("levels", ""))
        return raw

    def _levels(self, place: int, text: str) -> list[dict[str, Any]]:
        found = []
        for line in filter(str.strip, text.split("\n")):
            value, zh, en, *more = [*(part.strip() for part in re.split(r"[|｜]", line)), "", ""]
            if any(more):
                self._blame(f"criteria.{place}.levels", _("One level a line: mark | Chinese | English"))
            found.append({"value": value, "anchor_zh": zh, "anchor_en": en})
        return found

    def _blame(self, name: str, text: str) -> None:
        """Put what is wrong at the field that was typed."""
        parts = name.split(".")
        if len(parts) > 4 and parts[2] == "levels":
            text = _("Line %(n)s: %(why)s", n=int(parts[3]) + 1, why=text)
            name = ".".join(parts[:3])
        elif len(parts) == 2 and parts[0] in ROWS:
            name = f"{name}.title_zh"
        self.errors.setdefault(name, text)


def from_form(form: Mapping[str, Any]) -> Draft:
    """What a browser sent: rows count up from 0 without gaps."""
    draft = Draft()
    names = [*SINGLE, *(f"{group}.{name}" for group, names in GROUPS.items() for name in names)]
    draft.fields = {name: clean(str(form.get(name, ""))).strip() for name in names}
    for part, most in ROWS.items():
        for place in range(most):
            columns = {name: form.get(f"{part}.{place}.{name}") for name in COLUMNS[part]}
            if all(value is None for value in columns.values()):
                break
            draft.rows[part].append(
                {name: clean(str(value or "")).strip() for name, value in columns.items()}
            )
    return draft


def from_shape(shape: Shape) -> Draft:
    """A stored shape as a form."""
    data = shape.model_dump(mode="json")
    draft = Draft()
    draft.fields = {name: _typed(data[name]) for name in SINGLE}
    for group, names in GROUPS.items():
        draft.fields |= {f"{group}.{name}": _typed(data[group][name]) for name in names}
    for part, columns in COLUMNS.items():
        draft.rows[part] = [
            {name: _lines(row[name]) if name == "levels" else _typed(row[name]) for name in columns}
            for row in data[part]
        ]
    return draft


def _typed(value: Any) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _lines(levels: list[dict[str, Any]]) -> str:
    return "\n".join(
        " | ".join((_typed(level["value"]), level["anchor_zh"], level["anchor_en"])).rstrip(" |")
        for level in levels
    )
