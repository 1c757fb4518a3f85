"""What a person sees: progress and words go to the error stream, results to the output, so that pipes stay clean."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

from portal.client.plain import plain


class Bar:
    """One line of progress in bytes."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task
        self._done = 0

    def to(self, done: int) -> None:
        """So many bytes are done (fewer than before when a try starts over)."""
        self._done = done
        self._progress.update(self._task, completed=done)

    def add(self, more: int) -> None:
        """So many more bytes are done."""
        self.to(self._done + more)

    @property
    def done(self) -> int:
        """Bytes done so far."""
        return self._done


class Screen:
    """Console of one command. With ``as_json`` nothing but one JSON value is printed."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.console = Console(stderr=True, highlight=False, quiet=as_json, soft_wrap=True)

    def say(self, text: str) -> None:
        """A line for the person."""
        self.console.print(plain(text), markup=False)

    def result(self, value: Any, text: str) -> None:
        """The outcome: JSON for scripts, ``text`` for people; the only thing on the output stream."""
        if self.as_json:
            click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
        elif text:
            click.echo(plain(text))

    def table(self, title: str, columns: list[tuple[str, bool]], rows: list[list[str]]) -> None:
        """A table on the output stream; a column is (heading, is it numbers)."""
        if self.as_json:
            return
        table = Table(title=title or None, title_justify="left", show_edge=False)
        for heading, numeric in columns:
            table.add_column(heading, justify="right" if numeric else "left")
        for row in rows:
            table.add_row(*(escape(plain(cell)) for cell in row))
        Console(highlight=False).print(table)

    @contextmanager
    def bars(self) -> Iterator[Progress]:
        """A place for progress bars; a dumb terminal or a pipe gets no moving pictures."""
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            TimeRemainingColumn(),
        )
        moving = self.console.is_terminal and not self.as_json
        with Progress(*columns, console=self.console, disable=not moving, transient=True) as progress:
            yield progress

    @contextmanager
    def busy(self, label: str) -> Iterator[None]:
        """Shows that something is under way, and since when; lines said meanwhile go above. Nothing in a pipe."""
        moving = self.console.is_terminal and not self.as_json
        columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
        with Progress(*columns, console=self.console, disable=not moving, transient=True) as progress:
            progress.add_task(label, total=None)
            yield

    @staticmethod
    def bar(progress: Progress, label: str, total: int) -> Bar:
        """One more bar; long labels keep their end."""
        shown = plain(label if len(label) <= 40 else "…" + label[-39:])
        return Bar(progress, progress.add_task(shown, total=total))
