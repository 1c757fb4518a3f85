"""What all tables share: a time-ordered key, instants with a zone, enums as checked text."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from portal.kit.clock import now
from portal.kit.ids import new_id

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
SQLModel.metadata.naming_convention = MetaData(naming_convention=NAMING).naming_convention


class EnumText(TypeDecorator[StrEnum]):
    """A StrEnum kept as text; what comes back is the enum again."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__(length=40)
        self.kind = kind

    def process_bind_param(self, value: StrEnum | str | None, dialect: Any) -> str | None:  # noqa: ARG002
        """Refuse what is no member before the database has to."""
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: Any, dialect: Any) -> StrEnum | None:  # noqa: ARG002
        """The member of that value."""
        return None if value is None else self.kind(value)


def enum_field(kind: type[StrEnum], default: StrEnum | None = None, *, index: bool = False, name: str) -> Any:
    """A column for ``kind`` with a CHECK of its values. ``name`` is the column's (the CHECK needs it)."""
    values = ", ".join(f"'{member.value}'" for member in kind)
    column: Column[Any] = Column(
        name,
        EnumText(kind),
        CheckConstraint(f"{name} IN ({values})", name=name),
        nullable=False,
        index=index,
        default=default,
    )
    return Field(default=default, sa_column=column) if default is not None else Field(sa_column=column)


def instant_field(*, nullable: bool = False, index: bool = False, default_now: bool = False) -> Any:
    """A ``timestamptz`` column."""
    extra: dict[str, Any] = {"default_factory": now} if default_now else {"default": None}
    return Field(
        sa_type=DateTime(timezone=True),
        nullable=nullable,
        index=index,
        **extra,
    )


HOLDS_BLOBS = "holds blobs"
"""Mark of a column whose values are digests of stored files: the sweep leaves those alone."""


def json_field(default: Any = dict, *, nullable: bool = False, holds_blobs: bool = False) -> Any:
    """A ``jsonb`` column. ``holds_blobs``: an object whose values are SHA-256 of stored files that must stay."""
    kwargs = {"info": {HOLDS_BLOBS: True}} if holds_blobs else {}
    return Field(default_factory=default, sa_type=JSONB, nullable=nullable, sa_column_kwargs=kwargs)


class Table(SQLModel):
    """Base of all tables: a UUID of version 7, so that the newest sort last."""

    id: uuid.UUID = Field(default_factory=new_id, primary_key=True)


class StampedTable(Table):
    """A table whose rows know when they came into being and when they changed."""

    created_at: dt.datetime = instant_field(default_now=True)
    updated_at: dt.datetime = instant_field(default_now=True)

    def touch(self) -> None:
        """Say that the row has changed; caches of its rendering key on this."""
        self.updated_at = now()
