"""The templates that come with the program, from ``templates.toml`` beside this file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.reviews.rounds.shape import Shape

FILE = Path(__file__).with_name("templates.toml")
OUTCOMES = (
    ("accepted", "通过", "Accepted", "in"),
    ("reserve", "备选", "Reserve", "reserve"),
    ("declined", "不通过", "Not accepted", "out"),
)


@dataclass(frozen=True)
class Shipped:
    """A template as it comes with the program."""

    key: str
    title_zh: str
    title_en: str
    source: str
    shape: Shape


def templates() -> list[Shipped]:
    """All of them, by key. A file that does not hold is a mistake of the program."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return [
        Shipped(key, given["title_zh"], given["title_en"], given["source"], _shape(data, given))
        for key, given in sorted(data["templates"].items())
    ]


def _shape(data: Mapping[str, Any], given: Mapping[str, Any]) -> Shape:
    same = ("blind", "threshold", "places", "staffing", "periods", "panel")
    return Shape.model_validate(
        {name: given[name] for name in same if name in given}
        | {
            "criteria": [_criterion(data, each) for each in given["criteria"]],
            "questions": [
                dict(zip(("key", "title_zh", "title_en", "least", "most"), each, strict=True))
                for each in given["questions"]
            ],
            "outcomes": [_outcome(data, *each) for each in OUTCOMES],
            "pledge_zh": data["pledges"]["zh"].strip(),
            "pledge_en": data["pledges"]["en"].strip(),
        }
    )


def _criterion(data: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    title, words = given["title"], given.get("help", ["", ""])
    return {
        "key": given["key"], "weight": given["weight"],
        "title_zh": title[0], "title_en": title[1], "help_zh": words[0], "help_en": words[1],
        "levels": [
            {"value": value, "anchor_zh": zh, "anchor_en": en}
            for value, zh, en in data["levels"][given["levels"]]["rows"]
        ],
        "threshold": given.get("threshold"), "veto": given.get("veto"),
    }  # fmt: skip


def _outcome(data: Mapping[str, Any], key: str, zh: str, en: str, kind: str) -> dict[str, Any]:
    letter = data["letters"][kind]
    return {
        "key": key, "title_zh": zh, "title_en": en, "kind": kind,
        "letter_zh": letter["zh"].strip(), "letter_en": letter["en"].strip(),
    }  # fmt: skip
