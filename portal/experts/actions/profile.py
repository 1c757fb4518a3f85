"""The profile: what an expert says of himself, what of it is public, how much can be taken on."""

from portal.audit.actions import record
from portal.experts import policy
from portal.experts.actions.common import own
from portal.experts.forms import ProfileForm
from portal.experts.models import Expert, ExpertCapacity, ExpertDiscipline
from portal.experts.queries import disciplines as taxonomy
from portal.experts.queries import pool
from portal.kit.actor import Actor
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, Invalid
from portal.kit.i18n import _

TEXTS = ("titles", "orcid", "publications", "biography_zh", "biography_en")


def _editable(db: Session, actor: Actor) -> Expert:
    expert = own(db, actor)
    if not policy.keeps_profile(expert):
        raise Conflict(_("You are not in the pool, nor on the way into it."))
    return expert


def save(db: Session, actor: Actor, *, given: ProfileForm) -> Expert:
    """Keep the profile. Offered disciplines only, and those it named before; a public page needs one discipline."""
    expert = _editable(db, actor)
    before = pool.parts_of(db, expert.id)
    codes = list(dict.fromkeys(given.disciplines))
    known = {row.code for row in taxonomy.all_of(db) if row.active or row.code in before.disciplines}
    if not set(codes) <= known:
        why = _("Please choose one of the offered values.")
        raise Clash(_("Please correct the marked fields."), fields={"disciplines": why})
    if given.listed and not codes:
        why = _("A public page needs at least one discipline.")
        raise Invalid(_("Please correct the marked fields."), fields={"disciplines": why})
    values = {name: getattr(given, name) for name in TEXTS}
    values |= {
        "languages": [item.value for item in given.languages],
        "public": [item.value for item in given.public],
        "listed": given.listed,
    }
    changed = [name for name, value in values.items() if getattr(expert, name) != value]
    for name, value in values.items():
        setattr(expert, name, value)
    if "titles" in changed and expert.senior:
        # Checked by the secretariat for the title that stood there.
        expert.senior = False
        changed.append("senior")
    expert.touch()
    db.add(expert)
    db.flush()
    if sorted(codes) != before.disciplines:
        taxonomy.replace_rows(db, ExpertDiscipline, "expert_id", expert.id, codes)
        changed.append("disciplines")
    keywords = list(given.keywords)
    if sorted(keywords) != before.keywords:
        pool.replace_keywords(db, expert.id, keywords)
        changed.append("keywords")
    if changed:
        record(db, actor, verb="expert.profile_saved", object=expert, fields=sorted(changed))
    return expert


def set_capacity(db: Session, actor: Actor, *, period: str, places: int) -> Expert:
    """Say how much one can take on in a quarter, or (``period`` empty) in all quarters without one of their own."""
    expert = _editable(db, actor)
    if not period:
        expert.capacity = places
        expert.touch()
        db.add(expert)
    else:
        row = pool.capacity(db, expert.id, period)
        if row is None:
            row = ExpertCapacity(expert_id=expert.id, period=period, places=places)
        row.places = places
        db.add(row)
    record(db, actor, verb="expert.capacity_set", object=expert, period=period or "default", places=places)
    return expert
