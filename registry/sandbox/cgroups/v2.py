"""Version 2: one hierarchy; a group with limits on its children may hold no processes itself."""

import errno
from pathlib import Path

from registry.sandbox.cgroups.base import JobGroup, Tree, Usage, read_field, read_int

_PERIOD_US = 100_000
_NEEDED = ("memory", "pids")
_WANTED = (*_NEEDED, "cpu")
LEAF = "cspon-worker"


class GroupV2(JobGroup):
    """A job's folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__([folder])
        self._folder = folder

    def usage(self) -> Usage:
        """Present use, from ``cpu.stat``, ``memory.current`` and ``pids.current``."""
        return Usage(
            cpu_s=read_field(self._folder / "cpu.stat", "usage_usec") / 1e6,
            memory_bytes=read_int(self._folder / "memory.current"),
            processes=max(0, read_int(self._folder / "pids.current") - 1),
        )

    def limit_memory(self, memory_bytes: int) -> None:
        """The kernel would kill at once to keep a limit below what is in use: that is refused here."""
        if self.usage().memory_bytes >= memory_bytes:
            raise OSError(errno.EBUSY, "more memory is in use", str(self._folder))
        _write(self._folder / "memory.max", str(memory_bytes))

    def peak_memory(self) -> int:
        """``memory.peak`` (Linux 5.19 and newer); 0 where the kernel keeps none."""
        return read_int(self._folder / "memory.peak")

    def oom_kills(self) -> int:
        """Processes killed in this group."""
        return read_field(self._folder / "memory.events", "oom_kill")


class TreeV2(Tree):
    """Below our own group, or beside us in its parent once we have moved into a leaf."""

    version = 2

    def __init__(self, own: Path, mount: Path) -> None:
        self._mount = mount
        # After a restart inside the leaf, jobs belong beside it.
        self.base = own.parent if own.name == LEAF and own != mount else own
        self._controllers: list[str] = []

    @property
    def roots(self) -> list[Path]:
        """The mount point: an earlier worker may have lived in another group."""
        return [self._mount]

    @property
    def controllers(self) -> list[str]:
        """What `prepare` has enabled for job groups."""
        return sorted(self._controllers)

    def prepare(self) -> None:
        """Let job groups have limits: enable the controllers, after moving ourselves out of the way
        if need be.

        OSError when the group is not delegated to us (``Delegate=yes`` in a systemd unit does that).
        """
        offered = _words(self.base / "cgroup.controllers")
        missing = [name for name in _NEEDED if name not in offered]
        if missing:
            raise OSError(errno.ENOENT, f"controllers {', '.join(missing)} are not available", str(self.base))
        wanted = [name for name in _WANTED if name in offered]
        enabled = _words(self.base / "cgroup.subtree_control")
        for name in [each for each in wanted if each not in enabled]:
            self._enable(name)
        self._controllers = wanted

    def _enable(self, name: str) -> None:
        control = self.base / "cgroup.subtree_control"
        try:
            control.write_text(f"+{name}", encoding="ascii")
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            self._move_into_leaf()
            control.write_text(f"+{name}", encoding="ascii")

    def _move_into_leaf(self) -> None:
        leaf = self.base / LEAF
        leaf.mkdir(exist_ok=True)
        for pid in _words(self.base / "cgroup.procs"):
            try:
                (leaf / "cgroup.procs").write_text(pid, encoding="ascii")
            except ProcessLookupError:
                continue

    def create(self, name: str, *, memory_bytes: int, processes: int, threads: int) -> JobGroup:
        """Make the folder and set the limits; no swap."""
        folder = self.base / name
        group = GroupV2(folder)
        try:
            folder.mkdir()
            _write(folder / "memory.max", str(memory_bytes))
            if (folder / "memory.swap.max").exists():
                _write(folder / "memory.swap.max", "0")
            if (folder / "memory.oom.group").exists():
                _write(folder / "memory.oom.group", "0")
            _write(folder / "pids.max", str(processes + 1))
            if "cpu" in self._controllers:
                _write(folder / "cpu.max", f"{threads * _PERIOD_US} {_PERIOD_US}")
        except OSError:
            group.remove()
            raise
        return group


def _words(path: Path) -> list[str]:
    return path.read_text(encoding="ascii").split()


def _write(path: Path, value: str) -> None:
    path.write_text(value, encoding="ascii")
