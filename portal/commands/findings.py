"""What ``cspon doctor`` finds, and how it is shown."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import click

State = Literal["ok", "warn", "fail"]
COLOURS: dict[State, str] = {"ok": "green", "warn": "yellow", "fail": "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor: what was looked at, how it is, and for warn and fail what to do."""

    name: str
    state: State
    message: str
    advice: str = ""


Check = Callable[[], Iterable[Finding]]


def run_checks(checks: dict[str, Check]) -> list[Finding]:
    """Run every check; one that breaks is itself a finding, so that the others are still made."""
    findings: list[Finding] = []
    for name, check in checks.items():
        try:
            findings.extend(check())
        except Exception as error:
            words = f"{type(error).__name__}: {error}".strip()
            findings.append(Finding(name, "fail", words, "This check broke; the words above may say why."))
    return findings


def show(findings: Iterable[Finding]) -> None:
    """Print findings for a person."""
    for finding in findings:
        click.echo(
            f"{click.style(f'{finding.state:<5}', fg=COLOURS[finding.state])}{finding.name:<12}{finding.message}"
        )
        if finding.advice and finding.state != "ok":
            click.echo(f"{'':17}-> {finding.advice}")
