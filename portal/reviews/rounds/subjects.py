"""What higher layers lend to rounds: what is behind a name and an id, and the evidence beside a submission.

A round knows neither versions nor calls. Whoever does registers a ``Subject`` under its kind when the program starts.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from portal.kit.actor import Actor
from portal.kit.db import Session


@dataclass(frozen=True)
class Evidence:
    """One line beside a submission: what was measured or certified, how it came out, where it stands.

    ``level`` is that of a tag (good, warn, bad, neutral). ``names_somebody``: the address tells who is behind the
    submission, so that a double blind round leaves it out.
    """

    label: str
    """A message id."""
    value: str
    url: str = ""
    level: str = "neutral"
    names_somebody: bool = True


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
