"""Pure rules: numbers, paths, manifests, digests."""

import hashlib
import random

import pytest

from portal.kit.errors import Invalid
from registry.versions import manifest, paths
from registry.versions.digests import listing, tree_digest
from registry.versions.semver import is_number, is_prerelease, sort_key

ORDERED = [
    "0.0.1", "0.9.9", "1.0.0-0", "1.0.0-1", "1.0.0-9", "1.0.0-10", "1.0.0--", "1.0.0-A", "1.0.0-alpha", "1.0.0-alpha.1",
    "1.0.0-alpha.2", "1.0.0-alpha.11", "1.0.0-alpha.beta", "1.0.0-alpha1", "1.0.0-beta", "1.0.0-beta.2",
    "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0", "10.0.0", "99999999999999999.0.0",
]  # fmt: skip


def test_text_order_is_precedence() -> None:
    mixed = ORDERED[:]
    random.Random(1).shuffle(mixed)
    assert sorted(mixed, key=lambda number: sort_key(number).encode()) == ORDERED
    assert sort_key("1.0.0+build.5") == sort_key("1.0.0")
    assert max(len(sort_key(number)) for number in [*ORDERED, "0.0.0-" + ".".join("1" * 17)]) <= 120


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "1.0",
        "01.0.0",
        "1.0.0-01",
        "1.0.0-",
        "v1.0.0",
        "1.0.0 ",
        "1.0.0-ä",
        "1.0.0+",
        "1." * 30,
        "１.0.0",
    ],
)
def test_what_is_no_number(text: str) -> None:
    assert not is_number(text)


def test_prereleases() -> None:
    assert is_prerelease("1.0.0-rc.1")
    assert not is_prerelease("1.0.0+x")


@pytest.mark.parametrize(
    "path",
    ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "a\\b", "C:/x", "a\x00b", "a\nb", "a\u202eb", "a\u200bb",
     "x" * 501, "/".join("d" * 1 for _ in range(25)), "名" * 100, " a", "a/ b", "a\ud800"],
)  # fmt: skip
def test_hostile_paths(path: str) -> None:
    with pytest.raises(Invalid):
        paths.clean(path)


def test_good_paths() -> None:
    assert paths.clean("e\u0301.md") == "é.md"
    assert paths.clean("data/说明 一.md") == "data/说明 一.md"


@pytest.mark.parametrize(
    ("one", "two"),
    [("a.txt", "A.TXT"), ("Straße", "STRASSE"), ("a", "a/b"), ("a/b", "a"), ("Data/x", "data/y")],
)
def test_collisions(one: str, two: str) -> None:
    assert paths.Taken([one]).take(two) is not None


def test_no_collisions() -> None:
    assert paths.Taken(["a/b", "a/c", "ab"]).take("a/d") is None
    assert paths.Taken(["a/b"]).take("a/b") is None


def test_manifest() -> None:
    found = manifest.read(
        b"name: lab/x\nruntime: geo-py311\ncommand: python main.py $input $output\nversion: 1.0.0\n"
    )
    assert found == manifest.Manifest("lab/x", "1.0.0", "geo-py311", "python main.py $input $output")


@pytest.mark.parametrize(
    "data",
    [
        b"name: a\nname: b\n",
        b"a: &x [1]\nb: *x\n",
        b"!!python/object/apply:os.system [id]\n",
        b"- a\n",
        b"\xff\xfe",
        b"a: " + b"[" * 50 + b"]" * 50,
        b"a: '" + b"x" * 70_000 + b"'",
        b"a: [",
        b"? [1, 2]\n: x\n",
    ],
)
def test_hostile_manifests(data: bytes) -> None:
    with pytest.raises(Invalid):
        manifest.read(data)


def test_tree_digest_is_that_of_sha256sum() -> None:
    one, two = hashlib.sha256(b"1").hexdigest(), hashlib.sha256(b"2").hexdigest()
    text = f"{two}  a.txt\n{one}  b/c.txt\n"
    assert listing([("b/c.txt", one), ("a.txt", two)]) == text
    assert tree_digest([("b/c.txt", one), ("a.txt", two)]) == hashlib.sha256(text.encode()).hexdigest()
