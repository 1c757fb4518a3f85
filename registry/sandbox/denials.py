"""Counts what the system-call policy refuses, by the kernel's own records: nothing inside a jail is asked or believed.

A jail's filter is loaded with SECCOMP_FILTER_FLAG_LOG (``nsjail --seccomp_log``); the kernel then writes an audit
record for every call that it refuses, with the host's user id, which is one jail's alone. The records are read from the
audit group of netlink, which wants CAP_AUDIT_READ and the host's network namespace.

Whether records arrive is never assumed: after each jail a **bell** is rung, a refused call of a thread of ours under a
filter of its own. Records come in the order they were made, so when the bell's is heard, every one of the jail has
been. A bell that is not heard means: not recorded.
"""

import ctypes
import errno
import logging
import os
import re
import socket
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from itertools import count
from queue import SimpleQueue
from secrets import token_hex
from time import monotonic
from typing import Any

log = logging.getLogger(__name__)
_NETLINK_AUDIT, _SECCOMP = 9, 1326
_AUDIT_READ_GROUP = 1
_HEADER = 16
_BUFFER = 4 << 20
_PATIENCE_S = 0.5
_MOST_PATIENCE_S = 20.0
MOST_RECORDS = 100_000
"""A jail that is refused so often is ended: each record costs the host some microseconds, outside the jail's limits."""
_RECORD = re.compile(rb" uid=(\d+) .* syscall=(\d+) ")
_RCVBUFFORCE = 33
_SET_NAME = 15
_GETPPID = 110
"""Harmless should it ever be carried out, and made by nothing else in the thread that rings."""

NETWORK: Mapping[int, str] = {
    41: "socket", 53: "socketpair", 49: "bind", 50: "listen", 43: "accept", 288: "accept4",
}  # fmt: skip
"""x86_64. A refused one of these is an attempt to reach or to offer something outside the jail."""
NO_MATTER = frozenset({435, 206, 209, 237, 238})
"""Not counted, because honest programs make them through their libraries: clone3, io_setup, io_submit are refused as
unknown, so that an older way is taken (starting a thread asks first so); mbind and set_mempolicy ask where memory lies,
as OpenBLAS does on being loaded."""
NAMES: Mapping[int, str] = {
    **NETWORK, 9: "mmap", 16: "ioctl", 56: "clone", 101: "ptrace", 103: "syslog", 105: "setuid", 106: "setgid",
    113: "setreuid", 114: "setregid", 116: "setgroups", 117: "setresuid", 119: "setresgid", 133: "mknod",
    135: "personality", 155: "pivot_root", 161: "chroot", 163: "acct", 165: "mount", 166: "umount2", 167: "swapon",
    169: "reboot", 170: "sethostname", 175: "init_module", 246: "kexec_load",
    248: "add_key", 249: "request_key", 250: "keyctl", 259: "mknodat", 272: "unshare", 298: "perf_event_open",
    304: "open_by_handle_at", 308: "setns", 310: "process_vm_readv", 311: "process_vm_writev", 321: "bpf",
    323: "userfaultfd", 425: "io_uring_setup", 428: "open_tree", 429: "move_mount", 430: "fsopen", 438: "pidfd_getfd",
    447: "memfd_secret",
}  # fmt: skip


@dataclass(frozen=True)
class Denied:
    """Calls refused to one jail. ``whole``: none of the records was lost; otherwise there were at least so many."""

    network: int
    other: int
    calls: Mapping[str, int] = field(default_factory=dict)
    """By name, the most frequent ten."""
    whole: bool = True

    @property
    def total(self) -> int:
        """All of them."""
        return self.network + self.other


def kept(denied: Denied | None) -> dict[str, Any] | None:
    """The form in which it is stored with a run."""
    return None if denied is None else asdict(denied)


def summed(numbers: Mapping[int, int], *, whole: bool = True) -> Denied:
    """Refused calls by number, told apart."""
    told = {number: count for number, count in numbers.items() if number not in NO_MATTER and count > 0}
    network = sum(count for number, count in told.items() if number in NETWORK)
    most = Counter({NAMES.get(number, f"call {number}"): count for number, count in told.items()})
    return Denied(network, sum(told.values()) - network, dict(most.most_common(10)), whole)


class _Filter(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_uint16),
        ("jt", ctypes.c_uint8),
        ("jf", ctypes.c_uint8),
        ("k", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Filter)))


