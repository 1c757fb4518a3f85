"""Templates of rounds: loaded, made, changed, copied, switched off. No round changes with its template."""

from portal.audit.actions import record
from portal.kit.actor import Actor
from portal.kit.db import Session, lock_key
from portal.kit.errors import Clash, Forbidden, NotFound
from portal.kit.i18n import _
from portal.reviews.rounds import policy, shipped
from portal.reviews.rounds.forms import TemplateForm
from portal.reviews.rounds.models import RoundTemplate
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.shape import Shape


def _require(db: Session, actor: Actor) -> None:
    if not (policy.is_secretariat(actor) or actor.is_system):
        raise Forbidden(_("Only the secretariat edits the templates of rounds."))
    lock_key(db, "review_template")


def _found(db: Session, key: str) -> RoundTemplate:
    found = basic.template(db, key)
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def load_shipped(db: Session, actor: Actor) -> int:
    """Put in the templates that come with the program and are not there yet; how many. Changed ones stay."""
    _require(db, actor)
    known = {row.key for row in basic.templates(db, every=True)}
    made = [each for each in shipped.templates() if each.key not in known]
    for each in made:
        row = RoundTemplate(
            key=each.key, title_zh=each.title_zh, title_en=each.title_en, source=each.source,
            shape=each.shape.model_dump(mode="json"),
        )  # fmt: skip
        db.add(row)
        db.flush()
        record(db, actor, verb="review_template.loaded", object=row)
    return len(made)


def create(db: Session, actor: Actor, *, given: TemplateForm, shape: Shape) -> RoundTemplate:
    """A new template; its key must be free."""
    _require(db, actor)
    if basic.template(db, given.key) is not None:
        raise Clash(_("Please correct the marked fields."), fields={"key": _("This key is taken.")})
    row = RoundTemplate(**given.model_dump(), shape=shape.model_dump(mode="json"))
    db.add(row)
    db.flush()
    record(db, actor, verb="review_template.created", object=row)
    return row


def copy(db: Session, actor: Actor, *, key: str, given: TemplateForm) -> RoundTemplate:
    """A new template with the shape of another."""
    return create(db, actor, given=given, shape=Shape.model_validate(_found(db, key).shape))


def change(
    db: Session, actor: Actor, *, key: str, given: TemplateForm | None = None, shape: Shape | None = None
) -> RoundTemplate:
    """Other names or another shape. The key stays: rounds remember it."""
    _require(db, actor)
    row = _found(db, key)
    if given is not None:
        row.title_zh, row.title_en, row.source = given.title_zh, given.title_en, given.source
    if shape is not None:
        row.shape = shape.model_dump(mode="json")
    row.touch()
    db.add(row)
    record(db, actor, verb="review_template.changed", object=row, shape=shape.digest() if shape else None)
    return row


def set_active(db: Session, actor: Actor, *, key: str, active: bool) -> RoundTemplate:
    """Offer a template for new rounds, or no longer."""
    _require(db, actor)
    row = _found(db, key)
    if row.active is not active:
        row.active = active
        row.touch()
        db.add(row)
        record(db, actor, verb=f"review_template.{'offered' if active else 'withdrawn'}", object=row)
    return row
