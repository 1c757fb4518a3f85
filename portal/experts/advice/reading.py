"""A question as its reader may see it: the one way from rows to pages and JSON."""

from dataclasses import dataclass
from typing import Any

from portal.experts.advice import policy, queries
from portal.experts.advice.models import AdviceRequest, AnswerSight
from portal.experts.queries import public
from portal.kit.pages import Context


@dataclass(frozen=True)
class Answer:
    """An answer without its author where the reader may not know who it is."""

    text: str
    sight: AnswerSight
    at: Any
    name: str
    """Empty where it is not to be known."""
    slug: str
    """Short name, where the author has a public page."""


def answers_for(req: Context, request: AdviceRequest) -> list[Answer]:
    """The answers this reader may read, oldest first."""
    rows = [
        row
        for row in queries.answers_of(req.db, request.id)
        if policy.can_read_answer(req.actor, request, row)
    ]
    pages = public.public_ids(req.db, [row.account_id for row in rows]) if rows else {}
    found = []
    for row in rows:
        named = policy.shows_name(req.actor, request, row) and not row.closed
        slug = row.slug if named and row.account_id in pages else ""
        found.append(Answer(row.text, row.sight, row.at, row.name if named else "", slug))
    return found
