"""The default backend: nsjail on this host."""

import asyncio
import os
import shlex
import shutil
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from portal.kit.i18n import N_
from registry.sandbox.backend import Grade, JailSpec
from registry.sandbox.binds import Bind
from registry.sandbox.cgroups import JobGroup, Tree
from registry.sandbox.denials import Ear
from registry.sandbox.errors import PlatformFault
from registry.sandbox.jail import NsjailJail, Prepared
from registry.sandbox.mounts import mount_files, mount_tmpfs
from registry.sandbox.options import Frame, options, profile_digest
from registry.sandbox.policy import policy_text
from registry.sandbox.slots import Slot
from registry.sandbox.staging import Stage
from registry.sandbox.warm.inside import LAUNCHER, PLACE
from registry.sandbox.warm.jail import FILES_BYTES, FILES_COUNT, Waiting, WarmJail
from registry.sandbox.warm.mould import Mould, waiting_limits
from registry.sandbox.workplace import Workplace, discard

NO_MEMORY_LIMIT = N_("Memory is watched, not limited: no memory control group is open to this worker")
NO_OUTPUT_LIMIT = N_("The output folder is watched, not limited: this worker may not mount file systems")
NO_OWN_USER = N_("Jails share the worker's own user id: this worker may not assign others")
NO_CPU_LIMIT = N_("Processor shares are not limited: no cpu control group is open to this worker")

# The parent may have died before setpriv asked for the signal; then nobody would send it.
_JOIN_AND_BECOME = """
fail() {{ echo "[F] $1" >> {log}; exit 255; }}
[ "$PPID" = {parent} ] || fail "the worker is gone"
{joins}
[ -x "$1" ] || fail "$1 cannot be executed"
exec "$@"
"""


@dataclass(frozen=True)
class Powers:
    """What the host lets this process do. All three make a strong sandbox."""

    groups: Tree | None
    mounts: bool
    users: bool

    @property
    def weaknesses(self) -> list[str]:
        """Message ids, empty when strong (a missing processor share alone is no weakness of containment)."""
        found = [] if self.groups else [NO_MEMORY_LIMIT]
        found += [] if self.mounts else [NO_OUTPUT_LIMIT]
        return found + ([] if self.users else [NO_OWN_USER])


