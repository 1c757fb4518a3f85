"""What every command of the client has around it: options, language, errors, a portal to speak to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from portal.client.errors import EXIT_STOPPED, ClientError
from portal.kit.i18n import _

if TYPE_CHECKING:
    from portal.client.portal_api import PortalApi
    from portal.client.screen import Screen

F = TypeVar("F", bound=Callable[..., Any])


def common(command: F) -> F:
    """The options that every command has."""
    command = click.option("--json", "as_json", is_flag=True, help="Print one JSON value, for scripts.")(
        command
    )
    return click.option("--portal", metavar="URL", help="Which portal (CSPON_URL; else the last login).")(
        command
    )


@contextmanager
def speaking(as_json: bool) -> Iterator["Screen"]:
    """The language of the terminal; errors in words or as JSON; Ctrl-C ends without a traceback."""
    from portal.client.language import speak_by_environment
    from portal.client.screen import Screen

    speak_by_environment()
    try:
        yield Screen(as_json=as_json)
    except ClientError as error:
        if not as_json:
            raise
        click.echo(error.as_json())
        raise SystemExit(error.exit_code) from error
    except KeyboardInterrupt:
        click.echo("\n" + _("Stopped. Run the same command again to go on."), err=True)
        raise SystemExit(EXIT_STOPPED) from None


@contextmanager
def connected(
    portal: str | None, as_json: bool, *, token: bool = True
) -> Iterator[tuple["PortalApi", "Screen"]]:
    """A portal to speak to. ``token``: refuse early when there is none."""
    from portal.client import credentials
    from portal.client.connection import Connection
    from portal.client.portal_api import PortalApi

    with speaking(as_json) as screen:
        login = credentials.choose(portal)
        if token and not login.token:
            raise ClientError(
                _("You are not logged in at %(url)s.", url=login.url),
                _("Run `cspon login %(url)s`, or set CSPON_TOKEN.", url=login.url),
            )
        with Connection(login, on_wait=screen.say) as connection:
            yield PortalApi(connection), screen
