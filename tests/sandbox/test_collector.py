"""The collector on trees made by hand: what it copies, what it refuses, and that nothing outside is touched."""

import os
import socket
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from registry.sandbox.collector import Collected, CollectLimits, copy_tree, read_file
from registry.sandbox.errors import OutputRefused


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "output"
    folder.mkdir()
    return folder


def test_plain_files_are_copied_with_their_digests(output: Path, tmp_path: Path) -> None:
    (output / "plots").mkdir()
    (output / "plots/规划.png").write_bytes(b"png")
    (output / "a.csv").write_bytes(b"x" * 3_000_000)
    (output / "empty").touch()
    found = copy_tree(output, tmp_path / "kept")
    assert found == [
        Collected("a.csv", 3_000_000, sha256(b"x" * 3_000_000).hexdigest()),
        Collected("empty", 0, sha256(b"").hexdigest()),
        Collected("plots/规划.png", 3, sha256(b"png").hexdigest()),
    ]
    assert (tmp_path / "kept/plots/规划.png").read_bytes() == b"png"


def link_out(output: Path) -> None:
    (output / "a").symlink_to("/etc/passwd")


def link_folder(output: Path) -> None:
    (output / "a").symlink_to("/etc")


def dangling(output: Path) -> None:
    (output / "a").symlink_to("nothing")


def hard_link(output: Path) -> None:
    (output / "a").write_text("x")
    (output / "b").hardlink_to(output / "a")


def fifo(output: Path) -> None:
    os.mkfifo(output / "a")


def unix_socket(output: Path) -> None:
    here = Path.cwd()
    os.chdir(output)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("a")
    os.chdir(here)


def deep(output: Path) -> None:
    (output / "/".join("d" * 9)).mkdir(parents=True)


def many(output: Path) -> None:
    for number in range(12):
        (output / str(number)).touch()


def large(output: Path) -> None:
    for number in range(3):
        (output / str(number)).write_bytes(b"x" * 400_000)


def sparse(output: Path) -> None:
    with (output / "a").open("wb") as file:
        file.truncate(1 << 40)


def decomposed(output: Path) -> None:
    (output / "e\u0301.csv").touch()
    (output / "\u00e9.csv").touch()


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (link_out, "plain files only"),
        (link_folder, "plain files only"),
        (dangling, "plain files only"),
        (hard_link, "plain files only"),
        (fifo, "plain files only"),
        (unix_socket, "plain files only"),
        (deep, "8 levels"),
        (many, "10 entries"),
        (large, "1 MB"),
        (sparse, "1 MB"),
        (decomposed, "differ only in case or form"),
    ],
)
def test_what_is_no_plain_tree_is_refused(
    make: Callable[[Path], None], why: str, output: Path, tmp_path: Path
) -> None:
    make(output)
    with pytest.raises(OutputRefused, match=why):
        copy_tree(output, tmp_path / "kept", CollectLimits(files=10, total_bytes=1 << 20))
    kept = [
        each for each in (tmp_path / "kept").rglob("*") if each.is_file() and each.stat().st_size > 400_000
    ]
    assert kept == []


def test_one_file_is_read_within_its_limit(output: Path) -> None:
    (output / "sub").mkdir()
    (output / "sub/scores.json").write_bytes(b"x" * 100)
    assert read_file(output, "sub/scores.json", 100) == b"x" * 100
    with pytest.raises(OutputRefused, match="larger than"):
        read_file(output, "sub/scores.json", 99)
    with pytest.raises(OutputRefused, match="has no"):
        read_file(output, "sub/none.json", 100)
    with pytest.raises(OutputRefused, match="plain files only"):
        read_file(output, "sub", 100)


@pytest.mark.parametrize("path", ["../secret", "sub/../../secret", "link/secret", "alias"])
def test_no_path_leads_out(path: str, output: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (output / "sub").mkdir()
    (output / "link").symlink_to(tmp_path)
    (output / "alias").symlink_to(tmp_path / "secret")
    with pytest.raises(OutputRefused):
        read_file(output, path, 100)


def test_the_output_itself_may_not_be_a_link(output: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(output)
    with pytest.raises(OutputRefused):
        copy_tree(tmp_path / "link", tmp_path / "kept")
