"""Whether two written people are one: by account, ORCID and mail for certain, by name and place likely."""

import functools
import unicodedata
from enum import IntEnum

from portal.reviews.conflicts.world import Person


class Sameness(IntEnum):
    """How sure it is that two are the same person."""

    different = 0
    possible = 1
    likely = 2
    certain = 3


def same(one: Person, other: Person) -> Sameness:
    """Compare two people.

    Accounts, ORCID iDs and addresses decide where both have them. A name alone never does: it is ``likely`` with a
    shared organisation, ``possible`` without one and only in the same script, since a romanised name fits thousands.
    """
    if one.key and one.key == other.key:
        return Sameness.certain
    if one.orcid and other.orcid:
        return Sameness.certain if one.orcid == other.orcid else Sameness.different
    if _addresses(one) & _addresses(other):
        return Sameness.certain
    if one.key and other.key:
        return Sameness.different
    exact = bool(_exact(one) & _exact(other))
    if not exact and not _romanised(one) & _romanised(other):
        return Sameness.different
    if {tenure.organisation for tenure in one.tenures} & {tenure.organisation for tenure in other.tenures}:
        return Sameness.likely
    return Sameness.possible if exact else Sameness.different


def _addresses(person: Person) -> set[str]:
    """Whole addresses. Their domains say nothing: most people here write from free mail services."""
    return {address.strip().casefold() for address in person.emails}


def _exact(person: Person) -> set[str]:
    return {plain(name) for name in person.names} - {""}


def _romanised(person: Person) -> set[str]:
    return {form for name in person.names for form in romanised(name)}


def plain(name: str) -> str:
    """A name without width, case, spaces, dots and hyphens: ``Ｗang  X.-M.`` is ``wangxm``."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(mark for mark in folded if mark.isalnum())


@functools.lru_cache(maxsize=20_000)
def romanised(name: str) -> frozenset[str]:
    """The name in Latin letters, family name first and last: 张三丰 and Sanfeng Zhang share both forms."""
    from pypinyin import Style, pinyin

    folded = unicodedata.normalize("NFKC", name).strip()
    if any("\u4e00" <= mark <= "\u9fff" for mark in folded):
        characters = [mark for mark in folded if "\u4e00" <= mark <= "\u9fff"]
        # pypinyin knows families written with two characters only by their reading, so both cuts are tried.
        sounds = [plain(each[0]) for each in pinyin("".join(characters), style=Style.NORMAL, v_to_u=False)]
        cuts = [1, 2] if len(sounds) > 3 else [1]
        words = [("".join(sounds[:cut]), "".join(sounds[cut:])) for cut in cuts]
    else:
        parts = [plain(part) for part in folded.replace(",", " ").replace("-", "").split()]
        if len(parts) < 2:
            return frozenset()
        words = [(parts[0], "".join(parts[1:])), ("".join(parts[:-1]), parts[-1])]
    return frozenset(_spelt(form) for first, rest in words if rest for form in (first + rest, rest + first))


def _spelt(form: str) -> str:
    """The sound ü is written ü, v, yu and u, by habit and by passport."""
    for written in ("ü", "v", "yu"):
        form = form.replace("l" + written, "lu").replace("n" + written, "nu")
    return form
