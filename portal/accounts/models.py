"""Tables of people: accounts, sessions, roles, tokens, namespaces."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from portal.kit.i18n import N_
from portal.kit.states import Transitions
from portal.kit.tables import StampedTable, Table, enum_field, instant_field


class Role(StrEnum):
    """Platform-wide roles of DOMAIN 2. Publisher and organisation admin are held in an organisation, not here."""

    reviewer = "reviewer"
    secretariat = "secretariat"
    certifier = "certifier"
    promotion_committee = "promotion_committee"
    node_operator = "node_operator"
    system_admin = "system_admin"
    security_admin = "security_admin"
    auditor = "auditor"

    @property
    def label(self) -> str:
        """Message id of the role's name."""
        return _ROLE_LABELS[self.value]


_ROLE_LABELS = {
    "reviewer": N_("Reviewer"),
    "secretariat": N_("Secretariat"),
    "certifier": N_("Certifier"),
    "promotion_committee": N_("Promotion committee"),
    "node_operator": N_("Node operator"),
    "system_admin": N_("System administrator"),
    "security_admin": N_("Security administrator"),
    "auditor": N_("Auditor"),
}

SEPARATED = frozenset({Role.system_admin, Role.security_admin, Role.auditor})
"""Separation of duties (等保 role separation): nobody holds two of these."""


class AccountState(StrEnum):
    """Whether an account can be used."""

    active = "active"
    locked = "locked"
    closed = "closed"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {"active": N_("Active"), "locked": N_("Locked"), "closed": N_("Closed")}[self.value]


ACCOUNT_TRANSITIONS: Transitions[AccountState] = {
    AccountState.active: {
        AccountState.locked: frozenset({"security_admin", "system"}),
        AccountState.closed: frozenset({"self"}),
    },
    AccountState.locked: {
        AccountState.active: frozenset({"security_admin"}),
        AccountState.closed: frozenset({"security_admin"}),
    },
}


class Account(StampedTable, table=True):
    """A person. ``email`` is stored lower-case; ``sort_key`` is the name in pinyin (database collation is C)."""

    __tablename__ = "account"

    email: str = Field(max_length=320, unique=True)
    name: str = Field(max_length=100)
    sort_key: str = Field(max_length=400, index=True)
    password_hash: str
    state: AccountState = enum_field(AccountState, AccountState.active, name="state")
    locale: str = Field(default="zh_Hans", max_length=10)
    affiliation: str = Field(default="", max_length=200)
    orcid: str = Field(default="", max_length=19)
    bio: str = Field(default="", max_length=2000)
    demo: bool = False
    closes_at: dt.datetime | None = instant_field(nullable=True, index=True)
    """The owner asked to close the account: it happens at this instant, unless it is undone before."""


class Namespace(StampedTable, table=True):
    """A short name under which assets stand: a person's or an organisation's. Never reused."""

    __tablename__ = "namespace"
    __table_args__ = (CheckConstraint("num_nonnulls(account_id, organisation_id) = 1", name="one_owner"),)

    slug: str = Field(max_length=40, unique=True)
    display_name: str = Field(max_length=200)
    account_id: uuid.UUID | None = Field(default=None, foreign_key="account.id", unique=True)
    organisation_id: uuid.UUID | None = Field(default=None, foreign_key="organisation.id", unique=True)


class AccountRole(Table, table=True):
    """A platform role somebody was given."""

    __tablename__ = "account_role"
    __table_args__ = (UniqueConstraint("account_id", "role"),)

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    role: Role = enum_field(Role, name="role")
    granted_by: uuid.UUID | None = Field(default=None, foreign_key="account.id")
    granted_at: dt.datetime = instant_field(default_now=True)


class BrowserSession(Table, table=True):
    """A signed-in browser. The cookie's secret is stored as its digest only."""

    __tablename__ = "browser_session"

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    secret_digest: str = Field(max_length=64, unique=True)
    created_at: dt.datetime = instant_field(default_now=True)
    seen_at: dt.datetime = instant_field(default_now=True)
    expires_at: dt.datetime = instant_field()
    address: str = Field(default="", max_length=64)
    user_agent: str = Field(default="", max_length=300)
    pending: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """The password was right, the second factor is still to come: such a row opens nothing but that step."""
    second_factor_at: dt.datetime | None = instant_field(nullable=True)
    confirmed_at: dt.datetime | None = instant_field(nullable=True)
    """When the owner last proved to be there: by a factor, or by the password where there is none."""
    challenge: str = Field(default="", max_length=120, sa_column_kwargs={"server_default": ""})
    """The WebAuthn challenge this browser was given last (base64url); used once."""


class TotpSecret(StampedTable, table=True):
    """The authenticator app of an account (RFC 6238). Unconfirmed until a first code was right."""

    __tablename__ = "totp_secret"

    account_id: uuid.UUID = Field(foreign_key="account.id", unique=True, ondelete="CASCADE")
    sealed: str = Field(max_length=400)
    """The shared secret, encrypted under the installation's key."""
    last_step: int = Field(default=0, sa_type=BigInteger)
    """The newest time step that was used: it and everything older is refused, so a code works once."""
    confirmed_at: dt.datetime | None = instant_field(nullable=True)