class NsjailBackend:
    """Implements `backend.SandboxBackend`; made by `detect.detect`."""

    def __init__(
        self, nsjail: Path, setpriv: Path, workplace: Workplace, powers: Powers, ear: Ear | None = None
    ) -> None:
        self._nsjail = nsjail
        self._setpriv = setpriv
        self._workplace = workplace
        self._powers = powers
        # Only where a user id is one jail's alone do the kernel's records tell jails apart.
        self._ear = ear if powers.users else None
        self._policy = policy_text(metered=powers.groups is not None)

    @property
    def grade(self) -> Grade:
        """``strong`` when every limit is the kernel's."""
        return "weak" if self._powers.weaknesses else "strong"

    @property
    def weaknesses(self) -> list[str]:
        """Message ids of what is not enforced here."""
        groups = self._powers.groups
        no_share = groups is not None and "cpu" not in groups.controllers
        return [*self._powers.weaknesses, *([NO_CPU_LIMIT] if no_share else [])]

    @property
    def counts_denied(self) -> bool:
        """Whether what the policy refuses is counted here."""
        return self._ear is not None

    @property
    def profile_digest(self) -> str:
        """SHA-256 of policy, canonical options and the cgroup limits in force."""
        groups = self._powers.groups
        names = groups.controllers if groups is not None else []
        return profile_digest(self._policy, metered=groups is not None, groups=names)

    @property
    def work(self) -> Path:
        """The folder that jails' files lie under."""
        return self._workplace.path

    @contextmanager
    def stage(self, slot: Slot) -> Iterator[Stage]:
        """A folder for the files of one run, readable by that slot's jails only, gone at the end."""
        folder = self._workplace.new_job()
        try:
            yield Stage(folder / "stage", slot.uid if self._powers.users else None)
        finally:
            discard(folder)

    @asynccontextmanager
    async def open(self, spec: JailSpec, slot: Slot) -> AsyncIterator[NsjailJail]:
        """Prepare folder, output and cgroup; on leaving, clear them in a helper thread (an unmount
        may take long)."""
        folder = self._workplace.new_job()
        group: JobGroup | None = None
        try:
            try:
                group = self._make_group(spec)
                prepared = self._prepare(spec, slot, folder, group)
            except OSError as error:
                raise PlatformFault(
                    N_("A jail could not be prepared: %(reason)s"), reason=str(error)
                ) from error
            yield NsjailJail(spec, prepared)
        finally:
            await asyncio.shield(asyncio.to_thread(_clear, folder, group))

    @asynccontextmanager
    async def warm(self, mould: Mould, slot: Slot) -> AsyncIterator[WarmJail]:
        """A jail under the same policy that has started and waits; `PlatformFault` when it does not get that far.

        On leaving it is ended, wherever it stands, and every trace of it is gone.
        """
        folder = self._workplace.new_job()
        group: JobGroup | None = None
        try:
            try:
                spec, waiting = self._lay_warm(mould, slot, folder)
                group = self._make_group(spec)
                jail = WarmJail(mould, spec, self._prepare(spec, slot, folder, group), waiting)
            except OSError as error:
                raise PlatformFault(
                    N_("A jail could not be prepared: %(reason)s"), reason=str(error)
                ) from error
            try:
                await jail.start()
                yield jail
            finally:
                await asyncio.shield(jail.dismiss())
        finally:
            await asyncio.shield(asyncio.to_thread(_clear, folder, group))

    def _lay_warm(self, mould: Mould, slot: Slot, folder: Path) -> tuple[JailSpec, Waiting]:
        """Empty mount points in a tmpfs of the slot, the launcher, and the pipe; the jail that waits on it."""
        if self.grade != "strong":
            raise PlatformFault(N_("Warm jails need a strong sandbox"))
        stage = Stage(folder / "warm", slot.uid)
        launcher = stage.put(f"inside/{LAUNCHER.name}", LAUNCHER).parent
        stage.write("inside/modules", "\n".join(mould.modules).encode())
        os.mkfifo(launcher / "go", 0o640)
        (launcher / "go").chmod(0o640)
        given = stage.folder("given")
        mount_files(given, size=FILES_BYTES, inodes=FILES_COUNT + 32, gid=slot.uid)
        folders = {target: given / str(number) for number, target in enumerate(mould.targets)}
        for each in folders.values():
            each.mkdir(mode=0o750)
            os.chown(each, -1, slot.uid)
        binds = [Bind(source, target) for target, source in folders.items()]
        path = mould.runtime.env(mould.threads)["PYTHONPATH"]
        spec = JailSpec(
            runtime=mould.runtime,
            argv=mould.argv,
            cwd=mould.cwd,
            binds=[*binds, Bind(launcher, PLACE)],
            env={"PYTHONPATH": f"{PLACE}:{path}", **dict(mould.env)},
            limits=waiting_limits(mould),
        )
        return spec, Waiting(launcher / "go", given, folders, slot.uid)

    def _make_group(self, spec: JailSpec) -> JobGroup | None:
        if self._powers.groups is None:
            return None
        limits = spec.limits
        name = self._workplace.worker.name(token_hex(6))
        return self._powers.groups.create(
            name, memory_bytes=limits.memory_bytes, processes=limits.processes, threads=limits.threads
        )

    def _prepare(self, spec: JailSpec, slot: Slot, folder: Path, group: JobGroup | None) -> Prepared:
        uid, gid = (slot.uid, slot.uid) if self._powers.users else (os.geteuid(), os.getegid())
        output, log = folder / "output", folder / "nsjail.log"
        output.mkdir(mode=0o700)
        log.touch(mode=0o600)
        limits = spec.limits
        if self._powers.mounts:
            mount_tmpfs(output, size=limits.output_bytes, inodes=limits.output_files + 1, uid=uid)
        elif self._powers.users:
            os.chown(output, uid, gid)
        for bind in (*spec.runtime.binds, *spec.binds):
            check_reachable(bind, uid, gid)
        frame = Frame(output, log, uid, gid, metered=group is not None)
        command = self._command(spec, frame, group)
        return Prepared(command, output, log, group, self._powers.mounts, uid, self._ear)

    def _command(self, spec: JailSpec, frame: Frame, group: JobGroup | None) -> list[str]:
        files = group.join_files if group is not None else []
        joins = "\n".join(f"echo 0 > {shlex.quote(each)} || fail 'no control group'" for each in files)
        script = _JOIN_AND_BECOME.format(parent=os.getpid(), joins=joins, log=shlex.quote(str(frame.log)))
        start = [str(self._setpriv), "--pdeathsig", "KILL", "/bin/sh", "-c", script, "sh", str(self._nsjail)]
        # Written down is not contained: the option is no part of the profile.
        heard = ["--seccomp_log"] if self._ear is not None else []
        policy = [*heard, "--seccomp_string", self._policy]
        return [*start, *options(spec, frame), *policy, "--", *spec.runtime.command(spec.argv)]

    def sweep(self) -> list[str]:
        """Clear cgroups, mounts and folders of workers that are gone; call it once, at the worker's start."""
        groups = self._powers.groups.sweep() if self._powers.groups else []
        return [*groups, *self._workplace.sweep()]


def _clear(folder: Path, group: JobGroup | None) -> None:
    try:
        if group is not None:
            group.remove()
    finally:
        discard(folder)


def check_reachable(bind: Bind, uid: int, gid: int) -> None:
    """Refuse a source that the jail's user could not walk to; nsjail would only say "launching failed"."""
    for path in [*reversed(bind.source.parents), bind.source]:
        try:
            facts = path.stat()
        except OSError as error:
            raise PlatformFault(
                N_("%(path)s cannot be bound: %(reason)s"), path=path, reason=error.strerror
            ) from error
        if facts.st_uid == uid:
            allowed = facts.st_mode & stat.S_IXUSR
        elif facts.st_gid == gid:
            allowed = facts.st_mode & stat.S_IXGRP
        else:
            allowed = facts.st_mode & stat.S_IXOTH
        if stat.S_ISDIR(facts.st_mode) and not allowed:
            raise PlatformFault(
                N_("%(path)s is closed to user %(uid)s of the jail (chmod o+x)"), path=path, uid=uid
            )


def find_setpriv() -> Path | None:
    """``setpriv`` of util-linux."""
    found = shutil.which("setpriv") or shutil.which("setpriv", path="/usr/bin:/bin:/usr/sbin:/sbin")
    return Path(found) if found else None
