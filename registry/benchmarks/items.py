"""Reading the item table of a benchmark, and the groups of its items that scores may be given for.

A group is a *cell*: a province, a square of the grid, the winter items. Which cells there are and which of them are
hidden follows from the table alone, never from a submission, and is settled once, when the benchmark is registered.

Hiding follows the practice of official statistics (Hundepool et al., Statistical Disclosure Control, 2012, ch. 4):
a cell of fewer than ``least`` items is hidden (primary suppression), and so is whatever would give so small a group
away by subtraction (secondary suppression): of two published groups one of which lies within the other, where a group
is also what the shown cells of a partition leave over. Differences of more than two groups are not examined (ADR 0033).
"""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal.kit.i18n import _
from registry.benchmarks.divisions import levels
from registry.benchmarks.itemtable import PLACE, REGION, ItemTable, Slice
from registry.benchmarks.reading import NotReadableError

MAX_TABLE = 16 * 1024 * 1024
MAX_ITEMS = 200_000
MAX_NAME = 200
MAX_VALUE = 60
MOST_VALUES = 50
MOST_CELLS = 1000
Key = tuple[str, str]
"""Dimension and key of a cell: ("region", "1101"), ("place", "-77,39"), ("season", "winter")."""


@dataclass(frozen=True)
class Cell:
    """Some items of a benchmark. ``members`` are positions in ``Items.ids``; ``parent`` is the key of the next larger
    region, empty elsewhere.
    """

    dimension: str
    key: str
    parent: str
    members: tuple[int, ...]
    hidden: bool


@dataclass(frozen=True)
class ItemCells:
    """The ids of all items, in the order of the table, their cells, and what perturbed items are copies of."""

    ids: tuple[str, ...]
    cells: tuple[Cell, ...]
    originals: Mapping[Key, Mapping[int, int]]
    """Category of perturbed copies whose drop may be published -> position of a copy -> of its original."""


def read_items(data: bytes, form: ItemTable) -> ItemCells:
    """The cells of a table; `NotReadableError` names the line and says what is wrong with it."""
    ids: dict[str, int] = {}
    rows: list[list[Key]] = []
    copies: dict[str, dict[int, str]] = {part.name: {} for part in form.slices if part.copy_of}
    for line, row in _rows(data, form):
        name = row[form.id]
        if not 0 < len(name) <= MAX_NAME:
            raise _wrong(form, line, _("the id must be a text of 1 to %(n)s characters", n=MAX_NAME))
        if name in ids:
            raise _wrong(form, line, _("the id “%(id)s” occurs twice", id=name))
        for part in form.slices:
            if part.copy_of and row[part.copy_of]:
                copies[part.name][len(ids)] = row[part.copy_of]
        ids[name] = len(ids)
        rows.append(list(_keys_of(row, form, line)))
    if len(ids) < form.least:
        raise NotReadableError(_("%(file)s: fewer than %(n)s items.", file=form.file, n=form.least))
    members = _members(rows)
    _check_counts(members, form)
    pairs = _copied(members, _originals(copies, ids, rows, form))
    groups = {**members, **{_originals_of(key): pair.values() for key, pair in pairs.items()}}
    hidden = hidden_cells(groups, len(ids), form.least)
    cells = (
        Cell(key[0], key[1], _parent(key), tuple(members[key]), key in hidden)
        for key in sorted(members, key=lambda key: _order(key, form))
    )
    shown = {key: pair for key, pair in pairs.items() if not {key, _originals_of(key)} & hidden}
    return ItemCells(tuple(ids), tuple(cells), shown)


def read_ids(data: bytes, form: ItemTable) -> frozenset[str]:
    """Only the ids of a table that was read before."""
    return frozenset(row[form.id] for _line, row in _rows(data, form))


def _wrong(form: ItemTable, line: int, reason: str) -> NotReadableError:
    return NotReadableError(
        _("%(file)s, line %(line)s: %(reason)s.", file=form.file, line=line, reason=reason)
    )


