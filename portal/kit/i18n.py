"""Languages: Chinese first, English second.

Message ids are the English texts; ``locale/zh_Hans/*.po`` holds the Chinese, one file per domain.
"""

import os
from collections.abc import Iterable
from contextvars import ContextVar
from enum import StrEnum
from functools import lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

DEFAULT = "zh_Hans"
LOCALES = ("zh_Hans", "en")
LANG = {"zh_Hans": "zh-Hans", "en": "en"}
FOLDER = Path(__file__).resolve().parent.parent / "locale"
_current: ContextVar[str] = ContextVar("locale", default=DEFAULT)

# Babel's negotiation does not take zh-CN for zh_Hans, so the aliases are our own.
ALIASES = {
    "zh": "zh_Hans",
    "zh-cn": "zh_Hans",
    "zh-sg": "zh_Hans",
    "zh-my": "zh_Hans",
    "zh-hans": "zh_Hans",
    "zh-hant": "zh_Hans",
    "zh-tw": "zh_Hans",
    "zh-hk": "zh_Hans",
}


class English(GNUTranslations):
    """The message id is the English text, so English needs no catalogue but counts in English."""

    def __init__(self) -> None:
        super().__init__()
        self._catalog: dict[Any, str] = {}
        self.plural = lambda n: int(n != 1)


def _compile(locale: str) -> bytes:
    """Merge the .po files of a language into one .mo. Where two translate one message the first file (by name)
    counts; a test refuses two that differ."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    merged: Any = None
    for path in sorted((FOLDER / locale).glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=locale)
        if merged is None:
            merged = catalog
            continue
        for message in catalog:
            old = merged.get(message.id) if message.id else None
            if old is not None and old.string:
                continue
            if message.id:
                merged[message.id] = message
    out = BytesIO()
    if merged is not None:
        write_mo(out, merged)
    return out.getvalue()


def _compiled(locale: str) -> bytes:
    """The compiled catalogue, kept beside its sources so that a start need not parse them again."""
    target = FOLDER / f"{locale}.mo"
    if not (FOLDER / locale).is_dir():  # a distribution that carries the compiled catalogue only
        return target.read_bytes()
    sources = sorted((FOLDER / locale).glob("*.po"))
    newest = max((p.stat().st_mtime for p in [*sources, FOLDER / locale]), default=0)
    if target.exists() and target.stat().st_mtime >= newest:
        return target.read_bytes()
    data = _compile(locale)
    try:
        fresh = target.with_suffix(".mo.new")
        fresh.write_bytes(data)
        fresh.replace(target)
    except OSError:  # a read-only installation only starts a little slower
        pass
    return data


@lru_cache(maxsize=len(LOCALES))
def translations(locale: str) -> GNUTranslations:
    """The catalogue of a language."""
    if locale == "en":
        return English()
    return GNUTranslations(BytesIO(_compiled(locale)))


def set_locale(locale: str) -> None:
    """Make ``locale`` the language of this request or task."""
    _current.set(locale if locale in LOCALES else DEFAULT)


def speak_by_environment() -> None:
    """The language of a terminal: Chinese where the environment asks for Chinese, English otherwise."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            set_locale(DEFAULT if value.lower().startswith("zh") else "en")
            return
    set_locale("en")


def get_locale() -> str:
    """The language of this request or task."""
    return _current.get()


def _(message: str, /, **values: object) -> str:
    """The message in the current language, with ``%(name)s`` filled in."""
    text = translations(_current.get()).gettext(message)
    return text % values if values else text


def ngettext(one: str, many: str, n: int, /, **values: object) -> str:
    """The message in the current language for ``n`` things; ``%(n)s`` is filled in."""
    return translations(_current.get()).ngettext(one, many, n) % {"n": n, **values}


def N_(message: str) -> str:  # noqa: N802 - the conventional gettext name
    """Mark a message for the catalogue without translating it yet."""
    return message


def label(value: StrEnum) -> str:
    """What a page calls an enum value: its ``label`` message, translated; the bare value where it has none."""
    message = getattr(value, "label", None)
    return _(message) if isinstance(message, str) else str(value)


def named(name: str, words: str) -> str:
    """A name and what is said of it, with the colon of the reader's language between them."""
    return name + _(": ") + words


def negotiate(accept: str, known: Iterable[str] = LOCALES) -> str:
    """The best of our languages for an Accept-Language header; Chinese where nothing fits."""
    wanted: list[tuple[float, str]] = []
    for part in accept.split(","):
        tag, _sep, rest = part.strip().partition(";")
        quality = 1.0
        if rest.strip().startswith("q="):
            try:
                quality = float(rest.strip()[2:])
            except ValueError:
                continue
        wanted.append((-quality, tag.lower()))
    for _quality, tag in sorted(wanted, key=lambda pair: pair[0]):
        name = ALIASES.get(tag) or ALIASES.get(tag.split("-")[0]) or tag.split("-")[0]
        if name in known:
            return name
    return DEFAULT
