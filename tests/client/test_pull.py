"""Downloads from portals that cannot be trusted."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from portal.client.connection import Connection
from portal.client.credentials import Login
from portal.client.errors import ClientError, DamagedError
from portal.client.names import Name
from portal.client.paths import safe_target
from portal.client.portal_api import PortalApi
from portal.client.pulling import PARTIAL, pull
from portal.client.screen import Screen
from tests.client.hostile import Answer, Asked, Hostile, told

NAME = Name("lab", "model", "1.0.0")
BASE = "/api/v1/assets/lab/model/versions/1.0.0"
DATA = bytes(range(256)) * 5000


def lists(hostile: Hostile, *files: tuple[str, bytes], **changes: Any) -> None:
    listed = [
        {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest(), **changes}
        for path, data in files
    ]
    hostile.rules[BASE] = [told({"files": listed})]


def bring(hostile: Hostile, root: Path, *, force: bool = False) -> list[str]:
    with Connection(Login(hostile.url)) as connection:
        return [
            file.path for file in pull(PortalApi(connection), Screen(as_json=True), NAME, root, force=force)
        ]


def left(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    "path",
    [
        "../evil", "a/../../evil", "/etc/passwd", "a//b", "./a", "a/.", "", "a\\..\\b", "C:/x", "c:x", "a\x00b",
        "a\nb", "a\u202eb", "nul", "sub/CON.txt", "x" * 300,
    ],
)  # fmt: skip
def test_a_name_that_leaves_the_folder_is_refused_before_anything_is_written(
    hostile: Hostile, tmp_path: Path, path: str
) -> None:
    lists(hostile, ("fine.txt", b"fine"), (path, b"evil"))
    hostile.rules[f"{BASE}/files/fine.txt"] = [Answer(200, b"fine")]
    with pytest.raises(ClientError):
        bring(hostile, tmp_path / "here")
    assert not (tmp_path / "here").exists()
    assert left(tmp_path) == []


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    root = tmp_path / "here"
    root.mkdir()
    (root / "sub").symlink_to(tmp_path / "outside")
    (root / "file").symlink_to(tmp_path / "outside" / "file")
    for path in ("sub/x", "file"):
        with pytest.raises(ClientError):
            safe_target(root, path)
    assert safe_target(root, "other/x") == root / "other" / "x"


def test_other_bytes_than_the_digest_says_are_thrown_away(hostile: Hostile, tmp_path: Path) -> None:
    lists(hostile, ("a.bin", b"right"))
    hostile.rules[f"{BASE}/files/a.bin"] = [Answer(200, b"wrong")]
    with pytest.raises(DamagedError):
        bring(hostile, tmp_path)
    assert left(tmp_path) == []


def test_more_bytes_than_announced_are_not_taken(hostile: Hostile, tmp_path: Path) -> None:
    lists(hostile, ("a.bin", b"right"))
    hostile.rules[f"{BASE}/files/a.bin"] = [Answer(200, b"right" + bytes(10_000_000))]
    with pytest.raises(DamagedError):
        bring(hostile, tmp_path)
    assert left(tmp_path) == []


def ranges(data: bytes, cuts: list[int]) -> Any:
    """Serves ranges, and hangs up after so many bytes, once per cut."""
    etag = f'"{hashlib.sha256(data).hexdigest()}"'

    def answer(asked: Asked) -> Answer:
        cut = cuts.pop(0) if cuts else None
        wanted = asked.headers.get("range")
        if wanted is None or asked.headers.get("if-range") != etag:
            return Answer(200, data, cut=cut)
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        headers = {"Content-Range": f"bytes {start}-{len(data) - 1}/{len(data)}"}
        return Answer(206, data[start:], headers, cut=cut)

    return answer


def test_a_broken_download_goes_on_where_it_stopped(hostile: Hostile, tmp_path: Path) -> None:
    lists(hostile, ("sub/a.bin", DATA))
    hostile.rules[f"{BASE}/files/sub/a.bin"] = ranges(DATA, [400_000, 300_000])
    assert bring(hostile, tmp_path) == ["sub/a.bin"]
    assert (tmp_path / "sub/a.bin").read_bytes() == DATA
    assert left(tmp_path) == ["sub/a.bin"]
    starts = [asked.headers.get("range") for asked in hostile.asked if asked.path.endswith("a.bin")]
    assert starts[0] is None
    assert len(starts) == 3
    assert all(start and int(start[6:-1]) > 0 for start in starts[1:])


def test_a_stopped_command_goes_on_too_and_old_bytes_are_not_trusted(
    hostile: Hostile, tmp_path: Path
) -> None:
    lists(hostile, ("a.bin", DATA))
    hostile.rules[f"{BASE}/files/a.bin"] = ranges(DATA, [])
    partial = tmp_path / PARTIAL / hashlib.sha256(DATA).hexdigest()
    partial.parent.mkdir()
    partial.write_bytes(DATA[:1000])
    bring(hostile, tmp_path)
    assert hostile.asked[-1].headers["range"] == "bytes=1000-"
    (tmp_path / "a.bin").unlink()
    partial.parent.mkdir()
    partial.write_bytes(b"tampered")
    with pytest.raises(DamagedError):
        bring(hostile, tmp_path)
    assert left(tmp_path) == []
    bring(hostile, tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == DATA


def test_a_portal_that_knows_no_ranges_starts_over(hostile: Hostile, tmp_path: Path) -> None:
    lists(hostile, ("a.bin", DATA))
    hostile.rules[f"{BASE}/files/a.bin"] = [Answer(200, DATA, cut=1000), Answer(200, DATA)]
    bring(hostile, tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == DATA


def test_what_is_there_is_kept_and_what_differs_is_not_replaced(hostile: Hostile, tmp_path: Path) -> None:
    lists(hostile, ("a.txt", b"theirs"), ("empty", b""))
    hostile.rules[f"{BASE}/files/a.txt"] = [Answer(200, b"theirs")]
    hostile.rules[f"{BASE}/files/empty"] = [Answer(200, b"")]
    bring(hostile, tmp_path)
    before = len(hostile.asked)
    bring(hostile, tmp_path)
    assert len(hostile.asked) == before + 1
    (tmp_path / "a.txt").write_bytes(b"my own")
    with pytest.raises(ClientError, match="differs"):
        bring(hostile, tmp_path)
    assert (tmp_path / "a.txt").read_bytes() == b"my own"
    bring(hostile, tmp_path, force=True)
    assert (tmp_path / "a.txt").read_bytes() == b"theirs"


def test_a_version_that_is_not_there_is_said(hostile: Hostile, tmp_path: Path) -> None:
    with pytest.raises(ClientError, match=r"lab/model@1\.0\.0"):
        bring(hostile, tmp_path)


@pytest.mark.parametrize("digest", ["../../precious", "{folder}/precious", "", "A" * 64])
def test_a_digest_that_is_a_path_writes_and_deletes_nothing(
    hostile: Hostile, tmp_path: Path, digest: str
) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(b"mine")
    lists(hostile, ("a.bin", b"evil"), sha256=digest.format(folder=tmp_path))
    hostile.rules[f"{BASE}/files/a.bin"] = [Answer(200, b"evil")]
    with pytest.raises(ClientError):
        bring(hostile, tmp_path / "here")
    assert precious.read_bytes() == b"mine"
    assert left(tmp_path) == ["precious"]


def test_a_withdrawn_version_is_brought_with_a_warning(
    hostile: Hostile, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lists(hostile, ("a.txt", b"a"))
    (known,) = hostile.rules[BASE]
    hostile.rules[BASE] = [told({**json.loads(known.body), "state": "yanked", "state_reason": "数据有误"})]
    hostile.rules[f"{BASE}/files/a.txt"] = [Answer(200, b"a")]
    with Connection(Login(hostile.url)) as connection:
        pull(PortalApi(connection), Screen(), NAME, tmp_path)
    assert left(tmp_path) == ["a.txt"]
    said = capsys.readouterr().err
    assert "lab/model@1.0.0" in said
    assert "数据有误" in said
