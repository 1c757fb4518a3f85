"""Hostile zips: refused by their headers, before anything of them is believed, and nothing is written anywhere."""

import os
import random
import stat
import struct
import zlib
from pathlib import Path

import pytest

from tests.node.tampering.zips import Item, item, items_of, zipped
from tests.node.world import World

PLAIN = b"hello"


@pytest.fixture
def items(world: World) -> list[Item]:
    return items_of(world.bundle())


def written(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "hostile.zip"
    path.write_bytes(data)
    return path


def test_a_zip_written_by_hand_is_taken(tmp_path, items, check):
    assert check(written(tmp_path, zipped(items)))[0] == 0


@pytest.mark.parametrize(
    "name",
    ["../evil", "files/../../evil", "/etc/cron.d/evil", "files//evil", "files/./evil", "files/a\\..\\evil", "C:/evil",
     "files/e\u0301.txt", "files/\u202egnp.exe", "files/a\x00b", "files/ a", "files/" + "x/" * 40 + "y", "files/", ""],
)  # fmt: skip
def test_names_that_lead_elsewhere_or_deceive(tmp_path, items, check, made, name):
    path = written(tmp_path, zipped([*items, item(name, PLAIN)]))
    assert check(path)[1]["code"] == "bad-name"
    code, said = made("install", path)
    assert (code, said["code"]) == (3, "bad-name")
    assert not list(tmp_path.rglob("evil"))
    assert not list((tmp_path / "home/staging").iterdir())


def test_names_that_are_not_what_their_encoding_says(tmp_path, items, check):
    bad = Item(b"files/\xff\xfe", PLAIN)
    assert check(written(tmp_path, zipped([*items, bad])))[1]["code"] == "bad-name"
    latin = item("files/\u00e9", PLAIN, local={"flags": 0}, central={"flags": 0})
    assert check(written(tmp_path, zipped([*items, latin])))[1]["code"] == "bad-name"


@pytest.mark.parametrize(
    "other", ["files/main.py", "files/MAIN.py", "Files/main.py", "files/main.py/below", "files/docs"]
)
def test_two_entries_for_one_file(tmp_path, items, check, other):
    code, said = check(written(tmp_path, zipped([*items, item(other, PLAIN)])))
    assert (code, said["code"]) == (3, "twice")


def test_an_entry_too_many(tmp_path, items, check):
    for name in ("files/extra.py", "evidence/extra.json", "readme.txt"):
        assert check(written(tmp_path, zipped([*items, item(name, PLAIN)])))[1]["code"] == "unexpected"
    for name in ("metadata/evil.json", "metadata/01.root.json", "targets/pilot/a/b/1.0.0.json"):
        assert check(written(tmp_path, zipped([*items, item(name, PLAIN)])))[1]["code"] == "unexpected"


def test_a_file_too_few(tmp_path, items, check):
    for name, code in (
        (b"files/main.py", "missing"), (b"targets/notices/withdrawn.json", "missing"),
        (b"metadata/timestamp.json", "metadata-missing"), (b"metadata/national.json", "metadata-missing"),
    ):  # fmt: skip
        assert check(written(tmp_path, zipped(i for i in items if i.name != name)))[1]["code"] == code


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFDIR, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_special_files(tmp_path, items, check, made, kind):
    bad = item("files/link", b"/etc/passwd", central={"outer": (kind | 0o777) << 16})
    path = written(tmp_path, zipped([*items, bad]))
    assert check(path)[1]["code"] == "link"
    assert made("install", path)[1]["code"] == "link"


def test_compressed_entries_among_them_a_bomb(tmp_path, items, check):
    bomb = zlib.compress(bytes(1 << 28), 9)[2:-4]
    facts = {"method": 8, "size": 1 << 28}
    path = written(tmp_path, zipped([*items, item("files/bomb", bomb, local=facts, central=facts)]))
    assert check(path)[1]["code"] == "compressed"
    secret = {"flags": 0x801}
    path = written(tmp_path, zipped([*items, item("files/x", PLAIN, local=secret, central=secret)]))
    assert check(path)[1]["code"] == "compressed"


@pytest.mark.parametrize(
    ("local", "central"),
    [
        ({"size": 3}, {}),
        ({}, {"size": 3}),
        ({"size": 3, "packed": 3}, {}),
        ({"size": 1 << 31, "packed": 1 << 31}, {"size": 1 << 31, "packed": 1 << 31}),
        ({"size": 0xFFFFFFFF, "packed": 0xFFFFFFFF}, {}),
        ({"crc": 7}, {}),
        ({"method": 8}, {}),
        ({"sign": b"XXXX"}, {}),
    ],
)
def test_sizes_that_lie(tmp_path, items, check, local, central):
    bad = item("files/x", PLAIN, local=local, central=central)
    assert check(written(tmp_path, zipped([*items, bad])))[1]["code"] in (
        "lying-sizes",
        "hidden-bytes",
        "truncated",
    )


def test_entries_that_share_bytes(tmp_path, items, check):
    first, *rest = items
    again = item("files/copy", PLAIN, central={"offset": 0})
    assert check(written(tmp_path, zipped([first, *rest, again])))[1]["code"] == "hidden-bytes"


def test_bytes_that_no_entry_accounts_for(tmp_path, items, check):
    cases = [
        zipped([Item(i.name, i.data, before=b"#!/bin/sh\n" if n == 0 else b"") for n, i in enumerate(items)]),
        zipped([Item(i.name, i.data, before=b"gap" if n == 3 else b"") for n, i in enumerate(items)]),
        zipped(items, gap=b"signature block"),
        b"MZ" + zipped(items),
    ]
    for data in cases:
        assert check(written(tmp_path, data))[1]["code"] in ("hidden-bytes", "not-a-bundle")
    for data in (zipped(items, comment=b"hi"), zipped(items, behind=b"hi")):
        assert check(written(tmp_path, data))[1]["code"] in ("not-a-bundle", "truncated")


def test_more_entries_than_any_bundle(tmp_path, check):
    data = zipped([], count=65535)
    assert check(written(tmp_path, data))[1]["code"] == "too-many"


def test_a_directory_larger_than_memory_should_hold(tmp_path, check):
    path = tmp_path / "hostile.zip"
    with path.open("wb") as file:  # sparse: 200 MB of directory that holds nothing
        file.truncate(200 << 20)
        file.seek(0, os.SEEK_END)
        file.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 9, 9, 200 << 20, 0, 0))
    assert check(path)[1]["code"] == "too-large"


