"""``cspon doctor``."""

import dataclasses
import json

import click

from portal.commands.findings import run_checks, show


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(as_json: bool) -> None:
    """Check this installation and say what to do.

    The exit code is 1 when something fails; warnings leave it 0.
    """
    from portal.commands.checks import CHECKS

    findings = run_checks(CHECKS)
    failed = sum(finding.state == "fail" for finding in findings)
    warned = sum(finding.state == "warn" for finding in findings)
    if as_json:
        click.echo(
            json.dumps([dataclasses.asdict(finding) for finding in findings], ensure_ascii=False, indent=2)
        )
    else:
        show(findings)
        click.echo(f"{failed} failed, {warned} warnings" if failed or warned else "All is well.")
    raise SystemExit(1 if failed else 0)


COMMANDS = {"doctor": doctor}
