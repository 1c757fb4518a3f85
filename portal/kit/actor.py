"""Who acts: the same small, immutable thing for a browser session, a token, a job and nobody."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody (or nobody, or the system) with what policies ask about."""

    id: uuid.UUID | None = None
    name: str = ""
    namespace: str = ""
    namespace_id: uuid.UUID | None = None
    roles: frozenset[str] = frozenset()
    organisations: Mapping[uuid.UUID, str] = field(default_factory=dict)
    """Organisation id -> role there (``member`` or ``admin`` or ``publisher``)."""
    namespaces: frozenset[uuid.UUID] = frozenset()
    """Namespaces in which the actor may publish: the own one, and those of organisations."""
    scopes: frozenset[str] | None = None
    """None for a browser session; for a token, what it may do."""
    locale: str | None = None
    unread: int = 0
    session_id: uuid.UUID | None = None
    second_factor: bool = True
    """False for a browser session that no second factor has proved; jobs and tokens were proved when they were made."""
    held_back: bool = False
    """Whether the account has rights that this session does not have until a second factor proves it."""
    confirmed_at: dt.datetime | None = None
    """When the person last proved to be the account's owner in this session."""
    is_system: bool = False

    @property
    def is_anonymous(self) -> bool:
        """Nobody is signed in."""
        return self.id is None and not self.is_system

    def has(self, *roles: str) -> bool:
        """Whether the actor holds one of the roles (names of DOMAIN)."""
        return self.is_system or not self.roles.isdisjoint(roles)

    def may(self, scope: str) -> bool:
        """Whether the way of signing in allows this scope; a browser session allows all."""
        return self.scopes is None or scope in self.scopes


NOBODY = Actor()
SYSTEM = Actor(name="system", is_system=True, roles=frozenset({"system"}))
