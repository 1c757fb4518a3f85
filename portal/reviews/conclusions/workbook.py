"""A whole round as a spreadsheet. Every text is written as a text: no cell becomes a formula, a link or a number."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.kit import formats
from portal.kit.clock import now
from portal.kit.i18n import _, label
from portal.reviews.conclusions.models import Conclusion
from portal.reviews.rounds.models import Seat, Submission
from portal.reviews.rounds.seen import Seen
from portal.reviews.scores.results import Row

MOST = 32_000
"""Characters of a cell; spreadsheets hold 32,767."""
Cell = str | float | int | None


@dataclass(frozen=True)
class Names:
    """Who is who: by account for reviewers, by submission for applicants. Empty in the variant by letter."""

    reviewers: Mapping[Any, str] = field(default_factory=dict)
    applicants: Mapping[Any, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """What the reader may see of the round. ``names`` None: the variant by letter."""

    seen: Seen
    submissions: Sequence[tuple[Submission, Row | None, Conclusion | None]]
    seats: Sequence[tuple[int, Seat]]
    names: Names | None


def _text(value: object) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= MOST else text[:MOST] + "…"


def _put(book: Any, name: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    sheet = book.add_worksheet(name[:31])
    bold = book.add_format({"bold": True})
    for column, title in enumerate(header):
        sheet.write_string(0, column, _text(title), bold)
    for index, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, int | float) and not isinstance(value, bool):
                sheet.write_number(index, column, value)
            elif value not in (None, ""):
                sheet.write_string(index, column, _text(value))
    sheet.freeze_panes(1, 0)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(header) - 1)


def workbook(content: Content, locale: str) -> bytes:
    """The file (.xlsx): submissions, reviews by letter, rubric, and what it is."""
    # Late: most requests make no spreadsheet.
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties(
        {"title": content.seen.round.title(locale)[:200], "created": now().replace(tzinfo=None)}
    )
    _put(book, _("Submitted works"), *_submissions(content, locale))
    _put(book, _("Reviews by letter"), *_reviews(content, locale))
    _put(book, _("Rubric"), *_rubric(content.seen, locale))
    _put(book, _("About this file"), [_("What"), _("Value")], _about(content, locale))
    book.close()
    return out.getvalue()


Table = tuple[list[str], list[list[Cell]]]


def _submissions(content: Content, locale: str) -> Table:
    named = content.names is not None
    header = [
        _("No."), _("Title"), _("Panel"), _("State"), _("Outcome"), _("Set against"), _("Deviates"), _("Reason"),
        _("Number of reviews"), _("Raw mean"), _("Spread"), _("Adjusted"), _("Lower bound"), _("Upper bound"),
        _("Place in the ranking"), _("Group"), _("Flags"),
    ]  # fmt: skip
    rows: list[list[Cell]] = []
    for entry, row, kept in content.submissions:
        outcome = content.seen.shape.outcome(entry.outcome)
        line: list[Cell] = [
            entry.number, entry.title, entry.panel, label(entry.state), outcome.title(locale) if outcome else "",
            label(kept.basis) if kept else "", _("yes") if kept and kept.deviates else "", entry.outcome_reason,
        ]  # fmt: skip
        line += _scored(row)
        if content.names is not None:
            line.append(content.names.applicants.get(entry.id, ""))
        rows.append(line)
    return [*header, *([_("Applicants")] if named else [])], rows


def _scored(row: Row | None) -> list[Cell]:
    if row is None:
        return [None] * 9
    flags = [*(f"veto:{key}" for key in row.vetoes), *(f"below:{key}" for key in row.missed)]
    flags += ["below"] if row.below else []
    return [
        row.reviews, row.mean, row.sd, row.score, row.low, row.high, row.place,
        row.standing.value if row.standing else "", " ".join(flags),
    ]  # fmt: skip


def _reviews(content: Content, locale: str) -> Table:
    shape, names = content.seen.shape, content.names
    header = [
        _("No."),
        _("Letter of the reviewer"),
        _("State"),
        _("Score, 0 to 100"),
        _("Confidence, 1 to 5"),
    ]
    header += [one.title(locale) for one in shape.criteria] + [_("Vetoes")]
    header += [one.title(locale) for one in shape.questions]
    rows: list[list[Cell]] = []
    for number, seat in content.seats:
        line: list[Cell] = [number, seat.letter, label(seat.state), seat.score, seat.confidence]
        line += [seat.marks.get(one.key) for one in shape.criteria]
        line += [" ".join(seat.vetoes), *(seat.answers.get(one.key, "") for one in shape.questions)]
        if names is not None:
            line += [names.reviewers.get(seat.account_id, ""), seat.private_note]
        rows.append(line)
    return header + ([_("Reviewer"), _("Note to the secretariat")] if names is not None else []), rows


def _rubric(seen: Seen, locale: str) -> Table:
    header = [_("Key"), _("Criterion"), _("Weight"), _("Threshold"), _("Veto at or below"), _("Levels")]
    return header, [
        [
            one.key, one.title(locale), one.weight, one.threshold, one.veto,
            "\n".join(f"{level.value:g} {level.anchor(locale)}".rstrip() for level in one.levels),
        ]
        for one in seen.shape.criteria
    ]  # fmt: skip


def _about(content: Content, locale: str) -> list[list[Cell]]:
    seen = content.seen
    return [
        [_("Round"), seen.round.title(locale)],
        [_("State"), label(seen.round.state)],
        [_("Made on"), formats.datetime(now())],
        [_("Digest of the rules (SHA-256)"), seen.round.shape_digest or ""],
        [
            _("Names in it"),
            _("with names; the view is logged") if content.names else _("by letter, without names"),
        ],
        [_("Left out"), _("Submissions with which whoever made this file is in conflict, or stands behind.")],
    ]
