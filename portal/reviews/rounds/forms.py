"""What people type about rounds, submissions, invitations and deadlines."""

import datetime as dt
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from portal.accounts.forms import Slug
from portal.experts.forms import Codes, Keywords, credit_code_of, orcid_of
from portal.kit.clock import SHANGHAI
from portal.kit.i18n import _
from portal.kit.typed import Flag, Line, Text, text
from portal.reviews.rounds.models import DeclineReason

Reason = Annotated[
    Text, AfterValidator(str.strip), Field(min_length=4, max_length=1000, json_schema_extra=text(4))
]
Key = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[a-z][a-z0-9-]{1,59}$")]
Panel = Annotated[Line, Field(max_length=60)]
LONGEST_OUTAGE = dt.timedelta(days=7)


def _instant(value: dt.datetime) -> dt.datetime:
    """What a form says without a zone is said in Asia/Shanghai."""
    return value.replace(tzinfo=SHANGHAI) if value.tzinfo is None else value


Instant = Annotated[dt.datetime, AfterValidator(_instant)]


class TemplateForm(BaseModel):
    """What a template is called and where its numbers come from."""

    key: Key
    title_zh: Annotated[Line, Field(min_length=2, max_length=200)]
    title_en: Annotated[Line, Field(max_length=200)] = ""
    source: Annotated[Line, Field(min_length=4, max_length=500)]


class RoundForm(BaseModel):
    """A round: what it is called and what it is held for."""

    title_zh: Annotated[Line, Field(min_length=4, max_length=200)]
    title_en: Annotated[Line, Field(max_length=200)] = ""
    summary_zh: Annotated[Text, Field(max_length=5000)] = ""
    summary_en: Annotated[Text, Field(max_length=5000)] = ""
    public: Flag = False
    subject_kind: Annotated[Line, Field(max_length=40)] = ""
    subject: Annotated[Line, Field(max_length=300)] = ""


class NewRoundForm(RoundForm):
    """The same with the template it begins from."""

    template: Key


class SubmissionForm(BaseModel):
    """A text to be reviewed."""

    title: Annotated[Line, Field(min_length=4, max_length=300)]
    text: Annotated[Text, Field(min_length=20, max_length=60_000)]
    panel: Panel = ""
    disciplines: Codes = Field(default_factory=list)
    keywords: Keywords = Field(default_factory=list)
    anonymous: Flag = False


class SubjectForm(BaseModel):
    """Something of the portal to be reviewed: its kind and its address or name."""

    kind: Annotated[Line, Field(min_length=1, max_length=40)]
    address: Annotated[Line, Field(min_length=1, max_length=300)]
    panel: Panel = ""
    anonymous: Flag = False


class _Somebody(BaseModel):
    person: Slug = ""
    name: Annotated[Line, Field(max_length=100)] = ""
    organisation: Slug = ""
    organisation_name: Annotated[Line, Field(max_length=200)] = ""


class PersonForm(_Somebody):
    """Somebody behind a submission: a member of the portal by short name, or a name."""

    orcid: Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(orcid_of)] = ""
    credit_code: Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(credit_code_of)] = ""
    lead: Flag = False

    @model_validator(mode="after")
    def _somebody(self) -> "PersonForm":
        if not (self.person or self.name):
            raise ValueError(_("Please give the short name of a member, or a name."))
        return self


class ExclusionForm(_Somebody):
    """Whom the applicants ask not to have: a person, or everybody of an organisation."""

    reason: Annotated[Text, Field(max_length=1000)] = ""

    @model_validator(mode="after")
    def _somebody(self) -> "ExclusionForm":
        if not (self.person or self.name or self.organisation or self.organisation_name):
            raise ValueError(_("Please name a person or an organisation."))
        return self


class PlanForm(BaseModel):
    """Experts to be invited, by short name: one a line or between commas."""

    experts: Annotated[Text, Field(min_length=1, max_length=10_000)]
    panel: Panel = ""


class SeatForm(BaseModel):
    """A seat given by hand."""

    expert: Annotated[Slug, StringConstraints(min_length=2)]
    number: int = Field(ge=1, le=100_000)


class AnswerForm(BaseModel):
    """An expert's answer to an invitation. To accept is to sign the pledge."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "if": {"properties": {"accept": {"const": True}}, "required": ["accept"]},
            "then": {"properties": {"pledge": {"const": True}}, "required": ["pledge"]},
        },
    )

    accept: Flag = Field(description="Whether the expert reviews in this round")
    pledge: Flag = Field(default=False, description="The pledge of the round is signed; needed to accept")
    declined_for: DeclineReason = DeclineReason.none
    reason: Annotated[Text, Field(max_length=1000)] = ""
    suggestion: Annotated[Line, Field(max_length=300)] = Field(default="", description="Whom to ask instead")

    @model_validator(mode="after")
    def _signed(self) -> "AnswerForm":
        if self.accept and not self.pledge:
            raise ValueError(_("Only those who sign the pledge can review."))
        return self


class ReasonForm(BaseModel):
    """A decision that needs a reason."""

    reason: Reason


class ExtendForm(ReasonForm):
    """A later end of the present phase."""

    until: Instant


class OutageForm(ReasonForm):
    """When the portal could not be reached."""

    began: Instant
    ended: Instant

    @model_validator(mode="after")
    def _in_order(self) -> "OutageForm":
        if not dt.timedelta() < self.ended - self.began <= LONGEST_OUTAGE:
            raise ValueError(_("An outage ends after it begins, and within seven days."))
        return self
