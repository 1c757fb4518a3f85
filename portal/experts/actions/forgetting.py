"""What of an expert goes when the account is closed."""

import uuid

from portal.audit.actions import record
from portal.experts.actions.common import move
from portal.experts.models import EXPERT_TRANSITIONS, ExpertDiscipline, ExpertState
from portal.experts.queries import disciplines as taxonomy
from portal.experts.queries import dossier, pool
from portal.kit.actor import Actor
from portal.kit.db import Session


def forget_person(db: Session, actor: Actor, *, account_id: uuid.UUID) -> None:
    """Empty the profile and end the place in the pool; affiliations and relations are deleted.

    The empty row stays with its state: what the person did for the pool refers to it.
    """
    for affiliation in dossier.affiliations_to_forget(db, account_id):
        record(db, actor, verb="affiliation.forgotten", object=affiliation, state=affiliation.state.value)
    dossier.forget_person(db, account_id)
    expert = pool.of_account(db, account_id, lock=True)
    if expert is None:
        return
    if "self" in EXPERT_TRANSITIONS.get(expert.state, {}).get(ExpertState.withdrawn, frozenset()):
        move(db, actor, expert, ExpertState.withdrawn, "self")
    taxonomy.replace_rows(db, ExpertDiscipline, "expert_id", expert.id, [])
    pool.replace_keywords(db, expert.id, [])
    pool.forget_capacities(db, expert.id)
    for name in ("titles", "orcid", "publications", "biography_zh", "biography_en", "grounds"):
        setattr(expert, name, "")
    expert.languages, expert.public, expert.listed, expert.senior = [], [], False, False
    expert.touch()
    db.add(expert)
    record(db, actor, verb="expert.forgotten", object=expert)
