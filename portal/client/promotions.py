"""``cspon promotion``: what is promoted, one promotion with its pilot sites, and the report of a site's node."""

from typing import TYPE_CHECKING, Any

import click

from portal.client.errors import ClientError
from portal.client.running import common, connected
from portal.kit.i18n import _

if TYPE_CHECKING:
    from portal.client.screen import Screen

STAGES = (
    "nominated", "qualified", "reviewed", "pilot", "pilot_assessed", "regional", "notice", "national", "suspended",
    "retired", "rolled_back", "withdrawn", "lapsed",
)  # fmt: skip
SEVERITIES = ("none", "low", "medium", "high")
MOST_REPORT = 1 << 20


@click.group()
def promotion() -> None:
    """List promotions and pilots, and report from a pilot."""


@promotion.command("list")
@click.option("--stage", type=click.Choice(STAGES), help="Only promotions in this stage.")
@click.option("--q", "words", default="", help="Only assets with these words.")
@click.option("--mine", is_flag=True, help="The pilot sites of your organisations instead.")
@click.option("--after", default="", help="Cursor of the next page, as printed by the page before.")
@common
def list_(stage: str | None, words: str, mine: bool, after: str, portal: str | None, as_json: bool) -> None:
    """List promotions, what moved last first."""
    with connected(portal, as_json, token=mine) as (api, screen):
        page = api.pilots(after=after) if mine else api.promotions(stage=stage, q=words, after=after)
        rows = [
            [
                row["promotion"],
                row["id"],
                row["state"],
                row["report_due_at"][:10],
                row["version"],
                row["node"],
            ]
            if mine
            else [row["id"], row["stage"], row["since"][:10], row["version"]]
            for row in page["items"]
        ]
        more = [_("Next page: --after %(cursor)s", cursor=page["after"])] if page["after"] else []
        screen.result(page, _lines(rows, more))


def _lines(rows: list[list[str]], more: list[str]) -> str:
    """A line each: in a table's narrow cells an identifier would be broken."""
    return "\n".join(["  ".join(cell or "-" for cell in row) for row in rows] + more)


@promotion.command()
@click.argument("key", metavar="PROMOTION")
@click.argument("site", metavar="[SITE]", required=False)
@common
def show(key: str, site: str | None, portal: str | None, as_json: bool) -> None:
    """Show a promotion with its gates and pilot sites, or one site with the indicators its reports are asked for."""
    with connected(portal, as_json, token=False) as (api, screen):
        if site is not None:
            _site(screen, api.site(key, site))
            return
        found, sites = api.promotion(key), api.sites(key)
        gates = [
            [gate["stage"], gate["title"], _("met") if gate["met"] else _("not met"), gate["words"]]
            for gate in found["gates"]
        ]
        headings = (_("Stage"), _("Gate"), "", _("Now"))
        screen.table(f"{found['version']}: {found['stage']}", [(each, False) for each in headings], gates)
        rows = [[row["id"], row["verdict"] or row["state"], row["division"], row["node"]] for row in sites]
        screen.result(found | {"sites": sites}, _lines(rows, [found["reason"]] if found["reason"] else []))


def _site(screen: "Screen", found: dict[str, Any]) -> None:
    rows = [
        [each["code"], f"{each['title_zh']} · {each['title_en']}", each["unit"]]
        for each in found["indicators"]
    ]
    headings = (_("Code"), _("Indicator"), _("Unit"))
    title = f"{found['node']}: {found['verdict'] or found['state']}"
    screen.table(title, [(each, False) for each in headings], rows)
    due = _("Next report due: %(at)s", at=found["report_due_at"][:10]) if found["report_due_at"] else ""
    screen.result(found, due)


@promotion.command()
@click.argument("key", metavar="PROMOTION")
@click.argument("site", metavar="SITE")
@click.option("--from", "begins", metavar="DAY", help="First day of the period, as 2026-03-01.")
@click.option("--to", "ends", metavar="DAY", help="Its last day.")
@click.option("--use", metavar="TEXT", help="How it was used.")
@click.option("--effect", metavar="TEXT", help="What came of it.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Of the worst incident; none if left out.")
@click.option("--incidents", metavar="TEXT", help="What happened, and what was done about it.")
@click.option(
    "--replaces", type=click.IntRange(min=1), metavar="N", help="The report it stands in the place of."
)
@click.option(
    "--measured", multiple=True, metavar="CODE=NUMBER", help="An indicator of the rules; may be repeated."
)
@click.option(
    "--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=str), metavar="JSON",
    help="The same as a JSON object, as the API takes it; options count before it.",
)  # fmt: skip
@common
def report(key: str, site: str, portal: str | None, as_json: bool, **given: Any) -> None:
    """Report a period of a pilot, as a node operator of the site's organisation.

    Nothing reported is changed; a later report may stand in the place of an earlier one. Which indicators the rules
    ask for: cspon promotion show PROMOTION SITE.
    """
    with connected(portal, as_json) as (api, screen):
        made = api.report_pilot(key, site, _body(given))
        screen.result(made, _("Report %(n)s is made.", n=made["number"]))


def _body(given: dict[str, Any]) -> dict[str, Any]:
    """What the API takes, from the file and from the options, which count before it."""
    body = _read(given["path"]) if given["path"] else {}
    names = {"begins": "from_on", "ends": "to_on"}
    for name in ("begins", "ends", "use", "effect", "severity", "incidents", "replaces"):
        if given[name] is not None:
            body[names.get(name, name)] = given[name]
    if given["measured"]:
        body["measured"] = dict(_pair(text) for text in given["measured"])
    missing = [name for name in ("from_on", "to_on", "use", "effect") if not body.get(name)]
    if missing:
        raise ClientError(
            _("The report lacks: %(names)s", names=", ".join(missing)),
            _("Give them as options, or in a file by --file."),
        )
    return body


def _read(path: str) -> dict[str, Any]:
    import json
    from pathlib import Path

    try:
        with Path(path).open("rb") as file:
            value = json.loads(file.read(MOST_REPORT))
    except (OSError, ValueError, RecursionError) as error:
        raise ClientError(_("%(file)s is no JSON object", file=path), str(error)[:200]) from error
    if not isinstance(value, dict):
        raise ClientError(_("%(file)s is no JSON object", file=path))
    return value


def _pair(text: str) -> tuple[str, float]:
    code, sign, number = text.partition("=")
    try:
        value = float(number)
    except ValueError:
        value = float("nan")
    if not sign or not code or value != value or value in (float("inf"), float("-inf")):
        raise ClientError(
            _("“%(text)s” is no indicator with its number.", text=text), _("Write it as area=120.5.")
        )
    return code.strip(), value
