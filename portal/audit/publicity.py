"""What of the log anyone may see: a place where higher domains say which of their events are public anyway.

``register({"version.yanked": N_("Version withdrawn")}, resolve)`` with ``resolve(db, ids) -> {id: Shown}`` of those
whose object everybody may see just now. Everything else is shown as a leaf of some kind, without object and instant;
and without even the kind where that would tell who did what when (reviews, accounts, advice).
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.audit import wording
from portal.kit.db import Session
from portal.kit.i18n import _
from portal.kit.ids import parse_id


@dataclass(frozen=True)
class Shown:
    """What a public event's object is called, where it is, and whether its evidence may be read."""

    title: str
    url: str
    evidence: bool = False


Resolve = Callable[[Session, Sequence[str]], Mapping[str, Shown]]
KINDS = frozenset(
    {"asset", "benchmark", "bundle", "certificate", "evaluation", "log", "node", "organisation", "promotion",
     "public_notice", "store", "version", "worker"}
)  # fmt: skip
"""Nouns of verbs that may be shown of any event."""
_words: dict[str, str] = {}
_resolvers: dict[str, Resolve] = {}


def register(verbs: Mapping[str, str], resolve: Resolve) -> None:
    """Say how objects of these verbs are found, and what each verb is called (a message id); registering a verb again
    replaces it."""
    for verb, words in verbs.items():
        _resolvers[verb], _words[verb] = resolve, words


def register_rows(
    verbs: Mapping[str, str],
    rows: Callable[[Session, list[uuid.UUID]], Iterable[Any]],
    say: Callable[[Any], tuple[str, str]],
    *,
    evidence: bool = True,
) -> None:
    """The same for objects that are rows: ``rows`` are those of some ids that everybody may see, ``say`` gives title
    and address of one."""

    def resolve(db: Session, ids: Sequence[str]) -> dict[str, Shown]:
        wanted = [found for text in ids if (found := parse_id(text)) is not None]
        return {str(row.id): Shown(*say(row), evidence=evidence) for row in rows(db, wanted)}

    register(verbs, resolve)


def verbs() -> list[str]:
    """The verbs whose events are public where their object is."""
    return sorted(_resolvers)


def words(verb: str) -> str:
    """What happened, in the reader's language: as its domain calls it, else noun and action; empty for others."""
    return _(_words[verb]) if verb in _words else wording.event_words(verb)


def kind(verb: str) -> str:
    """The noun of a verb in the reader's language, where it may be shown; empty otherwise."""
    noun = verb.partition(".")[0]
    return wording.noun(noun) if noun in KINDS else ""


def shown(db: Session, events: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Shown]:
    """(verb, object) -> what everybody may see of it; one look-up for each domain, however many events."""
    wanted: dict[Resolve, dict[str, set[str]]] = {}
    for verb, object_id in events:
        resolve = _resolvers.get(verb)
        if resolve is not None:
            wanted.setdefault(resolve, {}).setdefault(object_id, set()).add(verb)
    found: dict[tuple[str, str], Shown] = {}
    for resolve, objects in wanted.items():
        for object_id, what in resolve(db, sorted(objects)).items():
            found |= {(verb, object_id): what for verb in objects[object_id]}
    return found
