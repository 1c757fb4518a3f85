"""Who may do what to certificates, and what a certificate is worth now. Pure."""

import datetime as dt
import uuid
from dataclasses import dataclass

from portal.kit.actor import Actor
from registry.assets.policy import can_edit
from registry.certification.models import ISSUED, CertificateState, Standing
from registry.versions.models import VersionState

READERS = ("secretariat", "certifier", "auditor")


@dataclass(frozen=True)
class Parties:
    """Who has part in what is assessed: people, and organisations with what they belong to."""

    people: frozenset[uuid.UUID]
    organisations: frozenset[uuid.UUID]
    above: frozenset[uuid.UUID] = frozenset()
    """Of the organisations: what they belong to, all the way up."""


def standing(
    state: CertificateState, expires_at: dt.datetime | None, version: VersionState, at: dt.datetime
) -> Standing | None:
    """What it is worth at an instant; the clock counts, whatever the watchdog has done. None: it was never issued."""
    if state not in ISSUED or expires_at is None:
        return None
    if state is CertificateState.revoked:
        return Standing.revoked
    if state is CertificateState.expired or expires_at <= at:
        return Standing.expired
    if state is CertificateState.suspended:
        return Standing.suspended
    return Standing.valid if version is VersionState.published else Standing.withdrawn


def can_request(actor: Actor, namespace_id: uuid.UUID) -> bool:
    """Publishers of the version's namespace, and the secretariat."""
    return actor.id is not None and actor.may("write") and (
        can_edit(actor, namespace_id) or actor.has("secretariat")
    )  # fmt: skip


def is_reader(actor: Actor) -> bool:
    """Whether the actor reads assessments that are under way or were refused."""
    return actor.has(*READERS)


def conflict(
    actor: Actor, parties: Parties, namespace_id: uuid.UUID, above: frozenset[uuid.UUID] = frozenset()
) -> bool:
    """Whether somebody has part in it: the same person, a publisher of the namespace, somebody of the same
    organisation or of one above or below it. ``above``: what the actor's organisations belong to."""
    mine = frozenset(actor.organisations)
    return (
        actor.id in parties.people
        or can_edit(actor, namespace_id)
        or bool(mine & (parties.organisations | parties.above))
        or bool(parties.organisations & above)
    )


def in_person(actor: Actor) -> bool:
    """Whether somebody acts in a browser's session, which a second factor has proved, and not by an access token."""
    return actor.scopes is None


def can_edit_profiles(actor: Actor) -> bool:
    """The secretariat and certifiers."""
    return actor.id is not None and actor.may("write") and actor.has("secretariat", "certifier")