class Bell(threading.Thread):
    """A thread that may not ask for its parent's number, and asks for it when it is told to.

    Each ring goes under a name of its own, which the kernel's record repeats; ``uid`` of the record is ours, so nothing
    in a jail can sound like it.
    """

    def __init__(self) -> None:
        super().__init__(name="denials-bell", daemon=True)
        self.prefix = f"b{token_hex(3)}"
        self._names: SimpleQueue[bytes] = SimpleQueue()
        self._hung = threading.Event()
        self.works = False
        self.start()
        self._hung.wait(5)

    def ring(self, number: int) -> None:
        """Have one record written."""
        self._names.put(f"{self.prefix}{number & 0xFFFFFFFF:08x}".encode())

    def run(self) -> None:
        """Load the filter, for this thread only, and wait."""
        libc = ctypes.CDLL(None, use_errno=True)
        # Load the number; the one call is refused with EPERM, everything else is allowed.
        steps = (_Filter * 4)(
            _Filter(0x20, 0, 0, 0), _Filter(0x15, 0, 1, _GETPPID), _Filter(0x06, 0, 0, 0x00050000 | errno.EPERM),
            _Filter(0x06, 0, 0, 0x7FFF0000),
        )  # fmt: skip
        program = _Program(4, steps)
        # SECCOMP_SET_MODE_FILTER with SECCOMP_FILTER_FLAG_LOG; without the flag that would reach other threads.
        self.works = libc.syscall(317, 1, 2, ctypes.byref(program)) == 0
        self._hung.set()
        while self.works:
            libc.prctl(_SET_NAME, self._names.get())
            libc.syscall(_GETPPID)


@dataclass(frozen=True)
class Mark:
    """Where the counting for one jail began."""

    uid: int
    lost: int


class Ear:
    """Reads the kernel's records and keeps those of the user ids that are watched."""

    def __init__(self, records: socket.socket, bell: Bell) -> None:
        self._records = records
        self._bell = bell
        self._sound = re.compile(rb' comm="' + bell.prefix.encode() + rb'([0-9a-f]{8})"')
        self._counts: dict[int, Counter[int]] = {}
        self._lost = 0
        self._noted = 0
        self._heard = 0
        self._rings = count(1)
        self._news = threading.Condition()
        threading.Thread(target=self._read, name="denials", daemon=True).start()

    def mark(self, uid: int) -> Mark:
        """Begin to count for a jail's user id."""
        with self._news:
            self._counts[uid] = Counter()
            return Mark(uid, self._lost)

    def so_far(self, mark: Mark) -> int:
        """How many records of the jail have been read."""
        with self._news:
            return self._counts.get(mark.uid, Counter()).total()

    def since(self, mark: Mark) -> Denied | None:
        """What the jail was refused, now that it has ended; None when the kernel is not heard. Blocks for a moment."""
        heard = self.hears()
        with self._news:
            counts = self._counts.pop(mark.uid, None)
            whole = self._lost == mark.lost
        return summed(counts, whole=whole) if heard and counts is not None else None

    def hears(self) -> bool:
        """Ring, and wait until it is heard: everything refused before has been counted then.

        While records still come there is a backlog, as after a flood on a busy host: that is waited for, and the bell
        is rung again, whose record may be among those that were lost.
        """
        number = next(self._rings)
        give_up = monotonic() + _MOST_PATIENCE_S
        while True:
            with self._news:
                noted = self._noted
                self._bell.ring(number)
                if self._news.wait_for(lambda: self._heard >= number, _PATIENCE_S):
                    return True
                if self._noted == noted or monotonic() > give_up:
                    return False

    def _read(self) -> None:
        while True:
            try:
                data = self._records.recv(1 << 16)
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    log.warning("records of refused calls are read no more: %s", error)
                    return
                with self._news:
                    self._lost += 1
                continue
            if int.from_bytes(data[4:6], "little") == _SECCOMP:
                self._note(data[_HEADER:])

    def _note(self, record: bytes) -> None:
        found = _RECORD.search(record)
        if found is None:
            return
        uid, number = int(found[1]), int(found[2])
        with self._news:
            self._noted += 1
            if uid in self._counts:
                self._counts[uid][number] += 1
            elif uid == os.getuid() and (sound := self._sound.search(record)):
                self._heard = max(self._heard, int(sound[1], 16))
                self._news.notify_all()


@lru_cache(maxsize=1)
def ear() -> Ear | None:
    """This process's ear; None where the kernel's records do not reach it."""
    try:
        records = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_AUDIT)
    except OSError:
        return None
    try:
        records.bind((0, _AUDIT_READ_GROUP))
        records.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, _BUFFER)
    except OSError:
        records.close()
        return None
    bell = Bell()
    found = Ear(records, bell) if bell.works else None
    return found if found is not None and found.hears() else None
