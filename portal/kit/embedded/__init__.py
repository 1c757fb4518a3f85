"""PostgreSQL from a wheel: nothing to install by hand, data under the home, no network."""

from portal.kit.embedded.errors import PostgresTrouble
from portal.kit.embedded.server import Server, is_running, owner, running, start, stop, url

__all__ = ["PostgresTrouble", "Server", "is_running", "owner", "running", "start", "stop", "url"]
