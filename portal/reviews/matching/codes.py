"""Discipline codes and keywords: how much of what a submission names an expert names too."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.reviews.matching.words import normal

# How many characters of a code each level of its taxonomy has: codes that begin with a letter as those of the national
# natural science fund (D, D01, D0113), codes of digits as those of GB/T 13745 (170, 17045, 1704510).
LETTER_LEVELS = (1, 3, 5, 7)
DIGIT_LEVELS = (3, 5, 7)


def plain_code(code: str) -> str:
    """A code without points and spaces, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", normal(code).upper())


def plain_keyword(keyword: str) -> str:
    """A keyword in one width and case, without spaces at the ends and with single ones inside."""
    return " ".join(normal(keyword).split())


def levels(code: str) -> tuple[str, ...]:
    """The code's ancestors and itself, from the top."""
    lengths = LETTER_LEVELS if code[:1].isalpha() else DIGIT_LEVELS
    above = [code[:length] for length in lengths if length < len(code)]
    return (*above, code) if code else ()


def kinship(one: str, other: str) -> float:
    """How near two plain codes are: common levels over the levels of the deeper one; 1 for the same code."""
    here, there = levels(one), levels(other)
    common = 0
    for a, b in zip(here, there, strict=False):
        if a != b:
            break
        common += 1
    return common / max(len(here), len(there), 1)


@dataclass(frozen=True, slots=True)
class Match:
    """A code or keyword of the submission, the expert's that is nearest, and how near: 0 to 1."""

    wanted: str
    offered: str
    value: float


def match_codes(wanted: Sequence[str], offered: Sequence[str]) -> tuple[Match, ...]:
    """For every code of the submission the expert's nearest."""
    found = []
    for code in wanted:
        best = max(offered, key=lambda other: (kinship(code, other), other), default="")
        found.append(Match(code, best, kinship(code, best)))
    return tuple(found)


def match_keywords(wanted: Iterable[str], offered: Iterable[str]) -> tuple[Match, ...]:
    """For every keyword of the submission whether the expert has it, too."""
    there = frozenset(offered)
    return tuple(Match(word, word if word in there else "", float(word in there)) for word in wanted)
