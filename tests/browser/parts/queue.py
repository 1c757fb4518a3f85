"""The queue's page, and the administrator's pages of workers."""

from typing import Any

from tests.workers.support import signed_on


def add(world: Any) -> None:
    """A worker that the page shows beside the one that runs."""
    worker_id = signed_on("gpu-a:71", queues=("gpu", "himem"), gpu="NVIDIA L20")
    world.pages[""] += ["/queue"]
    world.pages["researcher"] += ["/queue?mine=1"]
    world.pages["system_admin"] += ["/admin/workers", f"/admin/workers/{worker_id}"]
