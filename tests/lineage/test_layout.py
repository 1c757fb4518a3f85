"""The layout: everything to the right, nothing on top of another, few crossings, and the same every time."""

import itertools
import random
import xml.etree.ElementTree as ET

import pytest

from portal.kit.i18n import set_locale
from registry.lineage.drawing import BOX_HEIGHT, draw, wrapped
from registry.lineage.graph import Edge, Graph, Node
from registry.lineage.layout import crossings, layered


def check(nodes: list[str], edges: list[tuple[str, str]]) -> None:
    layout = layered(nodes, edges)
    assert set(layout.places) == set(nodes)
    assert len(set(layout.places.values())) == len(nodes), "two nodes in one place"
    for a, b in edges:
        if a == b:
            continue
        path = layout.paths[a, b]
        assert path[0] == layout.places[a]
        assert path[-1] == layout.places[b]
        steps = {path[n + 1][0] - path[n][0] for n in range(len(path) - 1)}
        assert steps in ({1}, {-1}), "one layer at a time, one way"
    assert layered(nodes, edges) == layout


def test_a_chain_and_a_diamond() -> None:
    layout = layered(list("abcd"), [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])
    assert [layout.places[key][0] for key in "abcd"] == [0, 1, 1, 2]
    assert (layout.width, layout.height) == (3, 2)
    check(list("abcd"), [("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])


def test_circles_end() -> None:
    check(list("abc"), [("a", "b"), ("b", "c"), ("c", "a"), ("a", "a")])
    check(list("ab"), [("a", "b"), ("b", "a")])


def test_nothing_and_one() -> None:
    assert layered([], []).height == 0
    check(["a"], [])


def test_random_graphs() -> None:
    rng = random.Random(3)
    for n in range(60):
        nodes = [f"n{i}" for i in range(rng.randrange(1, 40))]
        edges = list({(rng.choice(nodes), rng.choice(nodes)) for _i in range(rng.randrange(0, 80))})
        check(nodes, sorted(edges))
        assert n >= 0


def test_sources_stand_beside_what_they_lead_to() -> None:
    layout = layered(["a", "b", "c", "late"], [("a", "b"), ("b", "c"), ("late", "c")])
    assert layout.places["late"][0] == 1


def test_crossings_are_counted_and_taken_away() -> None:
    layers = [["a", "b"], ["x", "y"]]
    assert crossings(layers, [("a", "y"), ("b", "x")]) == 1
    nodes, edges = list("abxy"), [("a", "y"), ("b", "x")]
    layout = layered(nodes, edges)
    rows = {key: place[1] for key, place in layout.places.items()}
    assert (rows["a"] < rows["b"]) == (rows["y"] < rows["x"])


def test_every_box_of_a_large_graph_stays_free() -> None:
    nodes = [f"n{i}" for i in range(60)]
    edges = [(nodes[i // 3], nodes[i]) for i in range(1, 60)]
    layout = layered(nodes, edges)
    for one, other in itertools.combinations(layout.places.values(), 2):
        assert one[0] != other[0] or abs(one[1] - other[1]) >= 1


# -- drawing -----------------------------------------------------------------------------------------------------------


def graph() -> Graph:
    hostile = '"><script>alert(1)</script>'
    nodes = [
        Node("asset:a", "原始数据", "数据集", "/assets/lab/raw", "data"),
        Node("asset:b", hostile, "模型", "/assets/lab/model", "model"),
        Node("node:c", "示例省节点", "节点", "", ""),
    ]
    edges = [
        Edge("asset:a", "asset:b", "用于"),
        Edge("asset:b", "node:c", hostile),
        Edge("node:c", "asset:a", "反馈"),
    ]
    return Graph("asset:b", {node.key: node for node in nodes}, edges, {"asset:a": 7})


@pytest.mark.parametrize("locale", ["zh_Hans", "en"])
def test_the_drawing_is_well_formed_and_escaped(locale: str) -> None:
    set_locale(locale)
    svg = str(draw(graph()))
    root = ET.fromstring(svg)  # noqa: S314
    assert "<script" not in svg
    assert "style=" not in svg
    assert root.attrib["role"] == "group"
    links = root.findall("a")
    assert [link.attrib["href"] for link in links] == ["/assets/lab/raw"], "the centre is no link to itself"
    assert all(link.find("title") is not None for link in links)
    assert ("另有 7 项" if locale == "zh_Hans" else "7 more") in svg


def test_labels_fit_their_boxes() -> None:
    assert wrapped("短", 150) == ["短"]
    long = wrapped("国土空间规划实施监测网络公共数据集与模型成果汇编第二辑", 150)
    assert len(long) == 2
    assert long[1].endswith("…")
    assert all(len(line) * 13 <= 150 + 13 for line in long)
    assert wrapped("Land cover from Landsat 8 reflectance by rules", 150)[0] == "Land cover from"
    assert BOX_HEIGHT >= 2 * 15 + 18
