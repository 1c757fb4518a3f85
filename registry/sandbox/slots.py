"""Slots: how many jails run at once, and the user id each of them gets."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from portal.kit.i18n import N_
from registry.sandbox.errors import PlatformFault
from registry.sandbox.runtimes.places import own_folder

BASE_UID = 100_000
HIGHEST = 999


@dataclass(frozen=True)
class Slot:
    """One place for a jail; ``uid`` is the host's user id behind the jailed user, used by no other
    running jail."""

    number: int
    base_uid: int = BASE_UID

    @property
    def uid(self) -> int:
        """The host's user and group id of the jailed process."""
        return self.base_uid + self.number


class SlotPool:
    """At most ``size`` slots at once in this process; numbers are unique among all processes that share
    ``folder``."""

    def __init__(self, folder: Path, size: int, base_uid: int = BASE_UID) -> None:
        self._folder = own_folder(folder, 0o700)
        self._free = asyncio.Semaphore(size)
        self._base_uid = base_uid

    @asynccontextmanager
    async def take(self) -> AsyncIterator[Slot]:
        """Wait for a free slot and hold it; a lock on a file gives it back even if this process is killed."""
        async with self._free:
            number, descriptor = self._lock_first()
            try:
                yield Slot(number, self._base_uid)
            finally:
                os.close(descriptor)

    def _lock_first(self) -> tuple[int, int]:
        for number in range(HIGHEST + 1):
            descriptor = os.open(self._folder / str(number), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                continue
            return number, descriptor
        raise PlatformFault(N_("All %(count)s slots of this host are taken"), count=HIGHEST + 1)
