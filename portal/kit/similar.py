"""Whether two short names are easily taken for each other. Pure; names are of a-z, 0-9 and hyphens.

The kinds follow what is seen in typosquatting of package registries: Vu et al., "Typosquatting and combosquatting
attacks on the Python ecosystem", EuroS&PW 2020; Taylor et al., "Defending against package typosquatting", NSS 2020.
"""

from enum import StrEnum

from portal.kit.i18n import N_


class Likeness(StrEnum):
    """Why two names are easily confused."""

    same = "same"
    separators = "separators"
    order = "order"
    looks = "looks"
    keyboard = "keyboard"
    slip = "slip"

    @property
    def label(self) -> str:
        """Message id of the reason."""
        return {
            "same": N_("the same name"),
            "separators": N_("differs in hyphens only"),
            "order": N_("the same words in another order"),
            "looks": N_("looks the same (0 and o, 1 and l, rn and m)"),
            "keyboard": N_("one neighbouring key apart"),
            "slip": N_("one or two letters apart"),
        }[self.value]


_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_SINGLES = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "2": "z", "8": "b", "9": "g", "6": "b"})
SHORT = 5
"""Below this length one changed letter is another word, not a slip."""
LONG = 12
"""From this length on two slips are still easily overlooked."""


def _near_keys() -> frozenset[tuple[str, str]]:
    """Pairs of keys that touch on a QWERTY keyboard (each row stands half a key right of the one above)."""
    found = set()
    for y, row in enumerate(_ROWS):
        for x, key in enumerate(row):
            beside = [(y, x + 1), (y + 1, x), (y + 1, x - 1)]
            found |= {(key, _ROWS[b][a]) for b, a in beside if b < len(_ROWS) and 0 <= a < len(_ROWS[b])}
    return frozenset(found | {(b, a) for a, b in found})


_NEAR = _near_keys()


def _seen(name: str) -> str:
    """What a hasty eye makes of a name."""
    for pair, single in _PAIRS:
        name = name.replace(pair, single)
    return name.translate(_SINGLES)


def distance(a: str, b: str, most: int) -> int:
    """Optimal string alignment distance (insert, delete, replace, swap neighbours), ``most + 1`` where it is more."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, last, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def likeness(a: str, b: str) -> Likeness | None:
    """The plainest reason why the names are easily confused, or None."""
    if a == b:
        return Likeness.same
    plain_a, plain_b = a.replace("-", ""), b.replace("-", "")
    if plain_a == plain_b:
        return Likeness.separators
    if "-" in a and sorted(a.split("-")) == sorted(b.split("-")):
        return Likeness.order
    if _seen(plain_a) == _seen(plain_b):
        return Likeness.looks
    return _slipped(plain_a, plain_b)


def _slipped(a: str, b: str) -> Likeness | None:
    shorter = min(len(a), len(b))
    if shorter < SHORT:
        return None
    if len(a) == len(b):
        changed = [(x, y) for x, y in zip(a, b, strict=True) if x != y]
        if all(x.isdigit() and y.isdigit() for x, y in changed):
            return None  # a series: landsat7 and landsat8, parcels-2023 and parcels-2024
        if len(changed) == 1 and changed[0] in _NEAR:
            return Likeness.keyboard
    most = 2 if shorter >= LONG else 1
    return Likeness.slip if distance(a, b, most) <= most else None
