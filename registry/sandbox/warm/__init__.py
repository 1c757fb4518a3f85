"""Warm jails: started ahead with a runtime's imports done, for one job each."""

from registry.sandbox.warm.mould import Mould, mould_of
from registry.sandbox.warm.pool import Pool, Snapshot, WarmBackend

__all__ = ["Mould", "Pool", "Snapshot", "WarmBackend", "mould_of"]
