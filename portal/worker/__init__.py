"""The worker process: puts the parts together, takes jobs, and ends in good order."""

from portal.worker.main import main

__all__ = ["main"]
