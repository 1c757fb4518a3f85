"""Work under a lease of `registry.leases`, from the first beat to the one ending that is written."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, Generic, TypeVar

from portal.kit.db import Session
from portal.kit.errors import Unavailable
from registry.evaluation.failures import FAILURES
from registry.evaluation.run.faults import Released, RunFailed
from registry.evaluation.run.keeping import Keeper
from registry.evaluation.run.place import Abandoned, Place
from registry.leases import queries
from registry.leases.actions import LeaseLost, give_back
from registry.leases.models import Held, Terms
from registry.sandbox.errors import PlatformFault

H = TypeVar("H", bound=Held)
Ending = Callable[[Session], object]
log = logging.getLogger(__name__)


class Holder(ABC, Generic[H]):
    """Holds the lease on one row while its work goes on. What can only be the platform's fault gives the row back."""

    def __init__(self, place: Place, terms: Terms[Any], held: H, *, every_s: float | None = None) -> None:
        self._place = place
        self._terms = terms
        self._held = held
        seconds = place.settings.lease_s
        self._keeper = Keeper(place, lambda db: queries.renew(db, terms, held, seconds), every_s=every_s)

    @abstractmethod
    async def _work(self) -> Ending:
        """Do the work; what writes its result. `RunFailed` where whoever asked for it is at fault."""

    @abstractmethod
    def _failing(self, code: str, params: dict[str, Any]) -> Ending:
        """What writes a failure of ``failures.FAILURES`` that is final."""

    async def go(self) -> None:
        """Work, then write how it ended. Only an ending that is ours to write is written."""
        async with self._keeper.beating():
            try:
                await self._keeper.persist(await self._ending())
            except (LeaseLost, Abandoned):
                log.info("%s %s is not ours any more", self._terms.noun, self._held.id)

    async def _ending(self) -> Ending:
        try:
            return await self._work()
        except RunFailed as failed:
            failure = FAILURES.get(failed.code)
            if failure is not None and failure.whose == "platform" and failure.retry:
                return self._giving_back(counted=True)
            return self._failing(failed.code, failed.params)
        except Released:
            return self._giving_back(counted=False)
        except (PlatformFault, Unavailable, OSError) as error:
            log.warning("%s %s: %s", self._terms.noun, self._held.id, error)
            return self._giving_back(counted=True)
        except (LeaseLost, Abandoned, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("%s %s failed", self._terms.noun, self._held.id)
            return self._giving_back(counted=True)

    def _giving_back(self, *, counted: bool) -> Ending:
        return partial(give_back, terms=self._terms, lease=self._held, counted=counted)

    def _check(self) -> None:
        """Stop where the lease is lost or nobody wants the work any more, or the worker shall end."""
        if self._keeper.halt.is_set():
            raise Released if self._place.stopping.is_set() else LeaseLost
