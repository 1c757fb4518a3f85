"""Tables of organisations."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, column
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field


class OrganisationKind(StrEnum):
    """What an organisation is."""

    university = "university"
    institute = "institute"
    company = "company"
    government = "government"
    association = "association"

    @property
    def label(self) -> str:
        """Message id of the kind's name."""
        return {
            "university": N_("University"),
            "institute": N_("Research institute"),
            "company": N_("Company"),
            "government": N_("Government body"),
            "association": N_("Association"),
        }[self.value]


class Verification(StrEnum):
    """How far the secretariat's check of an organisation has come."""

    unverified = "unverified"
    requested = "requested"
    verified = "verified"
    refused = "refused"
    revoked = "revoked"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "unverified": N_("Not verified"),
            "requested": N_("Verification requested"),
            "verified": N_("Verified"),
            "refused": N_("Verification refused"),
            "revoked": N_("Verification revoked"),
        }[self.value]


VERIFICATION_TRANSITIONS: Transitions[Verification] = {
    Verification.unverified: {Verification.requested: frozenset({"organisation_admin"})},
    Verification.requested: {
        Verification.verified: frozenset({"secretariat"}),
        Verification.refused: frozenset({"secretariat"}),
        # A change of name or code during the check withdraws the request.
        Verification.unverified: frozenset({"organisation_admin"}),
    },
    Verification.refused: {Verification.requested: frozenset({"organisation_admin"})},
    Verification.verified: {
        Verification.revoked: frozenset({"secretariat"}),
        # What was checked has changed, so the check no longer holds.
        Verification.unverified: frozenset({"organisation_admin"}),
    },
    Verification.revoked: {Verification.requested: frozenset({"organisation_admin"})},
}


class MemberRole(StrEnum):
    """What a member may do for the organisation."""

    member = "member"
    publisher = "publisher"
    admin = "admin"

    @property
    def label(self) -> str:
        """Message id of the role's name."""
        return {
            "member": N_("Member"),
            "publisher": N_("Publisher"),
            "admin": N_("Organisation administrator"),
        }[self.value]


class Organisation(StampedTable, table=True):
    """An organisation. ``credit_code`` is its unified social credit code (GB 32100-2015), unique once verified."""

    __tablename__ = "organisation"
    __table_args__ = (
        # Not unique before it is verified: else anybody could block an organisation by registering its public code.
        Index(
            "uq_organisation_credit_code",
            "credit_code",
            unique=True,
            postgresql_where=column("verification") == "verified",
        ),
    )

    name: str = Field(max_length=200)
    name_en: str = Field(default="", max_length=200)
    sort_key: str = Field(max_length=800, index=True)
    kind: OrganisationKind = enum_field(OrganisationKind, name="kind")
    credit_code: str = Field(max_length=18, index=True)
    division_code: str = Field(default="", max_length=6)
    website: str = Field(default="", max_length=300)
    summary: str = Field(default="", max_length=2000)
    verification: Verification = enum_field(
        Verification, Verification.unverified, name="verification", index=True
    )
    verification_statement: str = Field(default="", max_length=2000)
    verification_reason: str = Field(default="", max_length=1000)
    verification_at: dt.datetime | None = instant_field(nullable=True)
    similar_to: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    """Short name of the verified organisation that this one's is easily taken for; whoever registered it went on."""
    demo: bool = False


class Membership(Table, table=True):
    """Somebody in an organisation."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("organisation_id", "account_id"),)

    organisation_id: uuid.UUID = Field(foreign_key="organisation.id", index=True)
    account_id: uuid.UUID = Field(foreign_key="account.id", index=True)
    role: MemberRole = enum_field(MemberRole, MemberRole.member, name="role")
    joined_at: dt.datetime = instant_field(default_now=True)


class InvitationState(StrEnum):
    """How far an invitation has come."""

    open = "open"
    accepted = "accepted"
    declined = "declined"
    withdrawn = "withdrawn"
    expired = "expired"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "open": N_("Open"),
            "accepted": N_("Accepted"),
            "declined": N_("Declined"),
            "withdrawn": N_("Withdrawn"),
            "expired": N_("Expired"),
        }[self.value]


INVITATION_TRANSITIONS: Transitions[InvitationState] = {
    InvitationState.open: {
        InvitationState.accepted: frozenset({"invitee"}),
        InvitationState.declined: frozenset({"invitee"}),
        InvitationState.withdrawn: frozenset({"organisation_admin"}),
        InvitationState.expired: frozenset({"system"}),
    },
}


class Invitation(Table, table=True):
    """An invitation by mail address; the mail's link carries a secret of which the digest is kept."""

    __tablename__ = "invitation"

    organisation_id: uuid.UUID = Field(foreign_key="organisation.id", index=True)
    email: str = Field(max_length=320, index=True)
    role: MemberRole = enum_field(MemberRole, MemberRole.member, name="role")
    secret_digest: str = Field(max_length=64, unique=True)
    state: InvitationState = enum_field(InvitationState, InvitationState.open, name="state")
    invited_by: uuid.UUID = Field(foreign_key="account.id")
    created_at: dt.datetime = instant_field(default_now=True)
    expires_at: dt.datetime = instant_field()


class LinkState(StrEnum):
    """How far a place under another organisation has come."""

    proposed = "proposed"
    in_force = "in_force"
    refused = "refused"
    withdrawn = "withdrawn"
    lapsed = "lapsed"
    ended = "ended"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "proposed": N_("Proposed to the secretariat"),
            "in_force": N_("In force now"),
            "refused": N_("Proposal refused"),
            "withdrawn": N_("Proposal withdrawn"),
            "lapsed": N_("Proposal lapsed undecided"),
            "ended": N_("Ended"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"proposed": "busy", "in_force": "good"}.get(self.value, "neutral")


LINK_TRANSITIONS: Transitions[LinkState] = {
    LinkState.proposed: {
        LinkState.in_force: frozenset({"secretariat"}),
        LinkState.refused: frozenset({"secretariat"}),
        LinkState.withdrawn: frozenset({"organisation_admin"}),
        LinkState.lapsed: frozenset({"system"}),
    },
    # Ended by the secretariat, or because a later place takes over.
    LinkState.in_force: {LinkState.ended: frozenset({"secretariat"})},
}


class OrganisationLink(StampedTable, table=True):
    """An organisation belongs to another from one day until another. One at a time is in force; old ones stay."""

    __tablename__ = "organisation_link"
    __table_args__ = (
        CheckConstraint("organisation_id <> parent_id", name="not_its_own_parent"),
        CheckConstraint("until IS NULL OR until >= since", name="in_order"),
        Index(
            "uq_organisation_link_in_force",
            "organisation_id",
            unique=True,
            postgresql_where=column("state") == "in_force",
        ),
    )

    organisation_id: uuid.UUID = Field(foreign_key="organisation.id", index=True)
    parent_id: uuid.UUID = Field(foreign_key="organisation.id", index=True)
    since: dt.date
    until: dt.date | None = None
    """The last day; None while it lasts."""
    state: LinkState = enum_field(LinkState, LinkState.proposed, name="state")
    statement: str = Field(default="", max_length=2000)
    state_reason: str = Field(default="", max_length=1000)
    proposed_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    decided_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    deadline_at: dt.datetime | None = instant_field(nullable=True, index=True)
