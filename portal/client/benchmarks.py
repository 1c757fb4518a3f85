"""``cspon benchmark``: what the owner of a benchmark does with one of its versions."""

from typing import TYPE_CHECKING, Any

import click

from portal.client.errors import ClientError
from portal.client.running import F, common, connected
from portal.kit.i18n import _

if TYPE_CHECKING:
    from portal.client.portal_api import PortalApi
    from portal.client.screen import Screen


@click.group()
def benchmark() -> None:
    """Close a version of a benchmark, or publish its labels."""


def _of_benchmark(command: F) -> F:
    """What every command about one version of a benchmark is given."""
    return click.argument("version", metavar="NS/BENCHMARK@VERSION")(common(command))


_reason = click.option("--reason", default="", metavar="TEXT", help="Why; kept in the audit log.")


def _change(api: "PortalApi", screen: "Screen", version: str, verb: str, body: Any = None) -> None:
    from portal.client import names

    found = api.change_benchmark(names.parse(version, version=True), verb, body)
    name = f"{found['name']}@{found['version']}"
    if found["labels_public_at"]:
        said = _("The labels of %(name)s are public.", name=name)
    elif found["open"]:
        said = _("%(name)s takes evaluations.", name=name)
    else:
        said = _("%(name)s takes no further evaluations.", name=name)
    screen.result(found, said)


@benchmark.command()
@_reason
@_of_benchmark
def close(version: str, reason: str, portal: str | None, as_json: bool) -> None:
    """Take no further evaluations; what was asked for before still runs."""
    with connected(portal, as_json) as (api, screen):
        _change(api, screen, version, "close", {"reason": reason})


@benchmark.command()
@_of_benchmark
def reopen(version: str, portal: str | None, as_json: bool) -> None:
    """Take evaluations again, unless the labels are public."""
    with connected(portal, as_json) as (api, screen):
        _change(api, screen, version, "reopen")


@benchmark.command("publish-labels")
@_reason
@click.option("--yes", is_flag=True, help="Do not ask; needed in scripts.")
@_of_benchmark
def publish_labels(version: str, reason: str, yes: bool, portal: str | None, as_json: bool) -> None:
    """Open all files of a closed version, for good, so that anybody can reproduce its results.

    It can never rank again, and this cannot be taken back.
    """
    with connected(portal, as_json) as (api, screen):
        if not yes:
            if as_json:
                raise ClientError(
                    _("This cannot be taken back, so it asks first."), _("Say --yes to go without.")
                )
            screen.say(
                _("All files of %(name)s become open, for good; it can never rank again.", name=version)
            )
            if not click.confirm(_("Publish them?"), err=True):
                raise ClientError(_("Nothing was changed."))
        _change(api, screen, version, "publish-labels", {"reason": reason})
