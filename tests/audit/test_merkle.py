"""The tree against the recursive definition of RFC 6962 and against the vectors of its reference implementation."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.audit import merkle
from portal.audit.merkle import Tree, consistency, consistent, included, inclusion, leaf_hash, needed, proof

# certificate-transparency's own test data: eight leaves, and the roots over the first n of them.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def _mth(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return merkle.node_hash(_mth(leaves[:k]), _mth(leaves[k:]))


def _path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*_path(m, leaves[:k]), _mth(leaves[k:])]
    return [*_path(m - k, leaves[k:]), _mth(leaves[:k])]


def _subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [_mth(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*_subproof(m, leaves[:k], whole), _mth(leaves[k:])]
    return [*_subproof(m - k, leaves[k:], False), _mth(leaves[:k])]


def _stored(leaves: list[bytes]) -> dict[merkle.Node, bytes]:
    tree, nodes = Tree(), {}
    for index, leaf in enumerate(leaves):
        nodes[0, index] = leaf_hash(leaf)
        nodes.update(tree.append(leaf_hash(leaf)))
    return nodes


def _leaves(count: int) -> list[bytes]:
    return [b"leaf %d" % n for n in range(count)]


def test_known_roots() -> None:
    for count, root in enumerate(ROOTS, 1):
        assert merkle.root(map(leaf_hash, LEAVES[:count])).hex() == root
    assert merkle.root([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_known_proofs() -> None:
    nodes = _stored(LEAVES)
    path = [step.hex() for step in proof(inclusion(5, 8), nodes)]
    assert path == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    path = [step.hex() for step in proof(consistency(6, 8), nodes)]
    assert path == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(st.integers(0, 130))
def test_the_root_is_that_of_the_definition(count: int) -> None:
    leaves = _leaves(count)
    assert merkle.root(map(leaf_hash, leaves)) == _mth(leaves)
    nodes = _stored(leaves)
    assert merkle.fold([nodes[node] for node in merkle.peaks(0, count)]) == _mth(leaves)


@given(st.integers(1, 130), st.data())
def test_inclusion(count: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, count - 1))
    leaves = _leaves(count)
    path = proof(inclusion(index, count), _stored(leaves))
    assert path == _path(index, leaves)
    root, leaf = _mth(leaves), leaf_hash(leaves[index])
    assert included(leaf, index, count, path, root)
    other = data.draw(st.integers(0, 140))
    assert other == index or not included(leaf, other, count, path, root)
    assert not included(leaf_hash(b"other"), index, count, path, root)
    assert not included(leaf, index, count, [*path, root], root)
    if path:
        assert not included(leaf, index, count, path[:-1], root)
        assert not included(leaf, index, count, [*path[:-1], leaf], root)


@given(st.integers(0, 130), st.integers(0, 130), st.data())
def test_consistency(one: int, two: int, data: st.DataObject) -> None:
    first, second = sorted((one, two))
    leaves = _leaves(second)
    path = proof(consistency(first, second), _stored(leaves))
    old, new = _mth(leaves[:first]), _mth(leaves)
    if first > 0:
        assert path == _subproof(first, leaves, True)
    assert consistent(first, second, path, old, new)
    assert not consistent(first, second, [*path, new], old, new)
    if first < second and first:
        assert not consistent(first, second, path, leaf_hash(b"other"), new)
        assert not consistent(first, second, path, old, leaf_hash(b"other"))
        assert not consistent(first, second, path[:-1], old, new)
        step = data.draw(st.integers(0, len(path) - 1))
        changed = [*path[:step], leaf_hash(b"other"), *path[step + 1 :]]
        assert not consistent(first, second, changed, old, new)
    assert not consistent(second, first, path, new, old) or first == second


def test_a_proof_takes_few_nodes() -> None:
    size = 1_000_003
    for index in (0, 1, 524_288, size - 1):
        assert len(needed(inclusion(index, size))) <= 2 * 20
    assert len(needed(consistency(777_777, size))) <= 3 * 20


def test_growing_on_from_stored_peaks() -> None:
    leaves = _leaves(100)
    nodes = _stored(leaves)
    tree = Tree(77, [nodes[node] for node in merkle.peaks(0, 77)])
    tree.extend(leaf_hash(leaf) for leaf in leaves[77:])
    assert (tree.size, tree.root()) == (100, _mth(leaves))
    with pytest.raises(ValueError, match="peaks"):
        Tree(3, [])


@pytest.mark.parametrize(
    "call", [lambda: inclusion(3, 3), lambda: inclusion(-1, 3), lambda: consistency(4, 3)]
)
def test_what_is_not_there_has_no_proof(call: object) -> None:
    with pytest.raises(ValueError):
        call()  # type: ignore[operator]
