"""The file form of a log: lines of JSON, the first says what it is, then checkpoints, then leaves, then the end."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from portal.audit.verifying import Entry, Log
from portal.kit.i18n import _
from portal.kit.signing import BadKey, note
from portal.kit.signing.note import NoteKey

FORMAT = "cspon-log/1"


class BadExport(ValueError):  # noqa: N818 - a refusal
    """The file is no export of a log, or not a whole one."""


def write(path: Path, log: Log, *, names: bool = True) -> int:
    """Write the log to a new file that only its owner can read; how many leaves. ``names``: with actors and reasons."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    count = 0
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        head = {
            "format": FORMAT,
            "key": log.key.text() if log.key else None,
            "witnesses": [key.text() for key in log.witnesses],
        }
        file.write(_line(head))
        for text in log.notes:
            file.write(_line(["c", text]))
        for entry in log.entries:
            kept = entry if names else _nameless(entry)
            file.write(_line(["e", *kept]))
            count += 1
        file.write(_line(["end", count]))
    return count


def _nameless(entry: Entry) -> Entry:
    return entry._replace(actor_id=None, actor_name="", actor_salt=None, reason=None, reason_salt=None)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def read(path: Path) -> Log:
    """The log of an export, read as it is verified. ``BadExport`` at once, or while reading, where it is none."""
    lines = _lines(path)
    head = next(lines, None)
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise BadExport(_("this file is no export of a log (%(format)s)", format=FORMAT))
    notes: list[str] = []
    first: list[Any] | None = None
    for line in lines:
        if not isinstance(line, list) or len(line) < 2:
            raise BadExport(_("this line of the export is damaged: %(line)s", line=str(line)[:80]))
        if line[0] != "c":
            first = line
            break
        notes.append(str(line[1]))
    return Log(
        _key(head.get("key")),
        [key for text in head.get("witnesses") or () if (key := _key(text))],
        notes,
        _entries(first, lines),
    )


def _key(text: object) -> NoteKey | None:
    if text is None:
        return None
    try:
        return note.read_key(str(text))
    except BadKey as error:
        raise BadExport(str(error)) from error


def _lines(path: Path) -> Iterator[Any]:
    loads = json.loads
    with path.open(encoding="utf-8") as file:
        try:
            for line in file:
                yield loads(line)
        except (ValueError, RecursionError) as error:
            raise BadExport(_("the export is damaged or cut off: %(why)s", why=error)) from error


def _entries(first: Sequence[Any] | None, rest: Iterable[Any]) -> Iterator[Entry]:
    count, line = 0, first
    lines = iter(rest)
    while line is not None:
        if not isinstance(line, list) or not line:
            break
        if line[0] == "end":
            if line[1:] != [count]:
                raise BadExport(_("the export ends with another count of leaves than it has"))
            return
        if line[0] != "e" or len(line) != 17:
            break
        yield _entry(line)
        count += 1
        line = next(lines, None)
    raise BadExport(_("the export is damaged or cut off: %(why)s", why=f"line {count}"))


def _entry(line: list[Any]) -> Entry:
    entry = Entry(*line[1:])
    whole = all(isinstance(value, int | None) for value in (entry.place, entry.event_seq, entry.seq))
    if not whole or not all(isinstance(value, str | None) for value in (*entry[1:3], *entry[5:])):
        raise BadExport(_("this line of the export is damaged: %(line)s", line=str(line)[:80]))
    return entry
