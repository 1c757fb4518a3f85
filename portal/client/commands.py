"""The client's commands. What they need is imported when they run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from portal.client.benchmarks import benchmark
from portal.client.promotions import promotion
from portal.client.running import common, connected, speaking
from portal.kit.i18n import _

if TYPE_CHECKING:
    from portal.client.pushing import Plan

SUBMISSIONS = ("files", "predictions", "program", "model")
KINDS = ("model", "algorithm", "tool", "dataset", "benchmark", "paper", "report")


@click.command()
@click.argument("url")
@click.option("--token", help="The token; asked for (unseen) when left out. CSPON_TOKEN is taken too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON value, for scripts.")
def login(url: str, token: str | None, as_json: bool) -> None:
    """Keep a portal's address and your token.

    Make the token on the portal's page Settings, Access tokens, with the scopes write and evaluate.
    """
    import os

    from portal.client import credentials
    from portal.client.connection import Connection
    from portal.client.portal_api import PortalApi

    with speaking(as_json) as screen:
        address = credentials.normal_url(url)
        given = token or os.environ.get("CSPON_TOKEN") or ""
        if not given:
            screen.say(_("Make a token at %(url)s/settings/tokens.", url=address))
            given = click.prompt(_("Access token"), hide_input=True, err=True)
        chosen = credentials.Login(address, given.strip())
        if address.startswith("http://") and not address.startswith(
            ("http://127.", "http://localhost", "http://[::1]")
        ):
            screen.say(_("Warning: the token travels unencrypted; use https where you can."))
        with Connection(chosen, on_wait=screen.say) as connection:
            who = PortalApi(connection).whoami()
        path = credentials.remember(chosen)
        screen.say(_("The token is kept in %(path)s, which only you can read.", path=path))
        screen.result(who, _words(who))


@click.command()
@common
def logout(portal: str | None, as_json: bool) -> None:
    """Throw the kept token of a portal away."""
    from portal.client import credentials

    with speaking(as_json) as screen:
        address = credentials.choose(portal).url
        had = credentials.forget(address)
        said = (
            _("Logged out of %(url)s.", url=address)
            if had
            else _("No token was kept for %(url)s.", url=address)
        )
        screen.result({"url": address, "logged_out": had}, said)


@click.command()
@common
def whoami(portal: str | None, as_json: bool) -> None:
    """Show whom the portal takes you for."""
    with connected(portal, as_json) as (api, screen):
        who = api.whoami()
        screen.result(who, _words(who))


def _words(who: dict[str, Any]) -> str:
    scopes = ", ".join(who["scopes"] or [])
    spaces = ", ".join(who["namespaces"])
    return _(
        "%(name)s; may: %(scopes)s; publishes in: %(spaces)s", name=who["name"], scopes=scopes, spaces=spaces
    )


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--to", "target", required=True, metavar="NS/NAME", help="The asset, such as zhangsan/price-model."
)
@click.option(
    "--version", "number", metavar="X.Y.Z", help="Number; else the newest draft's, or the next patch."
)
@click.option(
    "--submission",
    type=click.Choice(SUBMISSIONS),
    help="What it is to the evaluator.",
)
@click.option("--notes", default="", help="What is new, as Markdown.")
@click.option("--create/--no-create", default=True, help="Create the asset where it is missing.")
@click.option("--wait/--no-wait", default=True, help="Wait for the dry run (of a benchmark) and the scan.")
@click.option("--rehearse", is_flag=True, help="Of a benchmark: stop after its dry run, keep the draft.")
@click.option("--dry-run", is_flag=True, help="Show what would go, and do nothing.")
@click.option("--kind", type=click.Choice(KINDS), help="Kind of a new asset.")
@click.option("--licence", metavar="SPDX", help="Licence of a new asset.")
@click.option("--title", help="Title of a new asset.")
@click.option("--title-en", help="Its English title.")
@click.option("--summary", help="Its summary.")
@click.option("--scenario", "scenarios", multiple=True, help="A scenario it serves; may be repeated.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be repeated.")
@click.option(
    "--author", "authors", multiple=True, metavar="'NAME (UNIT)'", help="An author; may be repeated."
)
@click.option(
    "--confirm-similar", is_flag=True, help="Create it although another asset's name is much alike."
)
@common
def push(folder: Path, target: str, portal: str | None, as_json: bool, **given: Any) -> None:
    """Upload a folder as a new version.

    Metadata of a new asset come from the front matter of README.md; options win. Running the same command again
    goes on where it stopped. A benchmark is submitted once its dry run has passed; the table of its cases is printed.
    Exit codes: 0 published (or --no-wait), 1 rejected or not passed, 2 platform fault, 3 quarantined, 4 error.
    """
    from portal.client import pushing

    if given["dry_run"]:
        with speaking(as_json) as screen:
            pushing.show(screen, _plan(folder, target, given))
        return
    with connected(portal, as_json) as (api, screen):
        raise SystemExit(pushing.push(api, screen, _plan(folder, target, given)))


def _plan(root: Path, target: str, given: dict[str, Any]) -> "Plan":
    from portal.client import names
    from portal.client.describe import Options
    from portal.client.pushing import Plan

    name = names.parse(target, version=False if given["number"] else None)
    said = {key: given[key] or "" for key in ("kind", "licence", "title", "title_en", "summary")}
    return Plan(
        name=names.Name(name.namespace, name.name, given["number"] or name.number),
        root=root,
        submission=given["submission"] or "",
        notes=given["notes"],
        create=given["create"],
        wait=given["wait"],
        only_rehearse=given["rehearse"],
        options=Options(
            **said,
            scenarios=given["scenarios"],
            tags=given["tags"],
            authors=given["authors"],
            confirm_similar=given["confirm_similar"],
        ),
    )


@click.command()
@click.argument("version", metavar="NS/NAME@VERSION")
@click.option("--on", "benchmark", required=True, metavar="NS/BENCHMARK", help="The benchmark.")
@click.option("--follow", is_flag=True, help="Follow it to its end; the exit code says how it ended.")
@common
def evaluate(version: str, benchmark: str, follow: bool, portal: str | None, as_json: bool) -> None:
    """Run a version on a benchmark.

    Exit codes with --follow: 0 done, 1 the submission failed, 2 the platform failed, 3 cancelled, 4 error.
    """
    with connected(portal, as_json) as (api, screen):
        from portal.client import following, names

        wanted = names.parse(version, version=True), names.parse(benchmark, version=False)
        found = following.evaluate(api, screen, *wanted)
        if follow:
            found = following.follow(api, screen, str(found["id"]))
        raise SystemExit(following.outcome(api, screen, found))


@click.command()
@click.argument("key", metavar="ID")
@click.option("--follow", is_flag=True, help="Follow it to its end, with its log where you may see it.")
@common
def status(key: str, follow: bool, portal: str | None, as_json: bool) -> None:
    """Show an evaluation, or follow it to its end.

    Exit codes: 0 done (or still under way), 1 the submission failed, 2 the platform failed, 3 cancelled, 4 error.
    """
    with connected(portal, as_json, token=False) as (api, screen):
        from portal.client import following

        key = key.rstrip("/").rpartition("/")[2]
        found = following.follow(api, screen, key) if follow else api.evaluation(key)
        raise SystemExit(following.outcome(api, screen, found))


@click.command()
@click.argument("version", metavar="NS/NAME[@VERSION]")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace files that differ.")
@common
def pull(version: str, folder: Path | None, force: bool, portal: str | None, as_json: bool) -> None:
    """Download the files of a version.

    Without VERSION the newest published one. Files are checked by SHA-256; a stopped download goes on.
    """
    with connected(portal, as_json, token=False) as (api, screen):
        from portal.client import names, pulling

        name = names.numbered(api, names.parse(version))
        root = folder or Path(f"{name.name}-{name.number}")
        files = pulling.pull(api, screen, name, root, force=force)
        value = {"version": str(name), "folder": str(root), "files": [file.path for file in files]}
        screen.result(value, str(root))


@click.command("try")
@click.argument("version", metavar="NS/NAME[@VERSION]")
@click.option("--input", "inputs", multiple=True, metavar="[NAME=]FILE", help="A file; may be repeated.")
@click.option("--param", "settings", multiple=True, metavar="NAME=VALUE", help="A setting; may be repeated.")
@click.option(
    "--out", "folder", metavar="DIR", type=click.Path(path_type=Path), help="Where the answer goes."
)
@common
def try_(
    version: str,
    inputs: tuple[str, ...],
    settings: tuple[str, ...],
    folder: Path | None,
    portal: str | None,
    as_json: bool,
) -> None:
    """Try a version on a small input of yours.

    Without --input the publisher's sample, without --param the usual settings. Only you can see input and answer.
    Exit codes: 0 answered, 1 no answer, 2 the platform failed, 3 cancelled, 4 error.
    """
    with connected(portal, as_json) as (api, screen):
        from portal.client import names, trying

        name = names.numbered(api, names.parse(version))
        raise SystemExit(trying.attempt(api, screen, name, inputs, settings, folder))


@click.command()
@click.argument("result", metavar="RESULT")
@click.option("--any-runtime", is_flag=True, help="Run also where a runtime here has another lock.")
@click.option("--allow-weak-sandbox", is_flag=True, help="Run where this machine cannot enforce every limit.")
@click.option("--check", is_flag=True, help="Check the files of the pack, and run nothing.")
@click.option(
    "--save", metavar="FILE", type=click.Path(path_type=Path), help="Keep the downloaded pack here."
)
@click.option(
    "--with-labels", is_flag=True, help="Of your own benchmark: download the pack with hidden labels."
)
@common
def reproduce(result: str, portal: str | None, as_json: bool, save: Path | None, **given: bool) -> None:
    """Run a recorded result again and compare.

    RESULT is the address or id of a result, or the path of a downloaded pack; the latter needs no network and no
    portal. Exit codes: 0 the same within tolerance, 1 it differs, 2 it cannot be run.
    """
    from portal.client import reproducing

    wish = reproducing.Wish(**given, save=save)
    with speaking(as_json) as screen, reproducing.refusing():
        raise SystemExit(reproducing.reproduce(screen, result, portal, wish))


@click.command("list")
@click.option("--kind", type=click.Choice(KINDS), help="Only assets of this kind.")
@click.option("--q", "words", default="", help="Only assets with these words.")
@click.option("--after", default="", help="Cursor of the next page, as printed by the page before.")
@common
def list_(kind: str | None, words: str, after: str, portal: str | None, as_json: bool) -> None:
    """List assets of a portal."""
    with connected(portal, as_json, token=False) as (api, screen):
        page = api.assets(kind=kind, q=words, after=after, size=50)
        rows = [
            [
                f"{row['namespace']}/{row['name']}",
                row["latest_version"],
                row["kind"],
                row["licence"],
                row["title"],
            ]
            for row in page["items"]
        ]
        headings = [_("Name"), _("Version"), _("Kind"), _("Licence"), _("Title")]
        screen.table("", [(heading, False) for heading in headings], rows)
        more = _("Next page: --after %(cursor)s", cursor=page["after"]) if page["after"] else ""
        screen.result(page, more)


COMMANDS: dict[str, click.Command] = {
    "login": login,
    "logout": logout,
    "whoami": whoami,
    "push": push,
    "evaluate": evaluate,
    "status": status,
    "pull": pull,
    "try": try_,
    "reproduce": reproduce,
    "benchmark": benchmark,
    "promotion": promotion,
    "list": list_,
}
