"""``cspon runtime``."""

import sys
from pathlib import Path

import click

from portal.kit.clock import now, shanghai
from portal.settings import get_settings


@click.group()
def runtime() -> None:
    """Build and list the runtimes submissions run in."""


def place() -> Path:
    """Where this portal's runtimes are."""
    from registry.sandbox.runtimes import default_root

    settings = get_settings()
    return settings.runtime_dir or default_root(settings.home)


@runtime.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
def build(names: tuple[str, ...]) -> None:
    """Build runtimes from their locked lists.

    Without a NAME: those a new installation needs. One that is built and unchanged costs nothing.
    """
    from registry.sandbox import runtimes
    from registry.sandbox.errors import SandboxError

    for name in names or runtimes.default_names(sys.version_info.minor):
        try:
            made = runtimes.build(name, place(), click.echo, built_at=f"{shanghai(now()):%Y-%m-%d %H:%M %Z}")
        except SandboxError as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{made.name}: Python {made.python_version}, lock {made.lock_digest[:12]}, {made.path}")


@runtime.command("list")
def list_() -> None:
    """List the runtimes that are built."""
    from registry.sandbox.runtimes import built

    found = built(place())
    for made in found:
        click.echo(
            f"{made.name:<14} Python {made.python_version:<8} lock {made.lock_digest[:12]}  {made.built_at}"
        )
    if not found:
        click.echo(f"No runtime is built under {place()}. Build those you need: cspon runtime build")


COMMANDS = {"runtime": runtime}
