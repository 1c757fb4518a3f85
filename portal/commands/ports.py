"""Is a port free, and if not, who has it."""

import errno
import socket

import psutil


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. Raises OSError for an address this machine does not have."""
    family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def holder(port: int) -> str:
    """The process that listens on a port, in words."""
    try:
        for connection in psutil.net_connections("inet"):
            here = tuple(connection.laddr)  # (address, port), or nothing
            if connection.status == psutil.CONN_LISTEN and port in here[1:] and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        pass
    return "another process"


def free_near(host: str, port: int) -> int:
    """A free port close to ``port``, for advice."""
    return next((other for other in range(port + 1, min(port + 200, 65536)) if is_free(host, other)), 0)


def why_taken(host: str, port: int) -> str | None:
    """Why the web process cannot listen there and what to do; None when it can."""
    try:
        if is_free(host, port):
            return None
    except OSError as error:
        return f"Cannot listen on {host}:{port}: {error.strerror or error}. See CSPON_HOST and CSPON_PORT."
    return (
        f"Port {port} is in use by {holder(port)}. Stop it, or choose another port: "
        f"CSPON_PORT={free_near(host, port)} cspon up"
    )
