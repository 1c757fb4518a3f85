"""Rounds before they run: created from a template, described, shaped."""

import datetime as dt
import uuid

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.errors import Clash, Conflict, Forbidden
from portal.kit.i18n import _
from portal.reviews.rounds import policy, subjects
from portal.reviews.rounds.actions.common import run_by
from portal.reviews.rounds.forms import NewRoundForm, RoundForm
from portal.reviews.rounds.models import RUNNING, Phase, Round, RoundState
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.shape import Shape


def end_of_day(days: int, start: dt.datetime | None = None) -> dt.datetime:
    """The last second, in Asia/Shanghai, of the day so many days after an instant (now)."""
    day = shanghai(start or now()) + dt.timedelta(days=days)
    return day.replace(hour=23, minute=59, second=59, microsecond=0)


def find_subject(db: Session, actor: Actor, kind: str, address: str, *, field: str) -> uuid.UUID | None:
    """The thing behind a kind and an address that the actor may see; ``Clash`` at the field where there is none."""
    if not kind and not address:
        return None
    known = subjects.of_kind(kind)
    found = known.find(db, actor, address) if known is not None and address else None
    if found is None:
        why = _("There is no such thing, or you cannot see it.")
        raise Clash(_("Please correct the marked fields."), fields={field: why})
    return found


def create(db: Session, actor: Actor, *, given: NewRoundForm) -> Round:
    """A new round in preparation, with the shape of a template that is offered. It lapses if nothing comes of it."""
    if not (policy.is_secretariat(actor) or actor.is_system):
        raise Forbidden(_("Only the secretariat runs rounds of review."))
    template = basic.template(db, given.template)
    if template is None or not template.active:
        why = _("There is no such template.")
        raise Clash(_("Please correct the marked fields."), fields={"template": why})
    shape = Shape.model_validate(template.shape)
    subject = find_subject(db, actor, given.subject_kind, given.subject, field="subject")
    assert actor.id is not None  # noqa: S101 - the secretariat is somebody
    made = Round(
        title_zh=given.title_zh, title_en=given.title_en,
        summary_zh=given.summary_zh, summary_en=given.summary_en,
        subject_kind=given.subject_kind if subject else "", subject_id=subject, public=given.public,
        created_by=actor.id, template=template.key, shape=shape.model_dump(mode="json"),
        deadline_at=end_of_day(shape.days(Phase.preparation)),
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(db, actor, verb="review_round.preparation", object=made, template=template.key)
    return made


def describe(db: Session, actor: Actor, *, round_id: uuid.UUID, given: RoundForm) -> Round:
    """Other words, public or not; while the round is prepared or runs."""
    round_, _standing = run_by(db, actor, round_id)
    if round_.state not in (RoundState.draft, *RUNNING):
        raise Conflict(_("This round is over."))
    wanted = given.model_dump(include={"title_zh", "title_en", "summary_zh", "summary_en", "public"})
    changed = sorted(name for name, value in wanted.items() if getattr(round_, name) != value)
    for name, value in wanted.items():
        setattr(round_, name, value)
    round_.touch()
    db.add(round_)
    if changed:
        record(db, actor, verb="review_round.described", object=round_, fields=changed)
    return round_


def shape(db: Session, actor: Actor, *, round_id: uuid.UUID, given: Shape) -> Round:
    """Another shape, while nobody has been invited: whoever accepted did so under the rules as they were."""
    round_, _standing = run_by(db, actor, round_id)
    if round_.state is not RoundState.draft:
        raise Conflict(
            _("The rules of a round are frozen once experts are invited."),
            hint=_("Cancel it and begin another if they are wrong."),
        )
    round_.shape = given.model_dump(mode="json")
    round_.deadline_at = end_of_day(given.days(Phase.preparation), round_.state_at)
    round_.touch()
    db.add(round_)
    record(db, actor, verb="review_round.shaped", object=round_, digest=given.digest())
    return round_
