"""The applicants' answer to the reviews: saved, and submitted once."""

import uuid

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict, Invalid
from portal.kit.i18n import _, ngettext
from portal.reviews.reviewing import forms, policy
from portal.reviews.reviewing.actions.clock import submit_answer
from portal.reviews.reviewing.actions.common import Place, place_of
from portal.reviews.reviewing.actions.writing import Outdated
from portal.reviews.reviewing.models import Rebuttal, RebuttalState
from portal.reviews.reviewing.queries import talk
from portal.reviews.rounds.models import Phase
from portal.reviews.rounds.seen import nothing


def _place(db: Session, actor: Actor, round_id: uuid.UUID, number: int) -> Place:
    """A submission the actor leads, while its answer is waited for."""
    place = place_of(db, actor, round_id, number)
    if place.submission.id not in place.standing.leads or not place.stage.rebuttal:
        raise nothing()
    if place.stage.phase is not Phase.rebuttal and not place.stage.reached(Phase.rebuttal):
        raise nothing()
    if not policy.answers(place.standing, place.submission.id, place.stage):
        raise Conflict(_("The time for this answer is over."))
    return place


def save(
    db: Session, actor: Actor, *, round_id: uuid.UUID, number: int, given: forms.RebuttalForm
) -> Rebuttal:
    """Keep the answer as far as it is written; a save from an older revision is refused, as of a review."""
    place = _place(db, actor, round_id, number)
    assert actor.id is not None  # noqa: S101 - nobody leads nothing
    lock_key(db, "review_rebuttal", place.submission.id)
    found = talk.rebuttal(db, place.submission.id, lock=True) or Rebuttal(
        submission_id=place.submission.id, account_id=actor.id
    )
    if found.state is not RebuttalState.draft:
        raise Conflict(_("The answer is submitted; there is one."))
    if found.revision != given.revision:
        if found.text == given.text:
            return found
        raise Outdated(
            _("This answer was changed in another window in the meantime."),
            hint=_("Nothing was overwritten. Compare both and save what you want to keep."),
        )
    begun = found.revision == 0
    found.text, found.auto_submit, found.account_id = given.text, given.auto_submit, actor.id
    found.revision += 1
    found.saved_at = now()
    found.touch()
    db.add(found)
    db.flush()
    if begun:
        record(db, actor, verb="review_rebuttal.begun", object=found)
    return found


def submit(db: Session, actor: Actor, *, round_id: uuid.UUID, number: int) -> Rebuttal:
    """Hand in what is saved. It cannot be changed afterwards; the reviewers read it when their discussion begins."""
    place = _place(db, actor, round_id, number)
    found = talk.rebuttal(db, place.submission.id, lock=True)
    if found is None:
        raise Conflict(_("Please write the answer first."))
    length = len(found.text.strip())
    why = ""
    if length < forms.LEAST_REBUTTAL:
        why = ngettext("At least %(n)s character.", "At least %(n)s characters.", forms.LEAST_REBUTTAL)
    elif length > forms.MOST_REBUTTAL:
        why = ngettext("At most %(n)s character.", "At most %(n)s characters.", forms.MOST_REBUTTAL)
    if why:
        raise Invalid(_("Please correct the marked fields."), fields={"text": why})
    submit_answer(db, actor, found, "applicant")
    return found
