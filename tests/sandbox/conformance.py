"""What the conformance suite needs to know of a backend, and the victim host that its attackers are set upon."""

import asyncio
import json
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from registry.sandbox.backend import Jail, JailOutcome, JailSpec, Limits, Sample, SandboxBackend
from registry.sandbox.binds import Bind
from registry.sandbox.collector import Collected, copy_tree
from registry.sandbox.detect import detect
from registry.sandbox.errors import OutputRefused
from registry.sandbox.nsjail import NsjailBackend
from registry.sandbox.runtimes import Runtime
from registry.sandbox.slots import Slot
from registry.sandbox.warm.mould import cast

ATTACKS = Path(__file__).parent / "attacks"
MIB = 1 << 20


class Warmed:
    """The same sandbox, every Python job of which runs in a jail that has started and imported ahead of it."""

    def __init__(self, backend: NsjailBackend) -> None:
        self._backend = backend

    def __getattr__(self, name: str) -> object:
        return getattr(self._backend, name)

    @asynccontextmanager
    async def open(self, spec: JailSpec, slot: Slot) -> AsyncIterator[Jail]:
        """A file as a bind, another command than Python, and a bind that is not there are for a cold jail."""
        fits = spec.argv[0] == "python" and all(bind.source.is_dir() for bind in spec.binds)
        if not fits or self._backend.grade == "weak":
            async with self._backend.open(spec, slot) as cold:
                yield cold
            return
        async with self._backend.warm(cast(spec, ("numpy",)), slot) as jail:
            await asyncio.to_thread(jail.arm, spec)
            yield jail


def nsjail(work: Path) -> NsjailBackend:
    return detect(weak_allowed=os.geteuid() != 0, work=work)


# Another backend joins the suite by one line here. A stranger's machine is weak and has no warm jails.
BACKENDS: dict[str, Callable[[Path], SandboxBackend]] = {"nsjail": nsjail}
if os.geteuid() == 0:
    BACKENDS["warm"] = lambda work: Warmed(nsjail(work))


# Far from the users of a portal that runs on the same machine: both look at processes by their user.
USERS = 200_000


def own_slot(number: int) -> Slot:
    """A slot that no other process of a parallel test run uses, nor a portal beside it."""
    return Slot(number + 100 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]), USERS)


@dataclass
class Run:
    """All that one run showed."""

    outcome: JailOutcome
    log: str
    collected: list[Collected] | None = None
    refusal: str = ""
    result: object = None
    samples: list[Sample] = field(default_factory=list)


def run(
    backend: SandboxBackend,
    spec: JailSpec,
    slot: Slot,
    *,
    collect_to: Path | None = None,
    read: Callable[[Path], object] | None = None,
    stop_after_log: bytes | None = None,
) -> Run:
    """One jail from open to close, in an event loop of its own."""
    return asyncio.run(_run(backend, spec, slot, collect_to, read, stop_after_log))


async def _run(
    backend: SandboxBackend,
    spec: JailSpec,
    slot: Slot,
    collect_to: Path | None,
    read: Callable[[Path], object] | None,
    stop_after_log: bytes | None,
) -> Run:
    log, samples, stop = bytearray(), [], asyncio.Event()

    def on_log(chunk: bytes) -> None:
        log.extend(chunk)
        if stop_after_log is not None and stop_after_log in log:
            stop.set()

    async with backend.open(spec, slot) as jail:
        outcome = await jail.run(on_log=on_log, on_sample=samples.append, stop=stop)
        found = Run(outcome, log.decode("utf-8", "replace"), samples=samples)
        try:
            if collect_to is not None:
                found.collected = copy_tree(jail.output, collect_to)
            if read is not None:
                found.result = read(jail.output)
        except OutputRefused as refusal:
            found.refusal = str(refusal)
    return found


