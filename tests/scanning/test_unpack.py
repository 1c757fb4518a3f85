"""What comes out of archives, and what is refused."""

import hashlib
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from registry.scanning.findings import Verdict
from registry.scanning.jailed.budget import MIB, Limits
from tests.scanning.conftest import Unpack
from tests.scanning.samples import member, raw_zip, tar_member, tarred, zipped

PLAIN = {"main.py": b"print(1)\n", "data/points.csv": b"x,y\n1,2\n"}


def refusal(unpack: Unpack, archive: bytes, limits: Limits | None = None) -> tuple[str, str]:
    report = unpack(archive, limits)
    assert not report.ok
    assert report.entries == ()
    assert report.decision.verdict is Verdict.REJECT
    (found,) = report.findings
    return found.rule, found.path


def notes(report: object) -> list[str]:
    return [found.rule for found in report.findings]  # type: ignore[attr-defined]


@pytest.mark.parametrize("mode", ["zip", "w", "w:gz", "w:bz2", "w:xz"])
def test_a_plain_tree_comes_out_as_it_went_in(unpack: Unpack, tmp_path: Path, mode: str) -> None:
    members = [(tar_member(name), data) for name, data in PLAIN.items()]
    report = unpack(zipped(PLAIN) if mode == "zip" else tarred(members, mode))
    assert report.ok
    assert report.decision.verdict is Verdict.PUBLISH
    assert {entry.path: entry.size for entry in report.entries} == {k: len(v) for k, v in PLAIN.items()}
    for entry in report.entries:
        data = (tmp_path / "out" / "tree" / entry.path).read_bytes()
        assert data == PLAIN[entry.path]
        assert entry.sha256 == hashlib.sha256(data).hexdigest()


def test_bzip2_members_of_a_zip_are_read(unpack: Unpack) -> None:
    data = bytes(range(256)) * 9000
    report = unpack(zipped({"a.txt": data, "b.txt": b"b"}, zipfile.ZIP_BZIP2))
    assert [(entry.path, entry.size) for entry in report.entries] == [("a.txt", len(data)), ("b.txt", 1)]


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("../evil.py", "archive.parent_name"),
        ("a/../../evil.py", "archive.parent_name"),
        ("/etc/passwd", "archive.absolute_name"),
        ("a\\b.py", "archive.backslash"),
        ("C:/a.py", "archive.drive_letter"),
        ("ab:c.py", "archive.bad_name"),
        ("a\nb.py", "archive.control_character"),
        ("a\u202eyp.exe", "archive.control_character"),
        ("d/" * 20 + "a.py", "archive.too_deep"),
        ("n" * 256, "archive.name_too_long"),
        ("规" * 86, "archive.name_too_long"),
    ],
)
@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_hostile_names_are_refused(unpack: Unpack, tmp_path: Path, kind: str, name: str, rule: str) -> None:
    archive = zipped({name: b"x"}) if kind == "zip" else tarred([(tar_member(name), b"x")])
    assert refusal(unpack, archive)[0] == rule
    assert not (tmp_path / "out" / "tree").exists()
    assert not (tmp_path / "evil.py").exists()


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (tarfile.SYMTYPE, "archive.link"),
        (tarfile.LNKTYPE, "archive.link"),
        (tarfile.FIFOTYPE, "archive.special_file"),
        (tarfile.CHRTYPE, "archive.special_file"),
        (tarfile.BLKTYPE, "archive.special_file"),
    ],
)
def test_links_and_devices_in_a_tar_are_refused(unpack: Unpack, kind: bytes, rule: str) -> None:
    archive = tarred([(tar_member("ok.txt"), b"ok"), (tar_member("bad", kind, "/etc/shadow"), b"")])
    assert refusal(unpack, archive) == (rule, "bad")


@pytest.mark.parametrize(
    ("mode", "rule"), [(stat.S_IFLNK, "archive.link"), (stat.S_IFIFO, "archive.special_file")]
)
def test_links_and_pipes_in_a_zip_are_refused(unpack: Unpack, mode: int, rule: str) -> None:
    archive = raw_zip(member(b"bad", b"/etc/shadow", attributes=(mode | 0o777) << 16))
    assert refusal(unpack, archive) == (rule, "bad")


