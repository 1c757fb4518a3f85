"""What is reviewed, who stands behind it, and whom they asked not to have."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field, json_field


class SubmissionState(StrEnum):
    """How far a submission has come in its round."""

    entered = "entered"
    withdrawn = "withdrawn"
    decided = "decided"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "entered": N_("In the round"),
            "withdrawn": N_("Submission withdrawn"),
            "decided": N_("Submission decided"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"entered": "busy", "decided": "good"}.get(self.value, "neutral")


SUBMISSION_TRANSITIONS: Transitions[SubmissionState] = {
    SubmissionState.entered: {
        SubmissionState.withdrawn: frozenset({"applicant", "secretariat", "system"}),
        SubmissionState.decided: frozenset({"secretariat"}),
    },
    # An appeal that is upheld opens the decision again.
    SubmissionState.decided: {SubmissionState.entered: frozenset({"secretariat"})},
}


class Submission(StampedTable, table=True):
    """Something to be reviewed: an object of the portal by kind and id, or a text of its own."""

    __tablename__ = "review_submission"
    __table_args__ = (UniqueConstraint("round_id", "number"),)

    round_id: uuid.UUID = Field(foreign_key="review_round.id", index=True)
    number: int
    """From 1 in the order of entry; what everybody calls it by."""
    subject_kind: str = Field(default="", max_length=40)
    subject_id: uuid.UUID | None = Field(default=None, nullable=True, index=True)
    title: str = Field(max_length=300)
    text: str = Field(default="", max_length=60_000)
    """Markdown. In a double blind round it names nobody; whoever enters it confirms that."""
    panel: str = Field(default="", max_length=60)
    """The panel (subject group) it belongs to; empty where the round has only one."""
    disciplines: list[str] = json_field(list)
    keywords: list[str] = json_field(list)
    evidence: list[dict[str, str]] = json_field(list)
    """What the reviewers see beside it, frozen with it: ``subjects.Evidence`` as objects."""
    digest: str = Field(default="", max_length=64)
    """SHA-256 of what reviewers read, set when the round invites: that is what was reviewed."""
    state: SubmissionState = enum_field(SubmissionState, SubmissionState.entered, name="state")
    state_reason: str = Field(default="", max_length=2000)
    outcome: str = Field(default="", max_length=40)
    """Key of an outcome of the shape; empty before the decision."""
    outcome_reason: str = Field(default="", max_length=5000)
    decided_at: dt.datetime | None = instant_field(nullable=True)
    entered_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    demo: bool = False


class SubmissionPerson(Table, table=True):
    """Somebody behind a submission: an account, or a name with an organisation."""

    __tablename__ = "review_submission_person"
    __table_args__ = (
        UniqueConstraint("submission_id", "account_id"),
        CheckConstraint("account_id IS NOT NULL OR name <> ''", name="somebody"),
    )

    submission_id: uuid.UUID = Field(foreign_key="review_submission.id", index=True, ondelete="CASCADE")
    account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id", index=True, nullable=True)
    name: str = Field(default="", max_length=100)
    orcid: str = Field(default="", max_length=19)
    organisation_id: uuid.UUID | None = Field(
        default=None, foreign_key="organisation.id", index=True, nullable=True
    )
    organisation_name: str = Field(default="", max_length=200)
    credit_code: str = Field(default="", max_length=18)
    lead: bool = False
    """Receives the letter, answers the reviewers, may appeal."""


class SubmissionExclusion(Table, table=True):
    """Whom the applicants asked not to have: an expert of the portal, a name, an organisation."""

    __tablename__ = "review_exclusion"
    __table_args__ = (
        CheckConstraint(
            "account_id IS NOT NULL OR organisation_id IS NOT NULL OR name <> '' OR organisation_name <> ''",
            name="somebody",
        ),
    )

    submission_id: uuid.UUID = Field(foreign_key="review_submission.id", index=True, ondelete="CASCADE")
    account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id", index=True, nullable=True)
    name: str = Field(default="", max_length=100)
    organisation_id: uuid.UUID | None = Field(
        default=None, foreign_key="organisation.id", index=True, nullable=True
    )
    organisation_name: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=1000)
