"""The text of a letter, from the template of its outcome. Pure."""

import re
from collections.abc import Mapping

from portal.kit.i18n import N_, _
from portal.notices.actions import speaking
from portal.reviews.rounds.models import Round, Submission
from portal.reviews.rounds.shape import Outcome

PLACES = ("title", "number", "round", "name", "reason")
_PLACE = re.compile("{(" + "|".join(PLACES) + ")}")
STANDARD = N_(
    "%(name)s:\n\nYour submission “%(title)s” (no. %(number)s) to “%(round)s” was reviewed. Outcome: %(outcome)s.\n\n"
    "Reason: %(reason)s"
)


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its places filled in, each once: braces inside a value, and places it does not know, stay."""
    return _PLACE.sub(lambda found: values[found[1]], template)


def compose(round_: Round, submission: Submission, outcome: Outcome, name: str, locale: str) -> str:
    """The letter in a language; where the shape has no template for the outcome, a standard one."""
    values = {
        "title": submission.title,
        "number": str(submission.number),
        "round": round_.title(locale),
        "name": name,
        "reason": submission.outcome_reason,
    }
    template = outcome.letter(locale)
    if template.strip():
        return filled(template, values)
    with speaking(locale):
        return _(STANDARD, outcome=outcome.title(locale), **values)