@pytest.mark.parametrize(
    "names",
    [
        ("a.txt", "A.TXT"),
        ("Data/x.txt", "data/y.txt"),
        ("é.txt", "e\u0301.txt"),
        ("a", "a/b"),
        ("straße", "STRASSE"),
    ],
)
def test_colliding_names_are_refused(unpack: Unpack, names: tuple[str, str]) -> None:
    archive = raw_zip(*(member(name.encode(), b"x", flags=0x800) for name in names))
    assert refusal(unpack, archive)[0] == "archive.collision"


def test_a_name_given_twice_is_refused(unpack: Unpack) -> None:
    archive = raw_zip(member(b"a.txt", b"shown"), member(b"a.txt", b"run"))
    assert refusal(unpack, archive) == ("archive.collision", "a.txt")


@pytest.mark.parametrize("stated", [1, 5000])
def test_lying_sizes_are_refused(unpack: Unpack, stated: int) -> None:
    archive = raw_zip(member(b"a.txt", b"x" * 100, stated=stated))
    assert refusal(unpack, archive) == ("archive.lying_size", "a.txt")


def test_wrong_checksums_are_refused(unpack: Unpack) -> None:
    assert refusal(unpack, raw_zip(member(b"a.txt", b"abc", crc=1))) == ("archive.checksum", "a.txt")


def test_encrypted_members_are_refused(unpack: Unpack) -> None:
    assert refusal(unpack, raw_zip(member(b"a.txt", b"abc", flags=1))) == ("archive.encrypted", "a.txt")


def test_overlapping_members_are_refused(unpack: Unpack) -> None:
    parts = [member(b"a.txt", b"x" * 50), member(b"b.txt", b"x" * 50)]
    assert refusal(unpack, raw_zip(*parts, offsets=[0, 0]))[0] == "archive.overlap"


def test_directory_and_local_header_must_agree(unpack: Unpack) -> None:
    archive = raw_zip(member(b"a.txt", b"x")).replace(b"a.txt", b"b.txt", 1)
    assert refusal(unpack, archive) == ("archive.broken", "a.txt")


@pytest.mark.parametrize("front", [b"#!/bin/sh\nexit\n", b"MZ" + bytes(64), b"PK\x03\x04" + bytes(80)])
def test_polyglots_are_refused(unpack: Unpack, front: bytes) -> None:
    assert refusal(unpack, front + zipped(PLAIN))[0] == "archive.polyglot"


def test_a_zip_bomb_stops_at_the_ratio(unpack: Unpack) -> None:
    archive = zipped({"zeros.csv": bytes(80 * MIB)})
    assert len(archive) < MIB
    assert refusal(unpack, archive) == ("archive.ratio", "zeros.csv")


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_tar_bomb_stops_at_the_ratio(unpack: Unpack, mode: str) -> None:
    limits = Limits(ratio_from=2 * MIB)
    archive = tarred([(tar_member("zeros.csv"), bytes(8 * MIB))], mode)
    assert refusal(unpack, archive, limits) == ("archive.ratio", "zeros.csv")


def test_the_total_size_is_limited(unpack: Unpack) -> None:
    archive = zipped({"a.bin": bytes(600), "b.bin": bytes(600)}, zipfile.ZIP_STORED)
    assert refusal(unpack, archive, Limits(max_bytes=1000)) == ("archive.too_large", "b.bin")


def test_the_number_of_entries_is_limited(unpack: Unpack) -> None:
    files = {f"f{n}": b"" for n in range(5001)}
    assert refusal(unpack, zipped(files))[0] == "archive.too_many_entries"


def test_the_number_of_entries_of_a_tar_counts_folders_too(unpack: Unpack) -> None:
    folders = [(tar_member(f"d{n}", tarfile.DIRTYPE), b"") for n in range(11)]
    assert refusal(unpack, tarred(folders), Limits(max_entries=10))[0] == "archive.too_many_entries"


def test_an_oversized_tar_header_is_refused(unpack: Unpack) -> None:
    info = tar_member("a.txt")
    info.pax_headers = {"comment": "x" * (2 * MIB)}
    assert refusal(unpack, tarred([(info, b"x")])) == ("archive.broken", "")


