"""What the portal knows of one person: a place where higher domains say what they hold, because imports go down only.

``register("likes", N_("Likes"), 60, collect)`` with ``collect(db, account_id) -> rows`` (dicts of plain values and
instants) adds a part to everybody's export. ``register_stays`` adds to what stays after an account is closed.
"""

import datetime as dt
import io
import json
import uuid
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from portal.accounts import queries
from portal.accounts.queries.personal import counted
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.i18n import N_, _

Rows = Sequence[dict[str, Any]]
Collect = Callable[[Session, uuid.UUID], Rows]
Count = Callable[[uuid.UUID], Any]
"""account -> a scalar subquery that counts what stays (``queries.personal.rows_of`` makes one)."""
Sentence = Callable[[int], str]


@dataclass(frozen=True)
class Part:
    """One file of an export. ``title`` is a message id."""

    name: str
    title: str
    order: int
    collect: Collect


_parts: dict[str, Part] = {}
_stays: dict[str, tuple[Count, Sentence]] = {}


def register(name: str, title: str, order: int, collect: Collect) -> None:
    """Add a part to exports; registering a name again replaces it."""
    _parts[name] = Part(name, title, order, collect)


def register_stays(name: str, count: Count, sentence: Sentence) -> None:
    """Say what stays when an account is closed, and why: a translated sentence, given how much there is of it."""
    _stays[name] = count, sentence


def what_stays(db: Session, account_id: uuid.UUID) -> list[str]:
    """The sentences that hold for this account; one statement, however many domains have something to say."""
    said = [_stays[name] for name in sorted(_stays)]
    counts = counted(db, [count(account_id) for count, _sentence in said])
    return [sentence(n) for n, (_count, sentence) in zip(counts, said, strict=True) if n]


def parts() -> list[Part]:
    """All parts, in order."""
    return sorted(_parts.values(), key=lambda part: (part.order, part.name))


def archive(db: Session, account_id: uuid.UUID, *, site: str) -> bytes:
    """A ZIP with one JSON file per part and a README.md that says the same for people, in the language in force."""
    made = shanghai(now())
    collected = [(part, list(part.collect(db, account_id))) for part in parts()]
    files = {f"{part.name}.json": _json(rows) for part, rows in collected}
    files["README.md"] = _readme(collected, site, made)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in sorted(files.items()):
            entry = zipfile.ZipInfo(name, made.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            pack.writestr(entry, text)
    return out.getvalue()


def _json(rows: Rows) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1, default=_plain) + "\n"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, dt.datetime) else str(value)


def _readme(collected: list[tuple[Part, list[dict[str, Any]]]], site: str, made: dt.datetime) -> str:
    title = _("Your data at %(site)s", site=site)
    when = _(
        "Made on %(time)s (Asia/Shanghai). Instants in the JSON files carry their zone.",
        time=f"{made:%Y-%m-%d %H:%M}",
    )
    lines = [f"# {title}", "", when, ""]
    for part, rows in collected:
        heading = _(part.title)
        lines += [f"## {heading} ({part.name}.json: {len(rows)})", ""]
        for row in rows[:200]:
            cells = [f"{key}: {_cell(value)}" for key, value in row.items() if value not in (None, "", [])]
            lines.append("- " + "; ".join(cells))
        lines.append("")
    return "\n".join(lines)


def _cell(value: object) -> str:
    text = f"{shanghai(value):%Y-%m-%d %H:%M}" if isinstance(value, dt.datetime) else str(value)
    return " ".join(text.split())[:200].replace("<", "&lt;")


register("profile", N_("Profile"), 10, queries.profile_data)
register("roles", N_("Roles"), 11, queries.role_data)
register("organisations", N_("Organisations"), 12, queries.organisation_data)
register("sessions", N_("Sessions"), 20, queries.session_data)
register("tokens", N_("Access tokens"), 21, queries.token_data)
register("factors", N_("Second factors and places of sign-in"), 22, queries.factor_data)
register("notices", N_("Notices"), 90, queries.notice_data)
