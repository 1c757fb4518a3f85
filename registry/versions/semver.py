"""Semantic Versioning 2.0.0: the grammar (its annex) and precedence (clause 11) as a sortable text."""

import re

NUMBER = re.compile(
    r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(?:-((?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
    r"(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*))?"
    r"(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?",
    re.ASCII,
)
MAX_CHARS = 40


def is_number(text: str) -> bool:
    """Whether the text is a semantic version of at most 40 characters."""
    return len(text) <= MAX_CHARS and NUMBER.fullmatch(text) is not None


def _digits(number: str) -> str:
    """A number whose text order is its order: its length in two digits first."""
    return f"{len(number):02d}{number}"


def sort_key(text: str) -> str:
    """A text whose byte order (database collation C) is the precedence of the version; at most 120 characters.

    After the three numbers a release has ``~``, which sorts behind the ``-`` of pre-releases. Identifiers end with
    ``!`` and the list with a space: both sort before every character of an identifier, so that fewer fields and
    shorter words come first. Numeric identifiers (``0…``) come before words (``1…``). Build metadata does not count.
    """
    found = NUMBER.fullmatch(text)
    if found is None or len(text) > MAX_CHARS:
        raise ValueError(f"{text!r} is no semantic version")
    numbers = "".join(_digits(found.group(n)) for n in (1, 2, 3))
    if found.group(4) is None:
        return numbers + "~"
    parts = ("0" + _digits(part) if part.isdigit() else "1" + part for part in found.group(4).split("."))
    return numbers + "-" + "".join(part + "!" for part in parts) + " "


def is_prerelease(text: str) -> bool:
    """Whether the version is a pre-release (which never becomes the newest while a release exists)."""
    found = NUMBER.fullmatch(text)
    return found is not None and found.group(4) is not None
