"""What reviewers, applicants and the secretariat type, and when a review is complete."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue
from starlette.datastructures import FormData

from portal.kit.errors import Clash, Invalid
from portal.kit.forms import Parsed, clean, parse_values
from portal.kit.i18n import N_, _, ngettext
from portal.kit.typed import WHOLE, Flag, Text, text
from portal.reviews.estimates import rubric
from portal.reviews.rounds.shape import Key, Shape, digest_of

MARK, ANSWER = "mark.", "answer."
"""Beginnings of the fields' names, in the form and in errors."""
MOST_DRAFT = 40_000
"""Characters of one answer in a draft: more than any question takes, so that a long one can be shortened later."""
MOST_NOTE = 10_000
CONFIDENCES = (
    (1, N_("1: an educated guess")),
    (2, N_("2: I know the field from afar")),
    (3, N_("3: fairly sure")),
    (4, N_("4: sure; I work in this field")),
    (5, N_("5: certain; I know work of this kind in detail")),
)
Reason = Annotated[
    Text, AfterValidator(str.strip), Field(min_length=4, max_length=1000, json_schema_extra=text(4))
]
"""A reason others can understand."""


ONLY_KEYS: dict[str, JsonValue] = {"additionalProperties": False}
"""A pattern for keys alone would let every other key have any value."""


class ReviewForm(BaseModel):
    """A review as it is written: whatever is there, complete or not. ``revision`` is the one it was begun from."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "revision": 0,
                "marks": {"merit": 4},
                "answers": {"strengths": "…"},
                "private_note": "",
                "confidence": 3,
                "auto_submit": True,
            }
        },
    )

    revision: Annotated[int, Field(ge=0, le=2**31 - 1), WHOLE]
    marks: dict[Key, Annotated[float, WHOLE]] = Field(
        default_factory=dict, description="Criterion -> level", json_schema_extra=ONLY_KEYS
    )
    answers: dict[Key, Annotated[Text, Field(max_length=MOST_DRAFT)]] = Field(
        default_factory=dict, description="Question -> answer", json_schema_extra=ONLY_KEYS
    )
    private_note: Annotated[Text, Field(max_length=MOST_NOTE)] = Field(
        default="", description="For the secretariat alone"
    )
    confidence: Annotated[int, Field(ge=1, le=5), WHOLE] | None = None
    auto_submit: Flag = Field(
        default=True, description="Whether a complete draft counts as submitted when the time is over"
    )


class SubmitForm(BaseModel):
    """Which saved revision is handed in."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"revision": 7}})

    revision: Annotated[int, Field(ge=0, le=2**31 - 1), WHOLE]


class ReturnKind(StrEnum):
    """Why the secretariat gives a review back. There is no kind about what it says."""

    short = "short"
    rubric = "rubric"

    @property
    def label(self) -> str:
        """Message id of the kind's name."""
        return {
            "short": N_("Too short to be understood by the applicants"),
            "rubric": N_("Not about the criteria of this round"),
        }[self.value]


class ReturnForm(BaseModel):
    """A review is given back."""

    kind: ReturnKind
    reason: Reason


class ReasonForm(BaseModel):
    """A reason that has to be given."""

    reason: Reason


class RevisionForm(BaseModel):
    """New marks in the discussion, with the reason that the others read."""

    marks: dict[Key, float]
    reason: Reason


class MessageForm(BaseModel):
    """Something said in the discussion."""

    text: Annotated[
        Text, AfterValidator(str.strip), Field(min_length=1, max_length=5000, json_schema_extra=text(1))
    ]


LEAST_REBUTTAL, MOST_REBUTTAL = 20, 5000


class RebuttalForm(BaseModel):
    """The applicants' answer, as far as it is written."""

    revision: int = Field(ge=0, le=2**31 - 1)
    text: Annotated[Text, Field(max_length=10_000)] = ""
    auto_submit: bool = False


@dataclass(frozen=True)
class Said:
    """A review as it would be."""

    marks: Mapping[str, float]
    answers: Mapping[str, str]
    private_note: str
    confidence: int | None

    @classmethod
    def of(cls, review: Any, marks: Mapping[str, float]) -> "Said":
        """A review with other marks."""
        return cls(marks, review.answers, review.private_note, review.confidence)


