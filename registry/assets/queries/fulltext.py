"""Words inside documents: found as substrings, by an index of character pairs, so that Chinese needs no dictionary."""

import re
import unicodedata
import uuid
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.text import like
from registry.assets.models import Asset, AssetText

MAX_CHARS = 300_000
BEFORE, LENGTH = 40, 140
_BREAK = re.compile(r"(?<=[\u2e80-\u9fff\uff00-\uffef])\s+(?=[\u2e80-\u9fff\uff00-\uffef])")


def normal(text: str) -> str:
    """One line in NFKC: a word that a page breaks in two (which Chinese does anywhere) is one word again."""
    text = unicodedata.normalize("NFKC", text[: MAX_CHARS * 2]).replace("\x00", "")
    return re.sub(r"\s+", " ", _BREAK.sub("", text)).strip()[:MAX_CHARS]


def grams(text: str) -> list[int]:
    """The distinct pairs of neighbouring characters, as numbers of 31 bits; a text holds a word only if its pairs
    hold the word's."""
    lower = text.lower()
    return sorted({zlib.crc32(lower[n : n + 2].encode()) >> 1 for n in range(len(lower) - 1)})


def holds(word: str) -> ColumnElement[bool]:
    """Whether the newest version's documents hold ``word``; never those of assets whose files are on request."""
    word = normal(word)
    found = select(AssetText.asset_id).join(Asset, col(Asset.id) == col(AssetText.asset_id))
    conditions: list[ColumnElement[bool]] = [
        col(AssetText.text).ilike(like(word)),
        col(AssetText.version) == col(Asset.latest_version),
        ~col(Asset.gated),
    ]
    if len(word) > 1:
        conditions.append(col(AssetText.grams).contains(grams(word)))
    return col(Asset.id).in_(found.where(*conditions))


def around(words: Sequence[str]) -> ScalarSelect[Any]:
    """Where the first of ``words`` stands in the documents of an asset, with some text around it; else NULL."""
    word = normal(words[0]).lower()
    place = func.strpos(func.lower(AssetText.text), word)
    piece = func.substr(AssetText.text, func.greatest(place - BEFORE, 1), LENGTH)
    return (
        select(piece)
        .where(
            col(AssetText.asset_id) == col(Asset.id),
            col(AssetText.version) == col(Asset.latest_version),
            ~col(Asset.gated),
            place > 0,
        )
        .correlate(Asset)
        .scalar_subquery()
    )


def snippets(db: Session, ids: Iterable[uuid.UUID], q: str) -> dict[uuid.UUID, str]:
    """Asset -> text around the first word, for those whose documents hold it. One query."""
    words = q.split()[:1]
    wanted = list(ids)
    if not words or not wanted:
        return {}
    statement: Any = select(col(Asset.id), around(words).label("piece")).where(col(Asset.id).in_(wanted))
    return {row.id: row.piece for row in db.execute(statement) if row.piece}


def set_text(db: Session, asset_id: uuid.UUID, *, version: str, text: str) -> None:
    """Replace what is searched of an asset's documents."""
    text = normal(text)
    values = {"version": version, "text": text, "grams": grams(text), "updated_at": now()}
    statement = insert(AssetText).values(asset_id=asset_id, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["asset_id"], set_=values))
