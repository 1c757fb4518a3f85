"""The next edition of some rules. What was made under the ones before keeps them."""

from typing import Any, TypeVar

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.db import Session, lock_key
from portal.kit.errors import Clash, NotFound
from portal.kit.i18n import _
from registry.editions import queries
from registry.editions.forms import EditionInput
from registry.editions.models import OF_ITS_OWN, EditionTable

E = TypeVar("E", bound=EditionTable)


def too_early(given: EditionInput, last: EditionTable) -> str:
    """Why it cannot take effect on its day; empty: it can."""
    if given.effective_from < queries.today():
        return _("A version takes effect today or later.")
    if given.effective_from < last.effective_from:
        return _("The version before takes effect later than this.")
    return ""


def revise(
    db: Session,
    actor: Actor,
    kind: type[E],
    *,
    code: str,
    given: EditionInput,
    values: dict[str, Any],
    verb: str,
) -> E:
    """The next edition: ``values`` and what is given in place of what the one before says; who may was asked before.
    Refuses to follow another edition than the one it was made from."""
    lock_key(db, str(kind.__tablename__).replace("_", "-"), code)
    known = queries.versions_of(db, kind, code)
    if not known:
        raise NotFound(_("There is nothing at this address."))
    last = known[0]
    if given.based_on != last.number:
        why = _("Version %(number)s was made meanwhile.", number=last.number)
        raise Clash(why, fields={"based_on": why})
    if why := too_early(given, last):
        raise Clash(why, fields={"effective_from": why})
    made = kind(
        **last.model_dump(exclude=set(OF_ITS_OWN)) | values,
        number=last.number + 1, effective_from=given.effective_from, reason=given.reason, created_by=actor.id,
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(db, actor, verb=verb, object=made, reason=given.reason, code=code, number=made.number)
    return made
