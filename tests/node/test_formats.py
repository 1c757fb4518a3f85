"""The manifest: what is written is what is read, and nothing else is taken."""

import copy
from typing import Any

import pytest

from cspon_node import formats
from cspon_node.formats import BadFormat

HEX = "ab" * 32


def manifest() -> formats.Manifest:
    return formats.Manifest(
        channel="national",
        subject=formats.Subject("institute", "landcover", "1.0.0", "model", "model", HEX),
        sequence=7,
        made_at="2026-11-26T08:00:00Z",
        portal="https://cspon.example",
        promotion=formats.Promotion("019a", "national", 9),
        certificate=formats.Certificate("C-2026-0001", "base", "2027-11-26T08:00:00Z"),
        runtime=formats.Runtime("geo-py311", HEX),
        interface=formats.Interface(how="command", command=("python", "main.py", "$input", "$output")),
        log=formats.LogRef("cspon.example/log", "cspon.example/log+00000000+AQ=="),
        keys=formats.Keys(certificates=("ed25519:AA==",)),
        files=(
            formats.Entry("evidence/certificate.dsse.json", HEX, 10, "certificate"),
            formats.Entry("files/main.py", HEX, 10, "file"),
        ),
    )


def test_what_is_written_is_what_is_read() -> None:
    made = manifest()
    assert formats.read_manifest(formats.manifest_json(made)) == made
    rows = [formats.Withdrawal("a", "b", "1.0.0", HEX, "revoked", "2026-11-26T08:00:00Z", "reason")]
    assert formats.read_withdrawn(formats.withdrawn_json(3, "2026", rows)) == (3, rows)


def _changed(path: str, value: Any) -> Any:
    made = copy.deepcopy(formats.manifest_json(manifest()))
    *way, last = path.split("/")
    here: Any = made
    for step in way:
        here = here[int(step)] if step.isdigit() else here[step]
    here[int(last) if last.isdigit() else last] = value
    return made


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("format", "cspon-bundle/2", "format"),
        ("surprise", 1, "surprise"),
        ("channel", "provincial", "channel"),
        ("sequence", True, "sequence"),
        ("sequence", -1, "sequence"),
        ("subject/digest", "AB" * 32, "subject.digest"),
        ("subject/name", "../../etc", "separator"),
        ("subject/name", "..", "a path is relative"),
        ("subject/version", "1.0.0@2", "separator"),
        ("subject/submission", "shell", "subject.submission"),
        ("files/1/path", "metadata/root.json", "no folder of a bundle's files"),
        ("files/0/path", "zzz", "in the order of paths"),
        ("files/1/path", "files/../x", "a path is relative"),
        ("files/1/path", "files/e\u0301", "NFC"),
        ("files/1/role", "event", "does not belong"),
        ("files/1/size", 2**60, "files[1].size"),
        ("interface/how", "shell", "interface.how"),
        ("interface/limits", {"time_s": float("nan")}, "interface.limits"),
        ("keys/workers", "ed25519:AA==", "keys.workers"),
    ],
)  # fmt: skip
def test_nothing_else_is_taken(path: str, value: Any, said: str) -> None:
    with pytest.raises(BadFormat) as refused:
        formats.read_manifest(_changed(path, value))
    assert said in str(refused.value)


def test_paths_some_file_system_takes_for_one_are_refused() -> None:
    made = formats.manifest_json(manifest())
    made["files"] = [
        {"path": path, "sha256": HEX, "size": 1, "role": "file"} for path in ("files/A.py", "files/a.py")
    ]
    with pytest.raises(BadFormat, match="some file system takes for one"):
        formats.read_manifest(made)


@pytest.mark.parametrize(
    "path", ["", "/a", "a//b", "a/./b", "a/..", "a\\b", "c:a", "a\u202eb", "a\0b", " a", "x/" * 30 + "x"]
)
def test_hostile_paths_are_refused(path: str) -> None:
    with pytest.raises(BadFormat):
        formats.check_path(path)


def test_receipts_are_written_as_they_are_read() -> None:
    run = formats.Run("ok", 1.5, 1 << 20, (formats.Output("out.csv", HEX, 3),))
    made = formats.Receipt(
        HEX, 2, HEX, "ran", "2026-11-26T08:00:00Z", "0.1.0", "strong", HEX, "pilot", 4, run=run
    )
    assert formats.read_receipt(formats.receipt_json(made)) == made


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("previous", "", "previous"),
        ("number", 0, "previous"),
        ("number", 1, "previous"),
        ("event", "deleted", "event"),
        ("run", None, "run"),
        ("node", "me", "node"),
        ("surprise", 1, "predicate"),
    ],
)
def test_receipts_that_do_not_hold_are_refused(key: str, value: Any, said: str) -> None:
    run = formats.Run("ok", 1.5, 1 << 20)
    made = formats.Receipt(HEX, 2, HEX, "ran", "2026", "0.1.0", "strong", HEX, "pilot", 4, run=run)
    with pytest.raises(BadFormat, match=said):
        formats.read_receipt({**formats.receipt_json(made), key: value})
