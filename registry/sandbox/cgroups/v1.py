"""Version 1: one hierarchy per controller."""

from pathlib import Path

from registry.sandbox.cgroups.base import JobGroup, Tree, Usage, read_field, read_int

_PERIOD_US = 100_000
_CONTROLLERS: tuple[str, ...] = ("memory", "pids", "cpu", "cpuacct")


class GroupV1(JobGroup):
    """A job's folders, by controller."""

    def __init__(self, places: dict[str, Path]) -> None:
        super().__init__(list(places.values()))
        self._places = places

    def usage(self) -> Usage:
        """Present use, from ``memory``, ``pids`` and (where mounted) ``cpuacct``."""
        cpu = self._places.get("cpuacct")
        return Usage(
            cpu_s=read_int(cpu / "cpuacct.usage") / 1e9 if cpu else 0.0,
            memory_bytes=read_int(self._places["memory"] / "memory.usage_in_bytes"),
            processes=max(0, read_int(self._places["pids"] / "pids.current") - 1),
        )

    def limit_memory(self, memory_bytes: int) -> None:
        """Memory with swap may never be less than memory alone, so the order depends on the direction."""
        folder = self._places["memory"]
        names = ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"]
        if memory_bytes > read_int(folder / names[0]):
            names.reverse()
        for name in names:
            if (folder / name).exists():
                _write(folder / name, memory_bytes)

    def peak_memory(self) -> int:
        """The kernel's own high-water mark."""
        return read_int(self._places["memory"] / "memory.max_usage_in_bytes")

    def oom_kills(self) -> int:
        """Counted in the group of the victim, which is this one."""
        return read_field(self._places["memory"] / "memory.oom_control", "oom_kill")


class TreeV1(Tree):
    """Our own group in each hierarchy that is mounted and open to us."""

    version = 1

    def __init__(self, own: dict[str, Path], mounts: dict[str, Path]) -> None:
        self._own: dict[str, Path] = {name: own[name] for name in _CONTROLLERS if name in own}
        self._mounts = mounts
        self.base = own["memory"]

    @property
    def roots(self) -> list[Path]:
        """The hierarchies' mount points: an earlier worker may have lived in another group."""
        return list(dict.fromkeys(self._mounts[name] for name in self._own))

    @property
    def controllers(self) -> list[str]:
        """The mounted ones of memory, pids, cpu, cpuacct."""
        return sorted(self._own)

    def create(self, name: str, *, memory_bytes: int, processes: int, threads: int) -> JobGroup:
        """Make the folders and set the limits; swap counts as memory where the kernel counts it."""
        places = {controller: own / name for controller, own in self._own.items()}
        group = GroupV1(places)
        try:
            for folder in group.folders:
                folder.mkdir()
            memory = places["memory"]
            _write(memory / "memory.limit_in_bytes", memory_bytes)
            if (memory / "memory.memsw.limit_in_bytes").exists():
                _write(memory / "memory.memsw.limit_in_bytes", memory_bytes)
            _write(places["pids"] / "pids.max", processes + 1)
            if "cpu" in places:
                _limit_cpu(places["cpu"], threads)
        except OSError:
            group.remove()
            raise
        return group


def _write(path: Path, value: int) -> None:
    path.write_text(str(value), encoding="ascii")


def _limit_cpu(folder: Path, threads: int) -> None:
    try:
        _write(folder / "cpu.cfs_period_us", _PERIOD_US)
        _write(folder / "cpu.cfs_quota_us", threads * _PERIOD_US)
    except OSError:
        # A parent with a smaller share refuses a larger one below it; its own limit then holds.
        if read_int(folder.parent / "cpu.cfs_quota_us", -1) <= 0:
            raise
