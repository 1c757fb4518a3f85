"""The jail's option list: a pure function of what is asked, so that its canonical form can be digested."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from pathlib import Path

from registry.sandbox.backend import MIB, JailSpec, Limits
from registry.sandbox.binds import Bind
from registry.sandbox.runtimes import Runtime

SCRATCH_BYTES = 64 * MIB
INSIDE_UID = 1000
_DEVICES = ("null", "zero", "urandom", "random")
# nsjail's own limit comes after ours, which knows why it kills; it only matters if this process no longer
# runs.
_GRACE_S = 2


@dataclass(frozen=True)
class Frame:
    """What the host lends to one jail."""

    output: Path
    log: Path
    uid: int
    gid: int
    metered: bool


def _tmpfs(target: str, inodes: int) -> list[str]:
    return ["-m", f"none:{target}:tmpfs:size={SCRATCH_BYTES},nr_inodes={inodes},mode=1777"]


def _rlimits(limits: Limits, *, metered: bool) -> list[str]:
    values = {
        "cpu": cpu_limit_s(limits),
        # Address space is no measure of memory; it is the last resort where no cgroup counts.
        "as": "inf" if metered else ceil(limits.memory_bytes / MIB),
        "fsize": ceil(max(limits.output_bytes, SCRATCH_BYTES) / MIB),
        "nofile": 256,
        "nproc": limits.processes,
        "core": 0,
        "stack": 8,
        "memlock": 64,
        "msgqueue": 0,
        "rtprio": 0,
    }
    return [word for name, value in values.items() for word in (f"--rlimit_{name}", str(value))]


def cpu_limit_s(limits: Limits) -> int:
    """Seconds of processor time one process may use: the whole wall time on every thread."""
    return ceil(limits.wall_s * limits.threads) + 1


def options(spec: JailSpec, frame: Frame) -> list[str]:
    """All options of nsjail for this jail, without the policy and the command."""
    limits = spec.limits
    # -q, not -Q: the errors, in a file of ours, tell a program that cannot be started from a fault of the platform.
    words = ["-Mo", "-q", "--log", str(frame.log)]
    words += ["-u", f"{INSIDE_UID}:{frame.uid}:1", "-g", f"{INSIDE_UID}:{frame.gid}:1"]
    words += ["--hostname", "job", "--cwd", spec.cwd, "--iface_no_lo", "--nice_level", "0"]
    words += ["-t", str(ceil(limits.wall_s) + _GRACE_S), *_rlimits(limits, metered=frame.metered)]
    words += [*_tmpfs("/tmp", 4096), *_tmpfs("/job", 4096), *_tmpfs("/dev/shm", 256)]  # noqa: S108 (inside the jail)
    for device in _DEVICES:
        words += ["-R", f"/dev/{device}"]
    for bind in (*spec.runtime.binds, *spec.binds):
        words += ["-R", f"{bind.source}:{bind.target}"]
    words += ["-B", f"{frame.output}:/output"]
    for name, value in {**spec.runtime.env(limits.threads), **spec.env}.items():
        words += ["-E", f"{name}={value}"]
    return words


def profile_digest(policy: str, *, metered: bool, groups: Sequence[str]) -> str:
    """SHA-256 over the policy, the options of a reference jail and the names of the cgroup limits in
    force."""
    runtime = Runtime("reference", Path("/R"), "3", "", "", "", "python3", "/lib/ld.so")
    spec = JailSpec(runtime, ["python"], binds=[Bind(Path("/S"), "/submission")], limits=Limits())
    words = options(spec, Frame(Path("/O"), Path("/L"), uid=1, gid=1, metered=metered))
    return sha256("\0".join([policy, *words, *sorted(groups)]).encode()).hexdigest()
