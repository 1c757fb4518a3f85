"""One process that starts the parts of the portal, restarts what dies, and stops everything in order."""

from portal.supervisor.child import Child
from portal.supervisor.loop import Supervisor
from portal.supervisor.output import Printer

__all__ = ["Child", "Printer", "Supervisor"]
