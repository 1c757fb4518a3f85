"""The shape of a round as a form of plain fields, and back: rows are added, moved and removed by submits.

A field is called by its place in the shape (``criteria.0.weight``); levels are lines of one text, so that a whole shape
fits into the number of fields a form may have.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.kit import rows
from portal.kit.i18n import _
from portal.kit.rows import Part, typed
from portal.reviews.rounds.shape import Shape

PARTS = {
    "criteria": Part(
        ("key", "title_zh", "title_en", "help_zh", "help_en", "weight", "levels", "threshold", "veto"),
        20,
        {
            "weight": "10",
            "levels": "1 | 差 | Poor\n2 | 较差 | Weak\n3 | 中 | Fair\n4 | 良 | Good\n5 | 优 | Excellent",
        },
    ),
    "questions": Part(("key", "title_zh", "title_en", "least", "most"), 20, {"least": "0", "most": "2000"}),
    "outcomes": Part(("key", "title_zh", "title_en", "kind", "letter_zh", "letter_en"), 8, {"kind": "out"}),
}
GROUPS = {
    "conflicts": ("former_years", "work_years", "reviewed_years", "tree_steps", "applicants_may_review"),
    "staffing": ("method", "reviews", "seniors", "of_one_organisation", "crossing_percent", "cap_permille", "most"),
    "periods": ("preparation", "invitation", "review", "rebuttal", "discussion", "panel", "conclusion"),
    "panel": ("quorum_percent", "majority_percent", "secret"),
}  # fmt: skip
SINGLE = ("blind", "threshold", "places", "appeal_days", "reveal_experts_days", "pledge_zh", "pledge_en")
FLAGS = {"conflicts.applicants_may_review", "panel.secret"}


@dataclass
class Draft(rows.Draft):
    """A shape as it was typed."""

    def shape(self) -> Shape | None:
        """The shape, where it holds; else None, and ``errors`` say at which fields it does not."""
        self.errors = {}
        raw = self._raw()
        return None if self.errors else self.held(Shape, raw, _place)

    def _raw(self) -> dict[str, Any]:
        raw: dict[str, Any] = {name: value for name in SINGLE if (value := self.fields.get(name, ""))}
        for group, names in GROUPS.items():
            raw[group] = {name: value for name in names if (value := self.fields.get(f"{group}.{name}", ""))}
            for name in names:
                if f"{group}.{name}" in FLAGS:
                    raw[group][name] = bool(self.fields.get(f"{group}.{name}"))
        for part, found in self.rows.items():
            raw[part] = [{name: value for name, value in row.items() if value} for row in found]
        for place, row in enumerate(raw["criteria"]):
            row["levels"] = self._levels(place, row.get("levels", ""))
        return raw

    def _levels(self, place: int, text: str) -> list[dict[str, Any]]:
        found = []
        for line in filter(str.strip, text.split("\n")):
            value, zh, en, *more = [*(part.strip() for part in re.split(r"[|｜]", line)), "", ""]
            if any(more):
                self.blame(f"criteria.{place}.levels", _("One level a line: mark | Chinese | English"))
            found.append({"value": value, "anchor_zh": zh, "anchor_en": en})
        return found

    def blame(self, name: str, text: str) -> None:
        """Put what is wrong at a field; of a line of levels, at the text that holds it."""
        parts = name.split(".")
        if len(parts) > 4 and parts[2] == "levels":
            text = _("Line %(n)s: %(why)s", n=int(parts[3]) + 1, why=text)
            name = ".".join(parts[:3])
        super().blame(name, text)


def _place(name: str) -> str:
    """The field for what the shape calls by a name: a whole row is spoken to at its title."""
    parts = name.split(".")
    return f"{name}.title_zh" if len(parts) == 2 and parts[0] in PARTS else name


def from_form(form: Mapping[str, Any]) -> Draft:
    """What a browser sent."""
    draft = Draft(PARTS)
    draft.read(form, [*SINGLE, *(f"{group}.{name}" for group, names in GROUPS.items() for name in names)])
    return draft


def from_shape(shape: Shape) -> Draft:
    """A stored shape as a form."""
    data = shape.model_dump(mode="json")
    draft = Draft(PARTS)
    draft.fields = {name: typed(data[name]) for name in SINGLE}
    for group, names in GROUPS.items():
        draft.fields |= {f"{group}.{name}": typed(data[group][name]) for name in names}
    for part, table in PARTS.items():
        draft.rows[part] = [
            {name: _lines(row[name]) if name == "levels" else typed(row[name]) for name in table.columns}
            for row in data[part]
        ]
    return draft


def _lines(levels: list[dict[str, Any]]) -> str:
    return "\n".join(
        " | ".join((typed(level["value"]), level["anchor_zh"], level["anchor_en"])).rstrip(" |")
        for level in levels
    )
