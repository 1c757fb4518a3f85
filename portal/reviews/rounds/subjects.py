"""What higher layers lend to rounds: what is behind a name and an id, and the evidence beside a submission.

A round knows neither versions nor calls. Whoever does registers a ``Subject`` under its kind when the program starts.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.i18n import _, get_locale


@dataclass(frozen=True)
class Evidence:
    """One line beside a submission: what was measured or certified, how it came out, where it stands.

    ``level`` is that of a tag (good, warn, bad, neutral). ``names_somebody``: the line tells who is behind the
    submission (a score can be looked up on its board), so that a double blind round leaves it out.
    """

    label: str
    """A message id."""
    value: str
    """A message id, or a text in Chinese."""
    value_en: str = ""
    """The text in English, where ``value`` is one in Chinese."""
    url: str = ""
    level: str = "neutral"
    names_somebody: bool = True


def shown(lines: Sequence[Mapping[str, str]], *, named: bool) -> list[dict[str, str]]:
    """Frozen lines of evidence in the reader's language. Where the people behind a submission are hidden (not
    ``named``): without lines that tell who they are, and without any address.
    """
    found = []
    for line in lines:
        if not named and str(line.get("names_somebody", "1")).lower() not in {"", "0", "false", "no"}:
            continue
        name, text = line.get("label", ""), line.get("value", "") or "—"
        english = line.get("value_en", "") if get_locale() == "en" else ""
        found.append(
            {
                "label": _(name) if name else "",
                "value": english or _(text),
                "level": line.get("level") or "neutral",
                "url": line.get("url", "") if named else "",
            }
        )
    return found


@dataclass(frozen=True)
class Member:
    """Somebody behind a subject, with the organisation the subject was made for."""

    account_id: uuid.UUID | None
    name: str
    organisation_id: uuid.UUID | None = None
    lead: bool = False


@dataclass(frozen=True)
class Facts:
    """What a round takes over when a subject is entered: frozen from then on."""

    title: str
    text: str
    url: str
    people: Sequence[Member] = ()
    disciplines: Sequence[str] = ()
    keywords: Sequence[str] = ()
    evidence: Sequence[Evidence] = field(default_factory=tuple)


@dataclass(frozen=True)
class Subject:
    """A kind of thing rounds can be about.

    ``label``: message id of its name. ``find``: ids by an address or a name somebody typed, visible to the actor.
    ``facts``: what is taken over, None where there is no such thing (any more).
    """

    kind: str
    label: str
    find: Callable[[Session, Actor, str], uuid.UUID | None]
    facts: Callable[[Session, uuid.UUID], Facts | None]


_SUBJECTS: dict[str, Subject] = {}


def register(subject: Subject) -> None:
    """Make a kind known. A second one of the same name is a mistake of the program."""
    if _SUBJECTS.get(subject.kind, subject) is not subject:
        raise ValueError(f"two subjects are called {subject.kind}")
    _SUBJECTS[subject.kind] = subject


def kinds() -> Sequence[Subject]:
    """All kinds, by name."""
    return [_SUBJECTS[kind] for kind in sorted(_SUBJECTS)]


def of_kind(kind: str) -> Subject | None:
    """The kind of that name."""
    return _SUBJECTS.get(kind)
