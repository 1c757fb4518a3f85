"""The item table: what is read, what is refused, and which groups stay hidden."""

import random
from copy import deepcopy
from typing import Any

import pytest

from registry.benchmarks.divisions import PROVINCES, levels
from registry.benchmarks.forms import read_manifest
from registry.benchmarks.items import hidden_cells, read_items
from registry.benchmarks.itemtable import ItemTable
from registry.benchmarks.reading import NotReadableError
from tests.benchmarks.test_manifest import packed
from tests.evaluation.tiny import manifest

SEASON = {"name": "season", "title": {"zh": "季节", "en": "Season"}, "column": "season"}


def form(**changes: Any) -> ItemTable:
    return ItemTable.model_validate(
        {"file": "labels/items.csv", "region": {"column": "code"}, "slices": [SEASON], **changes}
    )


def table(rows: list[tuple[object, ...]], header: str = "id,code,season") -> bytes:
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)]).encode()


def test_codes_have_levels() -> None:
    assert levels("110105") == ["11", "1101", "110105"]
    assert levels("110000") == ["11"]
    assert levels("330100") == ["33", "3301"]
    for wrong in ("", "1", "011", "99", "1105a5", "１１", "110005", "156110000"):
        assert levels(wrong) is None, wrong


def test_the_schematic_has_all_provinces_each_on_a_tile_of_its_own() -> None:
    assert len(PROVINCES) == 34
    assert len({(one.column, one.row) for one in PROVINCES.values()}) == 34
    assert len({one.letters for one in PROVINCES.values()}) == 34


def test_cells_of_regions_and_slices() -> None:
    rows = [(f"i{n}", "110105" if n < 6 else "3301", "summer" if n % 2 else "winter") for n in range(12)]
    named = {**SEASON, "titles": {"winter": {"zh": "冬", "en": "Winter"}}}
    found = read_items(b"\xef\xbb\xbf" + table(rows), form(slices=[named]))
    assert found.ids == tuple(row[0] for row in rows)
    sizes = {(cell.dimension, cell.key): len(cell.members) for cell in found.cells}
    assert list(sizes) == [
        ("region", "11"), ("region", "1101"), ("region", "110105"), ("region", "33"), ("region", "3301"),
        ("season", "winter"), ("season", "summer"),
    ]  # fmt: skip
    assert set(sizes.values()) == {6}
    assert not any(cell.hidden for cell in found.cells)
    assert [cell.parent for cell in found.cells][:3] == ["", "11", "1101"]


def test_the_grid_counts_squares_from_zero_degrees() -> None:
    where = {"lon": "x", "lat": "y", "cell_deg": 0.5}
    rows = [*((f"a{n}", "-76.6", "39.2") for n in range(5)), *((f"b{n}", 116.4, "-0.1") for n in range(5))]
    found = read_items(table(rows, "id,x,y"), form(region=None, place=where, slices=[]))
    assert [cell.key for cell in found.cells] == ["-154,78", "232,-1"]


BAD_TABLES = {
    "“code”": table([("a", "11", "w")], "id,kode,season"),
    "第 3 行": table([("a", "11", "w"), ("b", "990000", "w")]),
    "出现两次": table([("a", "11", "w"), ("a", "11", "w")]),
    "1 至 200": table([("", "11", "w")]),
    "“season”": table([("a", "11", "")]),
    "而不是": table([("a", "11")]),
    "少于 5 项": table([("a", "11", "w")]),
    "UTF-8": b"id,code,season\n\xff\xfe,11,w\n",
    "CSV": b'id,code,season\n"a"b,11,w\n',
    "50": table([(f"i{n}", "11", f"s{n}") for n in range(60)]),
}


@pytest.mark.parametrize("words", BAD_TABLES)
def test_bad_tables_are_refused_with_a_reason(words: str) -> None:
    with pytest.raises(NotReadableError, match=words):
        read_items(BAD_TABLES[words], form())


BAD_PLACES = [("91", "0"), ("nan", "0"), ("0", "inf"), ("", "0"), ("0", "x")]


@pytest.mark.parametrize(("lat", "lon"), BAD_PLACES)
def test_bad_coordinates_are_refused(lat: str, lon: str) -> None:
    where = {"lon": "x", "lat": "y", "cell_deg": 0.5}
    with pytest.raises(NotReadableError, match="第 2 行"):
        read_items(table([("a", lon, lat)], "id,x,y"), form(region=None, place=where, slices=[]))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"file": "public/items.csv"}, "labels/"),
    ({"file": "labels/../x"}, ""),
    ({"least": 4}, ""),
    ({"region": None, "slices": []}, "region"),
    ({"place": {"lon": "x", "lat": "y", "cell_deg": 1}}, "place"),
    ({"region": None, "place": {"lon": "x", "lat": "y", "cell_deg": 0}}, ""),
    ({"slices": [SEASON, deepcopy(SEASON)]}, ""),
    ({"slices": [{**SEASON, "name": "region"}]}, "region"),
    ({"slices": [{**SEASON, "public": "yes"}]}, ""),
    ({"slices": [{**SEASON, "colour": "red"}]}, ""),
]