def marks_of(form: FormData | Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The marks a form gives, as typed; criteria without a mark are left out."""
    found = {}
    for criterion in shape.criteria:
        value = form.get(MARK + criterion.key)
        if isinstance(value, str) and value.strip():
            found[criterion.key] = value.strip()
    return found


def read(form: FormData | Mapping[str, Any], shape: Shape) -> Parsed[ReviewForm]:
    """The review in a form of the page. Fields of other criteria and questions than the round's are not looked at."""
    values: dict[str, Any] = {
        "revision": form.get("revision"),
        "marks": marks_of(form, shape),
        "answers": {
            question.key: clean(value)
            for question in shape.questions
            if isinstance(value := form.get(ANSWER + question.key), str)
        },
        "private_note": clean(str(form.get("private_note") or "")),
        "confidence": form.get("confidence") or None,
        "auto_submit": bool(form.get("auto_submit")),
    }
    parsed = parse_values(ReviewForm, values)
    parsed.errors = {
        name.replace("marks.", MARK).replace("answers.", ANSWER): why for name, why in parsed.errors.items()
    }
    return parsed


def content(review: Any) -> dict[str, Any]:
    """What is said: of a form, a seat or a version alike. Answers without spaces around them, empty ones left out."""
    return {
        "marks": {key: float(mark) for key, mark in sorted(review.marks.items())},
        "answers": {key: said for key, raw in sorted(review.answers.items()) if (said := raw.strip())},
        "private_note": review.private_note.strip(),
        "confidence": review.confidence,
    }


def digest(review: Any) -> str:
    """SHA-256, in hex, of the canonical JSON of ``content``."""
    return digest_of(content(review))


def check(shape: Shape, review: Any) -> None:
    """Refuse what no review of this round can hold, complete or not: other criteria or questions, marks that are no
    level. Lengths are looked at when it is handed in."""
    levels = {one.key: {float(level.value) for level in one.levels} for one in shape.criteria}
    questions = {one.key for one in shape.questions}
    wrong = {}
    for key, mark in review.marks.items():
        if key not in levels:
            wrong[MARK + key] = _("The rubric has no such criterion.")
        elif mark not in levels[key]:
            wrong[MARK + key] = _("This mark is not a level of the criterion.")
    for key in review.answers:
        if key not in questions:
            wrong[ANSWER + key] = _("This round does not ask that.")
    if wrong:
        raise Clash(_("Please correct the marked fields."), fields=wrong)


def complete(shape: Shape, review: Any) -> rubric.Overall:
    """The score of a review that can be handed in; ``Invalid`` names every mark and answer that is not right yet."""
    wrong: dict[str, str] = {}
    overall = None
    try:
        overall = rubric.overall(shape.rubric(), review.marks)
    except Invalid as refusal:
        wrong |= {MARK + key: why for key, why in refusal.fields.items()}
    for question in shape.questions:
        length = len(review.answers.get(question.key, "").strip())
        if length < question.least:
            wrong[ANSWER + question.key] = ngettext(
                "At least %(n)s character.", "At least %(n)s characters.", question.least
            )
        elif length > question.most:
            wrong[ANSWER + question.key] = ngettext(
                "At most %(n)s character.", "At most %(n)s characters.", question.most
            )
    if wrong or overall is None:
        raise Clash(
            _("The review is not complete."), hint=_("It is kept as a draft in the meantime."), fields=wrong
        )
    return overall


def is_complete(shape: Shape, review: Any) -> bool:
    """Whether it could be handed in as it is."""
    try:
        complete(shape, review)
    except Invalid:
        return False
    return True


def score_so_far(shape: Shape, marks: Mapping[str, float]) -> float | None:
    """The overall score of the criteria marked so far, 0 to 100; None while no mark that weighs anything is given."""
    marked = [one for one in shape.rubric() if one.key in marks]
    if sum(one.weight for one in marked) <= 0:
        return None
    return rubric.overall(marked, {one.key: marks[one.key] for one in marked}).score