class RecoveryCode(Table, table=True):
    """One way in without the factor, usable once; 80 random bits kept as their digest."""

    __tablename__ = "recovery_code"

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    secret_digest: str = Field(max_length=64, unique=True)
    created_at: dt.datetime = instant_field(default_now=True)
    used_at: dt.datetime | None = instant_field(nullable=True)


class WebauthnKey(StampedTable, table=True):
    """A security key or passkey of an account. Bytes are kept as base64url."""

    __tablename__ = "webauthn_key"

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    name: str = Field(max_length=80)
    credential_id: str = Field(max_length=1400, unique=True)
    public_key: str
    sign_count: int = Field(default=0, sa_type=BigInteger)
    transports: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    used_at: dt.datetime | None = instant_field(nullable=True)


class Scope(StrEnum):
    """What an access token may do."""

    read = "read"
    write = "write"
    evaluate = "evaluate"

    @property
    def label(self) -> str:
        """Message id of what the scope allows."""
        return {
            "read": N_("Read what you may see"),
            "write": N_("Create assets and push versions"),
            "evaluate": N_("Submit and cancel evaluations"),
        }[self.value]


class AccessToken(Table, table=True):
    """A personal access token (prefix ``cspon_``); stored as its digest only."""

    __tablename__ = "access_token"

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    name: str = Field(max_length=80)
    secret_digest: str = Field(max_length=64, unique=True)
    hint: str = Field(max_length=16)
    scopes: list[str] = Field(sa_type=ARRAY(Text))
    created_at: dt.datetime = instant_field(default_now=True)
    expires_at: dt.datetime = instant_field()
    used_at: dt.datetime | None = instant_field(nullable=True)
    revoked_at: dt.datetime | None = instant_field(nullable=True)


class ResetToken(Table, table=True):
    """A way to set a new password, sent by mail, usable once."""

    __tablename__ = "reset_token"

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    secret_digest: str = Field(max_length=64, unique=True)
    created_at: dt.datetime = instant_field(default_now=True)
    expires_at: dt.datetime = instant_field()
    used_at: dt.datetime | None = instant_field(nullable=True)


class KnownPlace(Table, table=True):
    """Where an account signed in from: a keyed digest of network and browser family, nothing that can be read."""

    __tablename__ = "known_place"
    __table_args__ = (UniqueConstraint("account_id", "digest"),)

    account_id: uuid.UUID = Field(foreign_key="account.id", ondelete="CASCADE")
    digest: str = Field(max_length=64)
    seen_at: dt.datetime = instant_field(default_now=True, index=True)


class SignUp(Table, table=True):
    """A sign-up whose address is not proved yet. Deleted once it is, or when the link is too old."""

    __tablename__ = "sign_up"

    email: str = Field(max_length=320, index=True)
    name: str = Field(max_length=100)
    namespace: str = Field(default="", max_length=40)
    password_hash: str
    locale: str = Field(max_length=10)
    onward: str = Field(default="/", max_length=300)
    secret_digest: str = Field(max_length=64, unique=True)
    created_at: dt.datetime = instant_field(default_now=True)
    expires_at: dt.datetime = instant_field(index=True)


class EmailChange(Table, table=True):
    """A new mail address that is not proved yet."""

    __tablename__ = "email_change"

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    email: str = Field(max_length=320)
    secret_digest: str = Field(max_length=64, unique=True)
    created_at: dt.datetime = instant_field(default_now=True)
    expires_at: dt.datetime = instant_field(index=True)


class ExportState(StrEnum):
    """How far an export of one's own data has come."""

    requested = "requested"
    ready = "ready"
    failed = "failed"
    expired = "expired"

    @property
    def label(self) -> str:
        """Message id of the state's name."""
        return {
            "requested": N_("Being collected"),
            "ready": N_("Ready to download"),
            "failed": N_("Export failed"),
            "expired": N_("Deleted after seven days"),
        }[self.value]

    @property
    def level(self) -> str:
        """Level of the state's tag."""
        return {"requested": "info", "ready": "good", "failed": "bad", "expired": "neutral"}[self.value]


DATA_EXPORT_TRANSITIONS: Transitions[ExportState] = {
    ExportState.requested: {
        ExportState.ready: frozenset({"system"}),
        ExportState.failed: frozenset({"system"}),
    },
    ExportState.ready: {ExportState.expired: frozenset({"system"})},
}


class DataExport(StampedTable, table=True):
    """A person's own data as a ZIP. Kept in the row, not in the file store: it must go again after seven days."""

    __tablename__ = "data_export"

    account_id: uuid.UUID = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    state: ExportState = enum_field(ExportState, ExportState.requested, name="state")
    deadline_at: dt.datetime = instant_field(index=True)
    """Being collected, it has failed after this; ready, it is deleted after this."""
    size: int = Field(default=0, sa_type=BigInteger)
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