def _rows(data: bytes, form: ItemTable) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and cells of the declared columns; strictly CSV, bounded in size and number."""
    if len(data) > MAX_TABLE:
        raise NotReadableError(_("%(file)s is larger than %(mb)s MiB.", file=form.file, mb=MAX_TABLE >> 20))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotReadableError(_("%(file)s is not UTF-8 text.", file=form.file)) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        lacking = [name for name in form.columns if header.count(name) != 1]
        if lacking:
            raise _wrong(form, 1, _("exactly one column “%(name)s” is needed", name=lacking[0]))
        places = {name: header.index(name) for name in form.columns}
        number = 0
        for row in reader:
            if not row:
                continue
            number += 1
            if number > MAX_ITEMS:
                raise NotReadableError(
                    _("%(file)s holds more than %(n)s items.", file=form.file, n=MAX_ITEMS)
                )
            if len(row) != len(header):
                reason = _("%(given)s values instead of %(n)s", given=len(row), n=len(header))
                raise _wrong(form, reader.line_num, reason)
            yield reader.line_num, {name: row[at].strip() for name, at in places.items()}
    except csv.Error as error:
        raise _wrong(form, reader.line_num, _("not readable as CSV")) from error


def _keys_of(row: Mapping[str, str], form: ItemTable, line: int) -> Iterator[Key]:
    """The cells an item lies in; regions from the largest to the smallest."""
    if form.region is not None:
        code = row[form.region.column]
        found = levels(code)
        if found is None:
            reason = _(
                "“%(code)s” is no division code of 2, 4 or 6 digits (GB/T 2260) of a known province",
                code=code[:MAX_VALUE],
            )
            raise _wrong(form, line, reason)
        yield from ((REGION, level) for level in found)
    if form.place is not None:
        lon = _degrees(row[form.place.lon], 180, form, line)
        lat = _degrees(row[form.place.lat], 90, form, line)
        step = form.place.cell_deg
        yield PLACE, f"{math.floor(lon / step)},{math.floor(lat / step)}"
    for part in form.slices:
        value = row[part.column]
        if not 0 < len(value) <= MAX_VALUE or not value.isprintable():
            reason = _(
                "“%(column)s” must be a text of 1 to %(n)s characters", column=part.column, n=MAX_VALUE
            )
            raise _wrong(form, line, reason)
        yield part.name, value


def _degrees(text: str, most: int, form: ItemTable, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not abs(value) <= most:
        reason = _("“%(text)s” is no number from −%(n)s to %(n)s", text=text[:MAX_VALUE], n=most)
        raise _wrong(form, line, reason)
    return value


def _members(rows: Sequence[Sequence[Key]]) -> dict[Key, list[int]]:
    members: dict[Key, list[int]] = {}
    for at, keys in enumerate(rows):
        for key in keys:
            members.setdefault(key, []).append(at)
    return members


def _originals_of(key: Key) -> Key:
    """The group of the originals of a category of copies: with the drop their score is published too."""
    return f"{key[0]}/", key[1]


def _copied(
    members: Mapping[Key, Sequence[int]], originals: Mapping[str, Mapping[int, int]]
) -> dict[Key, dict[int, int]]:
    """The categories that consist of copies only, with copies and originals."""
    return {
        key: {at: originals[key[0]][at] for at in positions}
        for key, positions in members.items()
        if key[0] in originals and originals[key[0]].keys() >= set(positions)
    }


def _check_counts(members: Mapping[Key, object], form: ItemTable) -> None:
    if len(members) > MOST_CELLS:
        raise NotReadableError(
            _(
                "%(file)s makes more than %(n)s cells: use shorter codes, a wider grid or fewer categories.",
                file=form.file,
                n=MOST_CELLS,
            )
        )
    for part in form.slices:
        if sum(dimension == part.name for dimension, _key in members) > MOST_VALUES:
            raise NotReadableError(
                _(
                    "%(file)s: the slice “%(name)s” has more than %(n)s categories.",
                    file=form.file,
                    name=part.name,
                    n=MOST_VALUES,
                )
            )


def _parent(key: Key) -> str:
    return key[1][:-2] if key[0] == REGION else ""


def _order(key: Key, form: ItemTable) -> tuple[int, object]:
    """Regions by code, the grid from north-west to south-east, slices as they are declared."""
    dimension, value = key
    if dimension == REGION:
        return 0, value
    if dimension == PLACE:
        east, north = map(int, value.split(","))
        return 1, (-north, east)
    at, part = next((at, part) for at, part in enumerate(form.slices) if part.name == dimension)
    named = list(part.titles)
    return 2 + at, (named.index(value) if value in named else len(named), value)


def hidden_cells(members: Mapping[Key, Iterable[int]], count: int, least: int) -> set[Key]:
    """The cells of which no score may be published, of a table of ``count`` items.

    A key whose dimension ends in ``/`` is a group that is published too but is part of no partition. Bit n of a mask
    stands for item n. A group within another is told apart from it by the difference of their sizes alone, so only
    groups of nearly the same size are compared.
    """
    masks = {key: _mask(positions, count) for key, positions in members.items()}
    size = {key: mask.bit_count() for key, mask in masks.items()}
    parts: dict[Key, list[Key]] = {}
    for key in masks:
        if not key[0].endswith("/"):
            parts.setdefault((key[0], _parent(key)), []).append(key)
    for keys in parts.values():
        keys.sort(key=lambda key: (size[key], key))
    whole = (1 << count) - 1
    hidden = {key for key in masks if size[key] < least}
    while more := _given_away(masks, parts, hidden, whole, least):
        hidden |= more
    return hidden


def _mask(positions: Iterable[int], count: int) -> int:
    bits = bytearray(count // 8 + 1)
    for at in positions:
        bits[at >> 3] |= 1 << (at & 7)
    return int.from_bytes(bits, "little")


def _given_away(
    masks: Mapping[Key, int],
    parts: Mapping[Key, Sequence[Key]],
    hidden: set[Key],
    whole: int,
    least: int,
) -> set[Key]:
    """What must be hidden as well. Published are the cells that are not hidden, all items, and of every partition
    what subtraction leaves over; to enlarge that, its smallest shown cell is hidden.
    """
    groups = [(mask, key) for key, mask in masks.items() if key not in hidden]
    more: set[Key] = set()
    for (dimension, parent), keys in parts.items():
        shown = [key for key in keys if key not in hidden]
        if parent and (dimension, parent) in hidden:
            more.update(shown)
        elif shown and (left := _left_over(masks[dimension, parent] if parent else whole, masks, shown)):
            groups.append((left, shown[0]))
            if left.bit_count() < least:
                more.add(shown[0])
    return more or _nearly_the_same(groups, whole, least)


def _left_over(mask: int, masks: Mapping[Key, int], shown: Iterable[Key]) -> int:
    for key in shown:
        mask &= ~masks[key]
    return mask


def _nearly_the_same(groups: Iterable[tuple[int, Key]], whole: int, least: int) -> set[Key]:
    """The key of the smallest group that all but 1 to ``least`` - 1 items of another group make up; one at a time, as
    hiding it may be enough.
    """
    sized = sorted((mask.bit_count(), mask, key) for mask, key in groups)
    ordered = [*sized, (whole.bit_count(), whole, ("", ""))]
    for at, (small, inner, key) in enumerate(sized):
        for large, outer, _key in ordered[at + 1 :]:
            if large - small >= least:
                break
            if small < large and inner & ~outer == 0:
                return {key}
    return set()


def _originals(
    copies: Mapping[str, Mapping[int, str]],
    ids: Mapping[str, int],
    rows: Sequence[Sequence[Key]],
    form: ItemTable,
) -> dict[str, dict[int, int]]:
    """Positions of copies and originals; refuses unknown originals and two copies of one in the same category."""
    found: dict[str, dict[int, int]] = {}
    for part in form.slices:
        if part.name not in copies:
            continue
        found[part.name] = _pairs(part, copies[part.name], ids, rows, form)
    return found


def _pairs(
    part: Slice,
    copies: Mapping[int, str],
    ids: Mapping[str, int],
    rows: Sequence[Sequence[Key]],
    form: ItemTable,
) -> dict[int, int]:
    names = list(ids)
    pairs: dict[int, int] = {}
    seen: set[tuple[Key, str]] = set()
    for at, name in copies.items():
        key = next(key for key in rows[at] if key[0] == part.name)
        if name not in ids or ids[name] == at or ids[name] in copies:
            reason = _("“%(of)s” is no original item of the table", of=name[:MAX_VALUE])
        elif (key, name) in seen:
            reason = _("“%(of)s” has two copies in “%(value)s”", of=name[:MAX_VALUE], value=key[1])
        else:
            seen.add((key, name))
            pairs[at] = ids[name]
            continue
        item = names[at][:MAX_VALUE]
        raise NotReadableError(
            _("%(file)s, item “%(id)s”: %(reason)s.", file=form.file, id=item, reason=reason)
        )
    return pairs
