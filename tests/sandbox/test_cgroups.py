"""Both versions of the kernel's interface: where our group is, and what is written, on made-up trees."""

import errno
import os
from pathlib import Path

import pytest

from registry.sandbox.backend import SandboxBackend
from registry.sandbox.cgroups.base import clear
from registry.sandbox.cgroups.find import find_tree, locate, own_folder_of
from registry.sandbox.cgroups.v1 import GroupV1, TreeV1
from registry.sandbox.cgroups.v2 import LEAF, GroupV2, TreeV2

MIB = 1 << 20


@pytest.mark.parametrize(
    ("path", "root", "folder"),
    [
        ("/", "/", ""),
        ("/system.slice/cspon.service", "/", "system.slice/cspon.service"),
        ("/docker/abc", "/docker/abc", ""),
        ("/docker/abc/work", "/docker/abc", "work"),
        (
            "/docker/abcdef",
            "/docker/abc",
            "",
        ),  # another group that only begins alike, and is not mounted here
        ("/../other", "/", ""),
        ("/gone", "/", ""),
    ],
)
def test_our_folder_is_found_below_the_mount(path: str, root: str, folder: str, tmp_path: Path) -> None:
    for made in ("system.slice/cspon.service", "work"):
        (tmp_path / made).mkdir(parents=True)
    assert own_folder_of(path, root, tmp_path) == tmp_path / folder


def test_version_one_is_taken_where_memory_is_there(tmp_path: Path) -> None:
    for name in ("memory/job", "pids", "cpu,cpuacct", "unified/job"):
        (tmp_path / name).mkdir(parents=True)
    mountinfo = "\n".join(
        [
            "22 27 0:21 / /proc rw,relatime - proc proc rw",
            f"35 31 0:32 / {tmp_path}/memory rw,relatime - cgroup cgroup rw,memory",
            f"36 31 0:33 / {tmp_path}/pids rw shared:9 - cgroup cgroup rw,pids",
            f"37 31 0:34 / {tmp_path}/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
            f"41 31 0:38 / {tmp_path}/unified rw - cgroup2 cgroup2 rw",
        ]
    )
    tree = locate("4:memory:/job\n8:pids:/\n1:cpu,cpuacct:/\n0::/job\n", mountinfo)
    assert isinstance(tree, TreeV1)
    assert tree.base == tmp_path / "memory/job"
    assert tree.controllers == ["cpu", "cpuacct", "memory", "pids"]
    assert tree.roots == [tmp_path / "memory", tmp_path / "pids", tmp_path / "cpu,cpuacct"]
    two = locate("0::/job\n", mountinfo)
    assert isinstance(two, TreeV2)
    assert two.base == tmp_path / "unified/job"
    assert locate("0::/\n", "22 27 0:21 / /proc rw - proc proc rw") is None