@pytest.mark.parametrize(("change", "word"), WRONG)
def test_bad_definitions_are_refused(change: dict[str, Any], word: str) -> None:
    whole = {"file": "labels/items.csv", "region": {"column": "code"}, **change}
    with pytest.raises(NotReadableError, match=f"^item_table.*{word}"):
        read_manifest(packed(manifest(item_table={k: v for k, v in whole.items() if v is not None})))


def hidden(counts: dict[str, int], least: int = 5) -> set[str]:
    """Hidden cells, from cells named "dimension:key dimension:key" with how many items lie in just these."""
    members: dict[tuple[str, str], list[int]] = {}
    count = 0
    for names, n in counts.items():
        for name in names.split():
            dimension, _colon, key = name.partition(":")
            members.setdefault((dimension, key), []).extend(range(count, count + n))
        count += n
    return {f"{dimension}:{key}" for dimension, key in hidden_cells(members, count, least)}


def test_few_items_are_hidden_and_what_would_give_them_away() -> None:
    assert hidden({"s:a": 5, "s:b": 5}) == set()
    # The rest of all items would be the four.
    assert hidden({"s:a": 50, "s:b": 4}) == {"s:a", "s:b"}
    # One small cell: the next smallest is hidden with it.
    assert hidden({"s:a": 50, "s:b": 4, "s:c": 9}) == {"s:b", "s:c"}
    # Two small ones hide each other.
    assert hidden({"s:a": 50, "s:b": 4, "s:c": 3}) == {"s:b", "s:c"}
    # Parts of a hidden region, and parts that leave a few items of their region over.
    assert hidden({"region:11 region:1101": 4, "region:31": 9, "region:33": 20}) == {
        "region:11", "region:1101", "region:31",
    }  # fmt: skip
    assert hidden(
        {"region:11 region:1101": 9, "region:11 region:1102": 9, "region:11": 2, "region:31": 20}
    ) == {"region:1101"}
    # One cell within another of a different slice: the difference would be two items, also from what is left over.
    assert hidden({"s:a t:x": 20, "s:a t:y": 2, "s:b t:y": 20}) == {"t:x", "t:y"}


def test_copies_are_paired_and_few_left_over_originals_hide_the_drop() -> None:
    noise = {"name": "noise", "title": {"zh": "噪声", "en": "Noise"}, "column": "noise", "copy_of": "of"}
    rows = [*((f"o{n}", "none", "") for n in range(10)), *((f"c{n}", "blur", f"o{n}") for n in range(10))]
    given = form(region=None, slices=[noise])
    header = "id,noise,of"
    found = read_items(table(rows, header), given)
    assert found.originals == {("noise", "blur"): {10 + n: n for n in range(10)}}
    assert not any(cell.hidden for cell in found.cells)
    # Copies of eight of ten originals: the drop would tell of the other two.
    assert read_items(table(rows[:-2], header), given).originals == {}
    for wrong in ("x", "c1", "c0"):
        with pytest.raises(NotReadableError, match="不是表中的原始项"):
            read_items(table([*rows, ("z", "blur", wrong)], header), given)
    with pytest.raises(NotReadableError, match="两个副本"):
        read_items(table([*rows, ("z", "blur", "o1")], header), given)


def test_no_two_published_groups_differ_by_a_few_items() -> None:
    """Many small tables; a group is also what the shown cells of a partition leave over."""
    dice = random.Random(7)
    for _round in range(80):
        count = dice.randint(20, 60)
        rows = [[("s", dice.choice("aabc")), ("t", dice.choice("xyyyz")), ("u", "v")] for _n in range(count)]
        members: dict[tuple[str, str], set[int]] = {}
        for at, keys in enumerate(rows):
            for key in keys:
                members.setdefault(key, set()).add(at)
        gone = hidden_cells(members, count, 5)
        whole = set(range(count))
        known = [whole, *(items for key, items in members.items() if key not in gone)]
        for dimension in "stu":
            shown = [items for key, items in members.items() if key[0] == dimension and key not in gone]
            known.append(whole.difference(*shown))
        for inner in filter(None, known):
            assert len(inner) >= 5
            assert not any(inner < outer and len(outer - inner) < 5 for outer in known)
