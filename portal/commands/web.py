"""``cspon web``."""

import os

import click

from portal.commands.database import database
from portal.settings import get_settings

GRACE_SECONDS = 5  # open event streams would keep a stopping process for ever


@click.command()
@click.option("--host", help="Address to listen on (CSPON_HOST).")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen on (CSPON_PORT).")
def web(host: str | None, port: int | None) -> None:
    """Run the web process alone."""
    import uvicorn

    override(host, port)
    with database():
        settings = get_settings()
        uvicorn.run(
            "portal.asgi:create_app",
            factory=True,
            host=settings.host,
            port=settings.port,
            log_level=settings.log_level,
            access_log=settings.log_level == "debug",
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )


def override(host: str | None, port: int | None) -> None:
    """Let an option win over the setting of the same name, here and in children."""
    for name, value in (("CSPON_HOST", host), ("CSPON_PORT", port)):
        if value is not None:
            os.environ[name] = str(value)
    get_settings.cache_clear()


COMMANDS = {"web": web}
