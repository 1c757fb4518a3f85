"""What differs between two editions, in words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from portal.kit.diffs import runs
from portal.kit.i18n import N_, _, named

NOTHING = "—"


@dataclass(frozen=True)
class Entry:
    """A row of rules: ``key`` says which one it is from edition to edition; ``facts`` are its labels and words."""

    key: str
    title: str
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Outline:
    """An edition in words: what stands alone, and the rows of its tables by the table's name."""

    facts: Mapping[str, str]
    tables: Mapping[str, Sequence[Entry]] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """What became of a row, or of what stands alone (then ``where`` is empty)."""

    what: str
    """Message id: added, removed, changed, moved."""
    level: str
    where: str
    title: str
    lines: tuple[str, ...] = ()


ADDED, REMOVED = N_("New in this version"), N_("No longer in it")
CHANGED, MOVED = N_("Changed in it"), N_("Moved")


def between(old: Outline, new: Outline) -> list[Change]:
    """All of it, in the order of the new edition; removed rows before the others of their table."""
    lines = _lines(old.facts, new.facts)
    found = [Change(CHANGED, "info", "", "", lines)] if lines else []
    for name in dict.fromkeys([*old.tables, *new.tables]):
        found += _rows(name, old.tables.get(name, ()), new.tables.get(name, ()))
    return found


def _lines(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(
        _(
            "%(what)s: %(old)s → %(new)s",
            what=name,
            old=old.get(name) or NOTHING,
            new=new.get(name) or NOTHING,
        )
        for name in dict.fromkeys([*old, *new])
        if old.get(name, "") != new.get(name, "")
    )


def _rows(where: str, old: Sequence[Entry], new: Sequence[Entry]) -> list[Change]:
    before, after = {each.key: each for each in old}, {each.key: each for each in new}
    found = [Change(REMOVED, "bad", where, each.title) for each in old if each.key not in after]
    common = [key for key in before if key in after], [key for key in after if key in before]
    stayed = {key for run in runs(*common) if run.kind == "equal" for key in common[0][run.a0 : run.a1]}
    for key, each in after.items():
        if key not in before:
            said = tuple(named(name, words) for name, words in each.facts.items() if words)
            found.append(Change(ADDED, "good", where, each.title, said))
            continue
        lines = _lines(before[key].facts, each.facts)
        if key not in stayed:
            places = {"old": common[0].index(key) + 1, "new": common[1].index(key) + 1}
            lines = (*lines, _("Moved from place %(old)s to place %(new)s", **places))
        if lines:
            found.append(Change(CHANGED if key in stayed else MOVED, "info", where, each.title, lines))
    return found
