"""Letters and the summary of a round as Word documents."""

from collections.abc import Sequence
from typing import Any

from portal.kit import formats
from portal.kit.documents import Paper
from portal.kit.i18n import _, label
from portal.reviews.conclusions.models import Conclusion, Letter
from portal.reviews.panels.models import PanelSession
from portal.reviews.rounds.models import Submission
from portal.reviews.rounds.seen import Seen


def letter(entry: Submission, found: Letter, reviews: Sequence[tuple[str, Any]], locale: str) -> bytes:
    """A letter with the reviews its reader may see (letter, ``reviewing.reading.Said``)."""
    paper = Paper(_("Decision letter"))
    paper.text(found.text(locale))
    paper.text(formats.date(found.sent_at))
    for name, said in reviews:
        paper.heading(_("Review %(letter)s", letter=name))
        if said.marks:
            paper.table(
                [_("Criterion"), _("Mark")],
                [[one.title, f"{one.mark:g}" if one.mark is not None else "—"] for one in said.marks],
            )
        for question, answer in said.answers:
            paper.heading(question, level=2)
            paper.text(answer)
    paper.text(
        _("No. %(number)s; SHA-256 of the letter: %(digest)s", number=entry.number, digest=found.digest)
    )
    return paper.data()


def summary(
    seen: Seen,
    rows: Sequence[tuple[Submission, Conclusion | None]],
    sessions: Sequence[PanelSession],
    locale: str,
) -> bytes:
    """The round in short: outcomes with reasons and deviations, panel sessions with the digests of their minutes."""
    paper = Paper(seen.round.title(locale))
    paper.text(seen.round.summary(locale))
    paper.text(label(seen.round.state))
    if seen.round.shape_digest:
        paper.text(_("Digest of the rules (SHA-256)") + _(": ") + seen.round.shape_digest)
    paper.heading(_("Outcomes"))
    counts = [
        [one.title(locale), sum(entry.outcome == one.key for entry, _kept in rows)]
        for one in seen.shape.outcomes
    ]
    paper.table([_("Outcome"), _("Number")], counts)
    paper.heading(_("Submitted works"))
    paper.table(
        [_("No."), _("Title"), _("Outcome"), _("Set against"), _("Reason")],
        [
            [
                entry.number,
                entry.title,
                outcome.title(locale) if (outcome := seen.shape.outcome(entry.outcome)) else "—",
                (label(kept.basis) + (" (" + _("deviates") + ")" if kept.deviates else "")) if kept else "—",
                entry.outcome_reason or "—",
            ]
            for entry, kept in rows
        ],
    )
    if sessions:
        paper.heading(_("Panel sessions"))
        paper.table(
            [_("Session"), _("State"), _("Opened"), _("Minutes (SHA-256)")],
            [
                [one.title, label(one.state), formats.datetime(one.opened_at), one.digest or "—"]
                for one in sessions
            ],
        )
    return paper.data()
