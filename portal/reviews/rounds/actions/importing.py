"""Many submissions from one table: all of them, or none and every line that does not hold."""

import csv
import io
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.errors import Invalid, Refusal
from portal.kit.forms import clean, parse_values
from portal.kit.i18n import _
from portal.reviews.rounds.actions import submissions
from portal.reviews.rounds.forms import ExclusionForm, PersonForm, SubjectForm, SubmissionForm
from portal.reviews.rounds.models import Round, Submission

COLUMNS = (
    "title", "text", "subject_kind", "subject", "panel", "disciplines", "keywords", "anonymous",
    "person", "name", "orcid", "organisation", "organisation_name", "credit_code", "lead",
    "exclude_person", "exclude_name", "exclude_organisation", "exclude_organisation_name", "exclude_reason",
)  # fmt: skip
PEOPLE = ("person", "name", "orcid", "organisation", "organisation_name", "credit_code", "lead")
BEYOND = "…"
"""Where cells beyond the last column are put."""
MOST_SAID = 20
"""Lines named in one refusal."""


def import_table(db: Session, actor: Actor, *, round_id: uuid.UUID, content: str) -> list[Submission]:
    """The submissions of a CSV with (some of) ``COLUMNS``; how many.

    A line without title and subject names more people or exclusions of the submission above it. ``Invalid`` names the
    bad lines; the caller's transaction must then keep nothing.
    """
    table = _Table(db, actor, submissions.drafted(db, actor, round_id))
    for line, row in _rows(content):
        table.take(line, row)
    wrong = table.wrong
    if not table.made and not wrong:
        wrong.append(_("There is no line with a submission."))
    if wrong:
        more = [_("… and %(n)s more lines.", n=len(wrong) - MOST_SAID)] if len(wrong) > MOST_SAID else []
        why = "\n".join([*wrong[:MOST_SAID], *more])
        raise Invalid(_("Nothing was taken over. Please correct these lines."), fields={"table": why})
    return table.made


def _rows(content: str) -> list[tuple[int, dict[str, str]]]:
    """Numbered lines as objects, without empty cells and empty lines."""
    reader = csv.reader(io.StringIO(clean(content.removeprefix("\ufeff"))))
    try:
        header = [cell.strip() for cell in next(reader, [])]
        if (
            set(header) - set(COLUMNS)
            or len(set(header)) < len(header)
            or not {"title", "subject"} & set(header)
        ):
            why = _("The first line names columns out of: %(columns)s", columns=", ".join(COLUMNS))
            raise Invalid(_("Please correct the marked fields."), fields={"table": why})
        # An export puts an apostrophe before what a spreadsheet would evaluate.
        rows = [
            (
                reader.line_num,
                {
                    name: cell.strip().removeprefix("'")
                    for name, cell in zip([*header, BEYOND], cells, strict=False)
                    if cell.strip()
                },
            )
            for cells in reader
        ]
    except csv.Error as error:
        why = _("This is not a CSV table: %(why)s", why=str(error))
        raise Invalid(_("Please correct the marked fields."), fields={"table": why}) from error
    return [(line, row) for line, row in rows if row]


@dataclass
class _Table:
    """What has been taken over, and what does not hold."""

    db: Session
    actor: Actor
    round: Round
    made: list[Submission] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    above: Submission | None = None
    begun: bool = False
    """Whether a line with a submission came before, be it a bad one."""

    def take(self, line: int, row: Mapping[str, str]) -> None:
        """Take one line over, or note what is wrong with it."""
        why: list[str] = []
        if BEYOND in row:
            why.append(_("too many columns"))
        elif "title" in row or "subject" in row:
            self.begun, self.above = True, self._enter(row, why)
        elif not self.begun:
            why.append(_("It has neither title nor subject, and no submission is above it."))
        if self.above is not None and not why:
            self._add(submissions.put_person, PersonForm, {n: row[n] for n in PEOPLE if n in row}, why)
            barred = {n.removeprefix("exclude_"): row[n] for n in row if n.startswith("exclude_")}
            self._add(submissions.put_exclusion, ExclusionForm, barred, why)
        if why:
            self.wrong.append(_("Line %(n)s: %(why)s", n=line, why="; ".join(why)))

    def _enter(self, row: Mapping[str, str], why: list[str]) -> Submission | None:
        values: dict[str, Any] = {name: row[name] for name in ("panel", "anonymous") if name in row}
        if "subject" in row:
            values |= {"kind": row.get("subject_kind", ""), "address": row["subject"]}
            made: Submission | None = self._try(submissions.put_subject, SubjectForm, values, self.round, why)
        else:
            values |= {name: row[name] for name in ("title", "text", "keywords") if name in row}
            values["disciplines"] = row.get("disciplines", "").replace(",", " ").split()
            made = self._try(submissions.put_text, SubmissionForm, values, self.round, why)
        if made is not None:
            self.made.append(made)
        return made

    def _add(
        self, verb: Callable[..., Any], kind: type[BaseModel], values: dict[str, Any], why: list[str]
    ) -> None:
        if values:
            self._try(verb, kind, values, self.above, why)

    def _try(
        self,
        verb: Callable[..., Any],
        kind: type[BaseModel],
        values: dict[str, Any],
        onto: Any,
        why: list[str],
    ) -> Any:
        """Do one thing with what one line says; None, and why, where it does not hold."""
        parsed = parse_values(kind, values)
        errors = parsed.errors
        if parsed.model is not None:
            try:
                return verb(self.db, self.actor, onto, parsed.model)
            except Refusal as refusal:
                errors = refusal.fields or {"form": refusal.message}
        why += [text if name == "form" else f"{name}: {text}" for name, text in errors.items()]
        return None
