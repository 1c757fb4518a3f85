"""Names that are easily confused, and those that are not."""

import itertools

import pytest

from portal.kit.similar import Likeness, distance, likeness

CONFUSED = [
    ("landcover", "landcover", Likeness.same),
    ("land-cover", "landcover", Likeness.separators),
    ("cover-land", "land-cover", Likeness.order),
    ("1andcover", "landcover", Likeness.looks),
    ("landc0ver", "landcover", Likeness.looks),
    ("modern-map", "modem-map", Likeness.looks),
    ("landcovwr", "landcover", Likeness.keyboard),
    ("lnadcover", "landcover", Likeness.slip),
    ("landcove", "landcover", Likeness.slip),
    ("landcoverr", "landcover", Likeness.slip),
    ("spatial-regresion-tol", "spatial-regression-tool", Likeness.slip),
]
APART = [
    ("landcover", "waterbody"), ("parcels-2023", "parcels-2024"), ("landsat7", "landsat8"), ("gdp", "gdb"),
    ("roads", "rails"), ("model", "medal"), ("v1", "v2"), ("urban-growth", "urban-green"),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b", "kind"), CONFUSED)
def test_confused(a: str, b: str, kind: Likeness) -> None:
    assert likeness(a, b) is likeness(b, a) is kind


@pytest.mark.parametrize(("a", "b"), APART)
def test_apart(a: str, b: str) -> None:
    assert likeness(a, b) is None
    assert likeness(b, a) is None


def plain_distance(a: str, b: str) -> int:
    """The recurrence of the definition, without any short cut."""
    d = {(i, 0): i for i in range(len(a) + 1)} | {(0, j): j for j in range(len(b) + 1)}
    for i, j in itertools.product(range(1, len(a) + 1), range(1, len(b) + 1)):
        d[i, j] = min(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
        if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
            d[i, j] = min(d[i, j], d[i - 2, j - 2] + 1)
    return d[len(a), len(b)]


def test_distance_is_the_definition_up_to_its_bound() -> None:
    words = ["".join(p) for n in range(5) for p in itertools.product("ab", repeat=n)]
    for a, b in itertools.product(words, words):
        for most in (1, 2):
            assert distance(a, b, most) == min(plain_distance(a, b), most + 1), (a, b)