def test_endless_metadata_is_not_read(tmp_path, items, check):
    """A timestamp of 512 MB, as a stick or a mirror could hold to fill a node's memory."""
    import tracemalloc

    size = 512 << 20
    facts = {"size": size, "packed": size}
    head = [Item(i.name, i.data) if i.name != b"metadata/timestamp.json" else
            Item(i.name, b"", local=facts, central=facts) for i in items]  # fmt: skip
    at = next(n for n, each in enumerate(head) if each.name == b"metadata/timestamp.json")
    path = tmp_path / "hostile.zip"
    before = zipped(head[: at + 1])
    begin = before.index(b"PK\x01\x02")
    with path.open("wb") as file:
        file.write(before[:begin])
        file.seek(size, os.SEEK_CUR)
        shifted = [Item(i.name, i.data, i.local, i.central) for i in head]
        place = begin + size
        for n, each in enumerate(shifted):
            if n > at:
                each.central = {"offset": place}
                place += 30 + len(each.name) + len(each.data)
        whole = zipped(shifted)
        file.write(whole[begin : whole.index(b"PK\x01\x02")])
        end = file.tell()
        tail = whole[whole.index(b"PK\x01\x02") : -6]
        file.write(tail + struct.pack("<LH", end, 0))
    tracemalloc.start()
    code, said = check(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (code, said["code"]) == (3, "too-large")
    assert peak < 64 << 20


def test_cut_off_anywhere(tmp_path, world, check):
    data = world.bundle().read_bytes()
    for cut in (0, 1, 10, 21, 22, 100, len(data) // 2, len(data) - 30, len(data) - 22, len(data) - 1):
        code, said = check(written(tmp_path, data[:cut]))
        assert (code, said["code"]) in ((3, "truncated"), (3, "not-a-bundle"))


def test_what_is_no_plain_file(tmp_path, check):
    os.mkfifo(tmp_path / "fifo")
    assert check(tmp_path / "fifo")[1]["code"] == "not-a-bundle"
    assert check(tmp_path)[1]["code"] == "not-a-bundle"
    assert check(tmp_path / "absent")[1]["code"] == "disk"


def test_random_damage_is_never_taken_for_the_bundle(tmp_path, world, check):
    """Of 150 flipped bits each is refused."""
    data = bytearray(world.bundle().read_bytes())
    chance = random.Random(20261126)
    unread = 0
    for _ in range(150):
        at, bit = chance.randrange(len(data)), 1 << chance.randrange(8)
        data[at] ^= bit
        code, said = check(written(tmp_path, bytes(data)))
        data[at] ^= bit
        if code == 0:
            unread += 1
            assert said["digest"] == check(written(tmp_path, bytes(data)))[1]["digest"]
        else:
            assert 3 <= code <= 6, said
    assert unread == 0