@pytest.mark.parametrize("cut", [0.3, 0.7, 0.97])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_a_cut_tar_is_refused(unpack: Unpack, mode: str, cut: float) -> None:
    whole = tarred([(tar_member("a.txt"), bytes(range(256)) * 100)], mode)
    end = 512 + 25600 if mode == "w" else len(whole)
    assert refusal(unpack, whole[: int(end * cut)])[0] in {"archive.broken", "archive.lying_size"}


@pytest.mark.parametrize(
    "archive", [b"", b"hello", b"7z\xbc\xaf\x27\x1c" + bytes(40), b"Rar!\x1a\x07\x01\x00"]
)
def test_other_formats_are_refused(unpack: Unpack, archive: bytes) -> None:
    assert refusal(unpack, archive)[0] == "archive.unknown_format"


def test_an_empty_archive_is_refused(unpack: Unpack) -> None:
    assert refusal(unpack, zipped({}))[0] == "archive.empty"


def test_an_unsupported_compression_is_refused(unpack: Unpack) -> None:
    assert refusal(unpack, zipped({"a.txt": b"x" * 99}, zipfile.ZIP_LZMA)) == ("archive.compression", "a.txt")


def test_gbk_names_are_read_and_said(unpack: Unpack) -> None:
    names = ("数据/地块.csv", "说明.txt")
    report = unpack(raw_zip(*(member(name.encode("gbk"), b"x") for name in names)))
    assert [entry.path for entry in report.entries] == list(names)
    assert notes(report) == ["archive.names_gbk"]


def test_gbk_names_with_a_backslash_byte_are_no_backslash(unpack: Unpack) -> None:
    name = "乗.txt"
    assert b"\\" in name.encode("gbk")
    assert [entry.path for entry in unpack(raw_zip(member(name.encode("gbk"), b"x"))).entries] == [name]


def test_utf8_names_without_the_flag_are_read(unpack: Unpack) -> None:
    report = unpack(raw_zip(member("规划.csv".encode(), b"x")))
    assert [entry.path for entry in report.entries] == ["规划.csv"]
    assert notes(report) == []


def test_names_in_no_known_encoding_are_said(unpack: Unpack) -> None:
    report = unpack(raw_zip(member(b"caf\x82.txt", b"x"), member(b"\xff\x81.txt", b"x")))
    assert report.entries[0].path == "café.txt"
    assert notes(report) == ["archive.names_cp437"]


def test_gbk_names_in_a_tar_are_read(unpack: Unpack) -> None:
    raw = tarred([(tar_member("AAAA.txt"), b"x")], "w")
    header = bytearray(raw[:512])
    header[0:4] = "地块".encode("gbk")
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    report = unpack(bytes(header) + raw[512:])
    assert [entry.path for entry in report.entries] == ["地块.txt"]
    assert notes(report) == ["archive.names_gbk"]


def test_wide_blanks_in_names_are_no_hidden_characters(unpack: Unpack) -> None:
    report = unpack(zipped({"说明\u3000书.txt": b"x"}))
    assert [entry.path for entry in report.entries] == ["说明\u3000书.txt"]


def test_litter_is_left_out(unpack: Unpack) -> None:
    report = unpack(zipped({**PLAIN, "__MACOSX/._main.py": b"x", "data/.DS_Store": b"x"}))
    assert sorted(entry.path for entry in report.entries) == ["data/points.csv", "main.py"]
    assert notes(report) == ["archive.litter_dropped"]


def test_the_only_top_folder_is_lifted_when_it_is_the_submission(unpack: Unpack, tmp_path: Path) -> None:
    report = unpack(
        zipped({"mine/cspon.yaml": b"name: x", "mine/src/main.py": b"1", "__MACOSX/mine/._x": b""})
    )
    assert [entry.path for entry in report.entries] == ["cspon.yaml", "src/main.py"]
    assert (tmp_path / "out" / "tree" / "src" / "main.py").read_bytes() == b"1"
    assert notes(report) == ["archive.litter_dropped", "archive.root_stripped"]


@pytest.mark.parametrize("files", [{"mine/main.py": b"1"}, {"mine/README.md": b"1", "other.txt": b"2"}])
def test_other_top_folders_stay(unpack: Unpack, files: dict[str, bytes]) -> None:
    assert sorted(entry.path for entry in unpack(zipped(files)).entries) == sorted(files)
