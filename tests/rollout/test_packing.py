"""Bundles as zips: order, names, digests, memory."""

import io
import tracemalloc
import zipfile

import pytest

from registry.rollout.packing import BadPart, Part, from_bytes, from_file, pack


def packed(*parts: Part) -> bytes:
    out = io.BytesIO()
    pack(parts, out)
    return out.getvalue()


def test_entries_are_stored_in_order_with_their_sizes(tmp_path):
    (tmp_path / "model.bin").write_bytes(b"weights")
    data = packed(
        from_bytes("metadata/1.root.json", b"{}"),
        from_bytes("targets/pilot/w/m/1.0.0.json", b"{}"),
        from_file("files/模型/model.bin", tmp_path / "model.bin"),
        from_bytes("evidence/checkpoint.txt", b"x"),
    )
    with zipfile.ZipFile(io.BytesIO(data)) as read:
        assert read.namelist() == [
            "metadata/1.root.json",
            "targets/pilot/w/m/1.0.0.json",
            "files/模型/model.bin",
            "evidence/checkpoint.txt",
        ]
        assert {info.compress_type for info in read.infolist()} == {zipfile.ZIP_STORED}
        assert all(not info.flag_bits & ~0x800 and not info.extra for info in read.infolist())
        assert read.read("files/模型/model.bin") == b"weights"
        assert read.testzip() is None


def test_the_same_parts_give_the_same_bytes():
    assert packed(from_bytes("files/a", b"1")) == packed(from_bytes("files/a", b"1"))


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "files/../a",
        "files//a",
        "files/a\\b",
        "files/",
        "files/a\x00",
        "other/a",
        "files/e\u0301",
    ],
)
def test_names_no_node_takes_are_refused(name):
    with pytest.raises(BadPart):
        packed(from_bytes(name, b""))


def test_two_names_for_one_file_and_a_wrong_order_are_refused():
    with pytest.raises(BadPart, match="twice"):
        packed(from_bytes("files/Read.me", b""), from_bytes("files/read.ME", b""))
    with pytest.raises(BadPart, match="order"):
        packed(from_bytes("evidence/a", b""), from_bytes("files/a", b""))


@pytest.mark.parametrize("held", [b"changed", b"longer than said", b""])
def test_bytes_that_are_not_those_of_the_digest_are_refused(held):
    said = from_bytes("files/a", b"correct")
    with pytest.raises(BadPart, match="files/a"):
        packed(Part("files/a", said.sha256, said.size, lambda: io.BytesIO(held)))


def test_memory_does_not_grow_with_the_files(tmp_path):
    with (tmp_path / "big").open("wb") as file:
        file.truncate(64 << 20)
    part = from_file("files/big", tmp_path / "big")
    tracemalloc.start()
    with (tmp_path / "bundle.zip").open("wb") as out:
        pack([part], out)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 << 20
