"""The taxonomy: added to, renamed, moved, switched off, merged, read from a file; codes never change."""

from collections.abc import Callable, Sequence
from pathlib import Path

from portal.audit.actions import record
from portal.experts import policy
from portal.experts.forms import DisciplineForm, read_table
from portal.experts.models import Discipline, ExpertDiscipline
from portal.experts.queries import disciplines as queries
from portal.kit.actor import Actor
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.kit.i18n import _

SEED = Path(__file__).resolve().parent.parent / "disciplines.csv"
Mover = Callable[[Session, str, str], None]
_movers: list[Mover] = []


def on_merge(mover: Mover) -> None:
    """For domains whose rows name disciplines: ``mover(db, old, new)`` is called when two are merged."""
    _movers.append(mover)


def _require(db: Session, actor: Actor) -> None:
    if not (policy.is_secretariat(actor) or actor.is_system):
        raise Forbidden(_("Only the secretariat edits the taxonomy."))
    lock_key(db, "taxonomy")


def save(db: Session, actor: Actor, *, given: DisciplineForm) -> Discipline:
    """Add a discipline, or change the one of that code."""
    _require(db, actor)
    return _save(db, actor, given)


def _save(db: Session, actor: Actor, given: DisciplineForm) -> Discipline:
    row = queries.one(db, given.code, lock=True)
    parent = queries.one(db, given.parent) if given.parent else None
    why = _objection(db, given, parent, row)
    if why:
        raise Invalid(_("Please correct the marked fields."), fields={"parent": why})
    if row is None:
        row = Discipline(code=given.code, name_zh=given.name_zh, name_en=given.name_en)
    wanted = {
        "parent_code": given.parent or None, "name_zh": given.name_zh, "name_en": given.name_en,
        "position": given.position, "active": given.active,
    }  # fmt: skip
    if row.merged_into is not None and given.active:
        row.merged_into = None  # offered again on its own
    changed = [key for key, value in wanted.items() if getattr(row, key) != value]
    for key, value in wanted.items():
        setattr(row, key, value)
    db.add(row)
    db.flush()
    if changed:
        record(db, actor, verb="discipline.saved", object=row, fields=changed)
    return row


def _objection(db: Session, given: DisciplineForm, parent: Discipline | None, row: Discipline | None) -> str:
    if given.parent and parent is None:
        return _("There is no discipline %(code)s.", code=given.parent)
    if given.parent == given.code:
        return _("A discipline cannot stand under itself.")
    if parent is not None and parent.parent_code is not None:
        return _("There are two levels: %(code)s stands on the second itself.", code=parent.code)
    if parent is not None and row is not None and queries.has_below(db, row.code):
        return _("Other disciplines stand under %(code)s.", code=row.code)
    return ""


def merge(db: Session, actor: Actor, *, code: str, into: str) -> Discipline:
    """Merge one discipline into another: what names the first names the second from now on. The code stays, unused."""
    _require(db, actor)
    old, new = queries.one(db, code, lock=True), queries.one(db, into)
    if old is None:
        raise NotFound(_("There is nothing at this address."))
    if new is None or new.code == old.code or not new.active:
        why = _("Choose another discipline that is offered.")
        raise Invalid(_("Please correct the marked fields."), fields={"into": why})
    if queries.has_below(db, old.code):
        raise Conflict(_("Other disciplines stand under %(code)s.", code=old.code))
    queries.move_rows(db, ExpertDiscipline, "expert_id", old.code, new.code)
    for mover in _movers:
        mover(db, old.code, new.code)
    old.active, old.merged_into = False, new.code
    db.add(old)
    record(db, actor, verb="discipline.merged", object=old, into=new.code)
    return old


def read_file(db: Session, actor: Actor, *, text: str) -> int:
    """Take over a CSV of the editor's form: all of its rows, or none; how many. What it does not name stays."""
    _require(db, actor)
    rows = read_table(text)
    _refuse_twice(rows)
    for row in sorted(rows, key=lambda item: bool(item.parent)):
        try:
            _save(db, actor, row)
        except Invalid as refusal:
            why = f"{row.code}: {next(iter(refusal.fields.values()), refusal.message)}"
            raise Invalid(refusal.message, fields={"file": why}) from None
    return len(rows)


def _refuse_twice(rows: Sequence[DisciplineForm]) -> None:
    codes = [row.code for row in rows]
    twice = sorted({code for code in codes if codes.count(code) > 1})
    if twice:
        why = _("These codes stand there twice: %(codes)s", codes=", ".join(twice))
        raise Invalid(_("Please correct the marked fields."), fields={"file": why})


def load_proposed(db: Session, actor: Actor) -> int:
    """Fill an empty taxonomy with the one the portal comes with; how many rows. Does nothing where there is one."""
    _require(db, actor)
    if queries.all_of(db):
        return 0
    return read_file(db, actor, text=SEED.read_text(encoding="utf-8"))
