"""The shape of a round: rubric, questions, rules, periods. Data of the round, never constants of the program."""

import hashlib
import json
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from portal.kit.errors import Invalid
from portal.kit.i18n import _
from portal.reviews.conflicts.world import Rules as ConflictRules
from portal.reviews.estimates import rubric
from portal.reviews.rounds.models.rounds import Blind, Phase

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Days = Annotated[int, Field(ge=1, le=180)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def _in(self, what: str, locale: str) -> str:
        english, chinese = getattr(self, f"{what}_en"), getattr(self, f"{what}_zh")
        return str((english or chinese) if locale == "en" else chinese)


class Level(_Part):
    """A mark that can be given, with the anchor that says what deserves it."""

    value: float = Field(ge=0, le=100)
    anchor_zh: Words = ""
    anchor_en: Words = ""

    def anchor(self, locale: str) -> str:
        """The anchor in a language."""
        return self._in("anchor", locale)


class Criterion(_Part):
    """A criterion: weight, levels from worst to best, the threshold its mean must reach, the mark that vetoes."""

    key: Key
    title_zh: Name
    title_en: Words = ""
    help_zh: Words = ""
    help_en: Words = ""
    weight: float = Field(ge=0, le=100)
    levels: tuple[Level, ...] = Field(min_length=2, max_length=11)
    threshold: float | None = None
    """The lowest mean mark that does; None: no threshold of its own."""
    veto: float | None = None
    """A mark at or below this speaks against the submission whatever else it has."""

    def title(self, locale: str) -> str:
        """The title in a language."""
        return self._in("title", locale)

    def help(self, locale: str) -> str:
        """What reviewers are told about it, in a language."""
        return self._in("help", locale)

    @model_validator(mode="after")
    def _threshold_between_levels(self) -> Self:
        low, high = self.levels[0].value, self.levels[-1].value
        if self.threshold is not None and not low <= self.threshold <= high:
            raise ValueError(_("The threshold of a criterion lies between its lowest and its highest level."))
        return self


class Question(_Part):
    """A free question, with bounds of its answer in characters."""

    key: Key
    title_zh: Name
    title_en: Words = ""
    least: int = Field(default=0, ge=0, le=5000)
    most: int = Field(default=5000, ge=1, le=20_000)

    def title(self, locale: str) -> str:
        """The question in a language."""
        return self._in("title", locale)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.least > self.most:
            raise ValueError(_("The shortest answer cannot be longer than the longest."))
        return self


class Outcome(_Part):
    """What can be decided about a submission."""

    key: Key
    title_zh: Name
    title_en: Words = ""
    kind: Literal["in", "reserve", "out"]
    letter_zh: str = Field(default="", max_length=5000)
    """Text of the letter; ``{title}``, ``{number}``, ``{round}``, ``{name}``, ``{reason}`` are filled in."""
    letter_en: str = Field(default="", max_length=5000)

    def title(self, locale: str) -> str:
        """The outcome's name in a language."""
        return self._in("title", locale)

    def letter(self, locale: str) -> str:
        """The letter's text in a language."""
        return self._in("letter", locale)


class Conflicts(_Part):
    """Periods and reach of the conflict rules; see ``conflicts.world.Rules``."""

    former_years: int = Field(default=3, ge=0, le=20)
    work_years: int = Field(default=3, ge=0, le=20)
    reviewed_years: int = Field(default=2, ge=0, le=20)
    tree_steps: int = Field(default=2, ge=0, le=9)
    applicants_may_review: bool = False

    def rules(self) -> ConflictRules:
        """The same as what the engine takes."""
        return ConflictRules(**self.model_dump())


class Staffing(_Part):
    """How experts come to submissions; see ``matching.problem.Rules``."""

    method: Literal["affinity", "lot"] = "affinity"
    reviews: int = Field(default=3, ge=1, le=15)
    seniors: int = Field(default=1, ge=0, le=15)
    of_one_organisation: int = Field(default=1, ge=0, le=15)
    crossing_percent: int = Field(default=15, ge=0, le=100)
    cap_permille: int = Field(default=500, ge=50, le=1000)
    most: int = Field(default=10, ge=1, le=60)
    """Seats of one expert at most, where the expert has room for so many."""

    @model_validator(mode="after")
    def _seniors_fit(self) -> Self:
        if self.seniors > self.reviews:
            raise ValueError(_("No more senior reviewers can be asked for than reviews."))
        return self


class Periods(_Part):
    """How long each phase lasts, in days; a phase without a number does not take place."""

    preparation: Days = 90
    """After so long without invitations the round lapses."""
    invitation: Days = 7
    review: Days = 14
    rebuttal: Days | None = None
    discussion: Days | None = None
    panel: Days | None = None
    conclusion: Days = 60
    """After so long without a conclusion the round lapses; the secretariat is reminded before."""


class Panel(_Part):
    """How the panel decides: shares of its members in percent."""

    quorum_percent: int = Field(default=67, ge=1, le=100)
    majority_percent: int = Field(default=50, ge=1, le=99)
    """A motion is carried by more than this share of the valid votes."""
    secret: bool = True


class Shape(_Part):
    """The whole shape. ``Shape.model_validate(round.shape)`` gives it back from the database."""

    blind: Blind = Blind.single
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=20)
    questions: tuple[Question, ...] = Field(default=(), max_length=20)
    outcomes: tuple[Outcome, ...] = Field(min_length=2, max_length=8)
    threshold: float | None = Field(default=None, ge=0, le=100)
    """The lowest mean overall score that does."""
    places: int | None = Field(default=None, ge=1, le=5000)
    """How many can be taken; None: whoever reaches the threshold."""
    conflicts: Conflicts = Conflicts()
    staffing: Staffing = Staffing()
    periods: Periods = Periods()
    panel: Panel = Panel()
    appeal_days: int = Field(default=10, ge=1, le=60)
    """Working days in which the applicants may appeal after their letter."""
    reveal_experts_days: int | None = Field(default=None, ge=0, le=3650)
    """Days after the conclusion at which the list of the round's experts, without what they reviewed, becomes public;
    None: never."""
    pledge_zh: str = Field(default="", max_length=5000)
    pledge_en: str = Field(default="", max_length=5000)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for what in (self.criteria, self.questions, self.outcomes):
            keys = [each.key for each in what]
            if len(keys) != len(set(keys)):
                raise ValueError(_("Two parts of the round share a key."))
        if not any(each.kind == "in" for each in self.outcomes):
            raise ValueError(_("At least one outcome takes a submission in."))
        try:
            rubric.check(self.rubric())
        except Invalid as error:
            raise ValueError(" ".join([str(error), *error.fields.values()])) from error
        return self

    def rubric(self) -> tuple[rubric.Criterion, ...]:
        """The criteria as the scores take them."""
        return tuple(
            rubric.Criterion(
                each.key, each.weight, tuple(float(level.value) for level in each.levels), each.veto
            )
            for each in self.criteria
        )

    def pledge(self, locale: str) -> str:
        """The pledge reviewers sign, in a language."""
        return self._in("pledge", locale)

    def phases(self) -> tuple[Phase, ...]:
        """The phases that take place, in order, from preparation to conclusion."""
        return tuple(
            phase
            for phase in Phase
            if phase is not Phase.over and getattr(self.periods, phase.value) is not None
        )

    def after(self, phase: Phase) -> Phase:
        """The phase that follows; ``over`` after the conclusion."""
        left = self.phases()
        place = left.index(phase)
        return left[place + 1] if place + 1 < len(left) else Phase.over

    def days(self, phase: Phase) -> int:
        """How long a phase lasts. ``ValueError`` where it does not take place."""
        days = None if phase is Phase.over else getattr(self.periods, phase.value)
        if days is None:
            raise ValueError(f"{phase} does not take place")
        return int(days)

    def outcome(self, key: str) -> Outcome | None:
        """The outcome of that key."""
        return next((each for each in self.outcomes if each.key == key), None)

    def digest(self) -> str:
        """SHA-256 of the canonical JSON, in hex."""
        return digest_of(self.model_dump(mode="json"))


def digest_of(value: object) -> str:
    """SHA-256, in hex, of a value's JSON with sorted keys and no spaces (UTF-8)."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
