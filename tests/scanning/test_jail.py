"""The same scripts in a real jail, by way of the sandbox."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest

from registry.sandbox.backend import Limits as JailLimits
from registry.sandbox.backend import SandboxBackend
from registry.sandbox.detect import detect
from registry.sandbox.errors import PlatformFault
from registry.sandbox.runtimes import Runtime, build, common_folder
from registry.sandbox.slots import SlotPool
from registry.scanning.findings import Verdict
from registry.scanning.jailed.budget import MIB, Limits
from registry.scanning.report import ScanReport, UnpackReport
from registry.scanning.run import ScanConfig, _collect_scan, _collect_unpacked, scan_tree, unpack_archive
from tests.scanning.samples import ELF, OS_SYSTEM, onnx_model, zipped

PROGRAM: dict[str, bytes | str] = {
    "main.py": "import socket\nprint(1)\n",
    "数据/地块\u3000一.csv": "id\n1\n",
    "cspon.yaml": "name: demo\nruntime: geo-py311\ncommand: python main.py $input $output\n",
    "model.onnx": onnx_model(),
}

FORGED = json.dumps(
    {
        "ok": True,
        "entries": [{"path": "a.csv", "size": 1, "sha256": "0" * 64}],
        "notes": [],
        "error": None,
    }
)


class Sandbox:
    """The platform's sandbox with one slot and the scanners' runtime, made for each run's own event loop."""

    def __init__(self, backend: SandboxBackend, runtime: Runtime, pool: Path) -> None:
        self.backend, self.runtime, self._pool = backend, runtime, pool

    def unpack(self, archive: Path, dest: Path, limits: Limits | None = None) -> UnpackReport:
        async def run() -> UnpackReport:
            async with self._slots().take() as slot:
                return await unpack_archive(
                    self.backend, self.runtime, archive, dest, limits or Limits(max_bytes=64 * MIB), slot
                )

        return asyncio.run(run())

    def scan(self, tree: Path, config: ScanConfig, stop: bool = False) -> ScanReport:
        async def run() -> ScanReport:
            event = asyncio.Event()
            if stop:
                event.set()
            async with self._slots().take() as slot:
                return await scan_tree(self.backend, self.runtime, tree, config, slot, event)

        return asyncio.run(run())

    def _slots(self) -> SlotPool:
        return SlotPool(self._pool, 1, base_uid=130_000)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    runtime = build(
        f"scan-py3{sys.version_info[1]}",
        common_folder("runtimes"),
        lambda _line: None,
        built_at="by the tests",
    )
    work = common_folder("tests") / f"scan-{token_hex(6)}"
    work.mkdir()
    work.chmod(0o755)
    yield Sandbox(detect(weak_allowed=True, work=work / "jails"), runtime, work / "slots")
    shutil.rmtree(work)


def write(folder: Path, files: dict[str, bytes | str]) -> Path:
    for name, data in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def test_an_archive_is_unpacked_and_scanned_in_jails(sandbox: Sandbox, tmp_path: Path) -> None:
    archive, dest = tmp_path / "upload", tmp_path / "tree"
    archive.write_bytes(zipped({f"demo/{name}": data for name, data in PROGRAM.items()}))
    unpacked = sandbox.unpack(archive, dest)
    assert unpacked.ok
    assert {p.relative_to(dest).as_posix() for p in dest.rglob("*") if p.is_file()} == set(PROGRAM)
    assert {entry.path for entry in unpacked.entries} == set(PROGRAM)

    report = sandbox.scan(
        dest, ScanConfig(expects="program", declared_licence="MIT", runtimes=("geo-py311",))
    )
    assert [(f.rule, f.path, f.line) for f in report.findings] == [("python.risky", "main.py", 1)]
    assert report.decision.verdict is Verdict.PUBLISH
    assert {item.path for item in report.files} == set(PROGRAM)
    assert {"picklescan", "fickling", "onnx", "pyyaml"} <= set(report.tools)
    assert report.manifests["cspon.yaml"]["name"] == "demo"


def test_dangers_are_found_in_the_jail_too(sandbox: Sandbox, tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"a.csv": ELF, "m.pkl": OS_SYSTEM, "LICENSE": "x"})
    report = sandbox.scan(tree, ScanConfig())
    assert [(f.rule, f.path) for f in report.findings] == [
        ("format.executable", "a.csv"),
        ("pickle.dangerous", "m.pkl"),
        ("pickle.dangerous", "m.pkl"),
        ("pickle.executable_format", "m.pkl"),
    ]
    assert report.decision.verdict is Verdict.REJECT


@pytest.mark.parametrize(
    ("files", "rule"),
    [({"../evil.py": "x"}, "archive.parent_name"), ({"zeros.csv": bytes(70 * MIB)}, "archive.too_large")],
)
def test_a_refused_archive_leaves_nothing(
    sandbox: Sandbox, tmp_path: Path, files: dict[str, bytes | str], rule: str
) -> None:
    archive, dest = tmp_path / "upload", tmp_path / "tree"
    archive.write_bytes(zipped(files))
    report = sandbox.unpack(archive, dest)
    assert [found.rule for found in report.findings] == [rule]
    assert report.decision.verdict is Verdict.REJECT
    assert not dest.exists()


def test_an_archive_of_the_greatest_size_fits(sandbox: Sandbox, tmp_path: Path) -> None:
    archive, dest = tmp_path / "upload", tmp_path / "tree"
    limits = Limits(max_bytes=8 * MIB, max_entries=3000)
    files: dict[str, bytes | str] = {f"d{n % 7}/{n}.txt": b"" for n in range(2999)}
    archive.write_bytes(zipped({**files, "big.bin": os.urandom(8 * MIB)}))
    assert len(sandbox.unpack(archive, dest, limits).entries) == 3000


def test_a_scan_without_time_rejects(sandbox: Sandbox, tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {f"{n}.md": "text\n" * 20000 for n in range(400)})
    limits = JailLimits(wall_s=0.6, memory_bytes=1024 * MIB, output_bytes=MIB, output_files=16)
    report = sandbox.scan(tree, ScanConfig(jail=limits))
    assert [(f.rule, f.params) for f in report.findings] == [("scan.incomplete", {"end": "timeout"})]
    assert report.decision.verdict is Verdict.REJECT


def test_a_scan_that_is_stopped_is_the_platforms_affair(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(PlatformFault):
        sandbox.scan(write(tmp_path / "tree", {"a.md": "x"}), ScanConfig(), stop=True)


def test_links_and_bad_names_never_reach_the_jail(sandbox: Sandbox, tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", {"a:b.csv": "x", "ok.md": "x"})
    (tree / "shadow").symlink_to("/etc/shadow")
    os.mkfifo(tree / "pipe")
    report = sandbox.scan(tree, ScanConfig())
    assert {(f.rule, f.path) for f in report.findings} == {
        ("format.bad_name", "'a:b.csv'"),
        ("format.special_file", "pipe"),
        ("format.special_file", "shadow"),
    }
    assert report.decision.verdict is Verdict.REJECT


def test_the_report_of_a_taken_over_scanner_is_not_believed(tmp_path: Path) -> None:
    output = write(tmp_path / "output", {"unpack.json": FORGED, "tree/b.csv": "other"})
    report = _collect_unpacked(output, tmp_path / "dest", Limits())
    assert [found.rule for found in report.findings] == ["scan.report_invalid"]
    assert not (tmp_path / "dest").exists()


def test_a_linked_report_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "scan.json").symlink_to("/etc/passwd")
    assert [found.rule for found in _collect_scan(tmp_path, {}).findings] == ["scan.report_invalid"]