class Victim:
    """A host with open doors, secrets in files, environment and descriptors, and somebody else's submission."""

    def __init__(self, folder: Path, backend: SandboxBackend) -> None:
        self.mark = "CSPON-" + "HIDDEN-" + token_hex(8)
        self.hits: list[str] = []
        self.secret = folder / "secret.txt"
        self.secret.write_text(self.mark)
        self.secret.chmod(0o644)
        self.target: dict[str, object] = {"secret": str(self.secret), "worker": os.getpid()}
        self._sockets: list[socket.socket] = []
        self._folder = folder
        self._backend = backend

    @contextmanager
    def at_home(self) -> Iterator["Victim"]:
        """Listen, hold the secrets, and stage another's submission, for the length of the suite."""
        os.environ["CSPON_SECRET_KEY"] = self.mark
        descriptor = os.open(self.secret, os.O_RDONLY)
        os.set_inheritable(descriptor, True)
        with self._backend.stage(Slot(900, USERS)) as stage:
            labels = stage.write("labels/labels.csv", self.mark.encode())
            self.target |= {"other": str(labels), "jobs": str(stage.path.parent.parent)}
            self._listen()
            try:
                yield self
            finally:
                os.close(descriptor)
                del os.environ["CSPON_SECRET_KEY"]
                for each in self._sockets:
                    each.close()

    def _listen(self) -> None:
        abstract, path = f"cspon-{token_hex(6)}", str(self._folder / "door")
        self.target |= {"abstract": abstract, "unix": path}
        self.target["tcp"] = self._serve(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
        self.target["udp"] = self._serve(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
        self.target["tcp6"] = self._serve(socket.AF_INET6, socket.SOCK_STREAM, ("::1", 0)) or 9
        self._serve(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + abstract)
        self._serve(socket.AF_UNIX, socket.SOCK_STREAM, path)
        self._serve(socket.AF_VSOCK, socket.SOCK_STREAM, (socket.VMADDR_CID_ANY, self.target["tcp"]))

    def _serve(self, family: int, kind: int, address: object) -> object:
        door = socket.socket(family, kind)
        try:
            door.bind(address)
        except OSError:  # this host itself has no such network; the attacker is refused all the same
            door.close()
            return None
        if kind == socket.SOCK_STREAM:
            door.listen()
        self._sockets.append(door)
        threading.Thread(target=self._count, args=(door, kind), daemon=True).start()
        name = door.getsockname()
        return name[1] if isinstance(name, tuple) else name

    def _count(self, door: socket.socket, kind: int) -> None:
        with suppress(OSError):
            while True:
                who = door.accept()[1] if kind == socket.SOCK_STREAM else door.recvfrom(100)[1]
                self.hits.append(f"{door.family} {who}")

    def knock(self) -> None:
        """Show that the doors are open to whoever stands on the host."""
        with socket.create_connection(("127.0.0.1", int(str(self.target["tcp"]))), timeout=5):
            pass


def spec_for(
    runtime: Runtime,
    stage_input: Path,
    program: str,
    *arguments: str,
    limits: Limits,
    binds: Sequence[Bind] = (),
) -> JailSpec:
    """An attack program as a submission, with the attacker's knowledge at /input."""
    return JailSpec(
        runtime=runtime,
        argv=["python", f"/submission/{program}.py", *arguments],
        binds=[Bind(ATTACKS, "/submission"), Bind(stage_input, "/input"), *binds],
        limits=limits,
    )


def write_target(folder: Path, victim: Victim) -> None:
    """What attackers are told: everything but the secrets themselves."""
    (folder / "target.json").write_text(json.dumps(victim.target))


def cgroups_of(pid: int) -> list[str]:
    """Cgroups made for jails of a process. Those of others may vanish while one looks."""
    return [
        os.path.join(folder, name)  # noqa: PTH118 - as os.walk gives it
        for folder, names, _files in os.walk("/sys/fs/cgroup")
        for name in names
        if name.startswith("cspon-") and f"-{pid}-" in name
    ]


def traces_of(slot: Slot, work: Path) -> list[str]:
    """Processes of the slot, and cgroups, mounts and folders of this process that a jail has left behind."""
    left = [
        f"process {each.name}"
        for each in Path("/proc").iterdir()
        if each.name.isdigit() and _jailed(each, slot, work)
    ]
    left += [f"cgroup {each}" for each in cgroups_of(os.getpid())]
    left += [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(work) in line]
    return left


def _jailed(process: Path, slot: Slot, work: Path) -> bool:
    """An ordinary user's jails run as that user, as much else does: they are known by what is mounted in them."""
    if os.geteuid() == 0:
        return _owner(process) == slot.uid
    try:
        return _owner(process) == os.geteuid() and str(work) in (process / "mountinfo").read_text()
    except OSError:
        return False


def _owner(process: Path) -> int | None:
    """The user of a process; None for one that is dead, even if its new parent has not taken notice yet."""
    try:
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
        return None if state in "ZX" else process.stat().st_uid
    except OSError:
        return None
