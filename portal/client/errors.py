"""What can go wrong on the client's side, said in words with what to do."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import click

from portal.client.plain import plain
from portal.kit.i18n import _

EXIT_ERROR = 4
"""Exit code of errors: 0 to 3 are the outcomes that ``status`` and ``push`` report."""
EXIT_STOPPED = 130


@dataclass(frozen=True)
class Problem:
    """What a portal says with ``application/problem+json`` (RFC 9457)."""

    title: str
    detail: str = ""
    status: int = 0
    code: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    request_id: str = ""
    retry_after: float | None = None
    """Seconds after which the portal wants to be asked again."""


class ClientError(click.ClickException):
    """The command cannot go on. ``hint`` says what to do."""

    exit_code = EXIT_ERROR

    def __init__(self, message: str, hint: str = "", problem: Problem | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.problem = problem

    def show(self, file: IO[Any] | None = None) -> None:
        """One line of what happened, one per field at fault, one of what to do."""
        click.echo(plain(_("Error: %(message)s", message=self.message)), file=file, err=True)
        for name, why in (self.problem.fields if self.problem else {}).items():
            click.echo(plain(f"  {name}: {why}"), file=file, err=True)
        if self.hint:
            click.echo(plain(f"  -> {self.hint}"), file=file, err=True)

    def as_json(self) -> str:
        """The same for scripts."""
        given = self.problem or Problem(self.message)
        error = {
            "title": self.message,
            "detail": self.hint,
            "status": given.status,
            "code": given.code or "client",
            "fields": dict(given.fields),
            "request_id": given.request_id,
        }
        return json.dumps({"error": error}, ensure_ascii=False, indent=2)


class RefusedError(ClientError):
    """The portal said no."""

    @property
    def status(self) -> int:
        """The HTTP status of the answer."""
        return self.problem.status if self.problem else 0


class UnreachableError(ClientError):
    """The portal does not answer, also after several tries."""


class DamagedError(ClientError):
    """Bytes arrived that are not the file the portal names; they are not kept."""