def test_version_one_writes_its_limits_and_reads_its_meters(tmp_path: Path) -> None:
    own = {name: tmp_path / name for name in ("memory", "pids", "cpu", "cpuacct")}
    for folder in own.values():
        folder.mkdir()
    group = TreeV1(own, own).create("job", memory_bytes=64 * MIB, processes=10, threads=2)
    job = {name: folder / "job" for name, folder in own.items()}
    assert (job["memory"] / "memory.limit_in_bytes").read_text() == str(64 * MIB)
    assert (job["pids"] / "pids.max").read_text() == "11"  # the supervisor is one of them
    assert (job["cpu"] / "cpu.cfs_quota_us").read_text() == "200000"
    assert len(group.join_files) == 4
    (job["cpuacct"] / "cpuacct.usage").write_text("1500000000\n")
    (job["memory"] / "memory.usage_in_bytes").write_text("4096\n")
    (job["memory"] / "memory.max_usage_in_bytes").write_text("8192\n")
    (job["memory"] / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
    (job["pids"] / "pids.current").write_text("3\n")
    usage = group.usage()
    assert (usage.cpu_s, usage.memory_bytes, usage.processes) == (1.5, 4096, 2)
    assert (group.peak_memory(), group.oom_kills()) == (8192, 2)
    assert GroupV1({k: v for k, v in job.items() if k != "cpuacct"}).usage().cpu_s == 0


class FakeV2(TreeV2):
    """A folder in place of the kernel: like it, refuses controllers for a group that holds processes."""

    def _enable(self, name: str) -> None:
        if (self.base / "cgroup.procs").read_text().split():
            self._move_into_leaf()
            moved = (self.base / LEAF / "cgroup.procs").read_text()
            assert moved == str(os.getpid())
            (self.base / "cgroup.procs").write_text("")
        control = self.base / "cgroup.subtree_control"
        control.write_text(f"{control.read_text()} {name}")


def fake_v2(folder: Path, controllers: str, procs: str = "") -> Path:
    folder.mkdir(parents=True)
    (folder / "cgroup.controllers").write_text(controllers)
    (folder / "cgroup.subtree_control").write_text("")
    (folder / "cgroup.procs").write_text(procs)
    return folder


def test_version_two_moves_out_of_the_way_and_enables_controllers(tmp_path: Path) -> None:
    own = fake_v2(tmp_path / "service", "cpuset cpu io memory pids", f"{os.getpid()}\n")
    tree = FakeV2(own, tmp_path)
    tree.prepare()
    assert (own / "cgroup.subtree_control").read_text().split() == ["memory", "pids", "cpu"]
    assert tree.controllers == ["cpu", "memory", "pids"]
    again = FakeV2(own / LEAF, tmp_path)
    assert again.base == own  # a worker that starts inside the leaf puts its jobs beside it
    again.prepare()
    assert (own / "cgroup.subtree_control").read_text().split() == ["memory", "pids", "cpu"]


def test_version_two_writes_its_limits_and_reads_its_meters(tmp_path: Path) -> None:
    own = fake_v2(tmp_path / "service", "cpu memory pids")
    tree = FakeV2(own, tmp_path)
    tree.prepare()
    group = tree.create("job", memory_bytes=64 * MIB, processes=10, threads=3)
    job = own / "job"
    assert isinstance(group, GroupV2)
    assert (job / "memory.max").read_text() == str(64 * MIB)
    assert (job / "pids.max").read_text() == "11"
    assert (job / "cpu.max").read_text() == "300000 100000"
    (job / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n")
    (job / "memory.current").write_text("4096\n")
    (job / "memory.events").write_text("low 0\nhigh 0\nmax 9\noom 1\noom_kill 1\noom_group_kill 0\n")
    (job / "pids.current").write_text("1\n")
    assert group.usage().cpu_s == 2.5
    assert group.usage().processes == 0
    assert group.oom_kills() == 1
    assert group.peak_memory() == 0  # an older kernel keeps none; the samples then stand in


def test_version_two_without_delegation_is_said(tmp_path: Path) -> None:
    tree = TreeV2(fake_v2(tmp_path / "service", "cpu pids"), tmp_path)
    with pytest.raises(OSError, match="memory") as refusal:
        tree.prepare()
    assert refusal.value.errno == errno.ENOENT


def test_the_real_tree_lies_below_our_own_group(backend: SandboxBackend) -> None:
    """So an outer limit of the container or the service holds for every jail."""
    if backend.grade == "weak":
        return
    tree = find_tree()
    group = tree.create("cspon-test-limits", memory_bytes=32 * MIB, processes=4, threads=1)
    try:
        assert all(folder.name == "cspon-test-limits" for folder in group.folders)
        assert group.folders[0].parent == tree.base
        assert group.usage().memory_bytes < 32 * MIB
    finally:
        group.remove()
    assert not any(folder.exists() for folder in group.folders)
    clear(group.folders[0])  # what is gone already is no fault
