"""Who belongs to a session: named when it is planned, changed until it is opened, in the order this makes best."""

import uuid
from collections.abc import Collection, Iterable, Mapping

from portal.accounts import queries as accounts
from portal.accounts.models import AccountState
from portal.audit.actions import record
from portal.kit import formats
from portal.kit.actor import Actor
from portal.kit.db import Session, notify
from portal.kit.errors import Clash, Conflict, Forbidden, Invalid
from portal.kit.events import CHANNEL
from portal.kit.i18n import N_, _
from portal.reviews.panels import agenda, groups, policy, queries
from portal.reviews.panels.actions.common import Room, enter, topic, url
from portal.reviews.panels.forms import MOST_MEMBERS, PeopleForm
from portal.reviews.panels.models import MemberRole, PanelMember, PanelSession, SessionState
from portal.reviews.panels.sitting import barred
from portal.reviews.rounds.actions.common import inform
from portal.reviews.rounds.models import Round, Submission
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.standing import shape_of

PLANNED = N_("You are on a panel: %(title)s, %(when)s")
REMOVED = N_("You are no longer on this panel: %(title)s")
OTHER_ROLE = N_("Your part in a panel session is now “%(role_msg)s”: %(title)s")


def people_of(db: Session, round_: Round, given: PeopleForm) -> dict[uuid.UUID, MemberRole]:
    """The accounts behind the short names; every wrong one is named."""
    wanted = {"chair": [given.chair], "members": given.members.split(), "secretary": [given.secretary]}
    roles = {"chair": MemberRole.chair, "members": MemberRole.member, "secretary": MemberRole.secretary}
    shape, found, wrong = shape_of(round_), dict[uuid.UUID, MemberRole](), dict[str, str]()
    for field, slugs in wanted.items():
        for slug in slugs:
            person = accounts.person(db, slug.lstrip("@"))
            if person is None or person.state is not AccountState.active:
                wrong.setdefault(field, _("There is nobody called “%(name)s”.", name=slug))
            elif person.id in found:
                wrong.setdefault(field, _("“%(name)s” is named twice.", name=slug))
            elif (
                roles[field].votes
                and not shape.conflicts.applicants_may_review
                and basic.applications_of(db, round_.id, person.id)
            ):
                wrong.setdefault(field, _("“%(name)s” stands behind a submission of this round.", name=slug))
            else:
                found[person.id] = roles[field]
    if not 1 <= len(wanted["members"]) <= MOST_MEMBERS:
        wrong.setdefault("members", _("Name between 1 and %(most)s members.", most=MOST_MEMBERS))
    if wrong:
        raise Invalid(_("Please correct the marked fields."), fields=wrong)
    return found


def in_order(
    db: Session, round_: Round, chosen: Iterable[Submission], people: Collection[uuid.UUID]
) -> list[Submission]:
    """An agenda: the most urgent first, and so that the fewest have to move; conflicts are looked for now."""
    by_number = {one.number: one for one in chosen}
    ranks, keys = groups.ranks(db, round_), [one.id for one in by_number.values()]
    outs = {account_id: barred(db, round_.id, account_id, keys) for account_id in people}
    topics = [
        agenda.Topic(
            number, ranks.get(one.id, 0), frozenset(who for who, out in outs.items() if one.id in out)
        )
        for number, one in by_number.items()
    ]
    return [by_number[topic_.number] for topic_ in agenda.order(topics)]


def change(db: Session, actor: Actor, *, session_id: uuid.UUID, given: PeopleForm) -> PanelSession:
    """Change who belongs to a planned session: the whole list anew. The agenda is put in order again.

    A voting member in conflict with all that the secretariat knows to be on the agenda is refused. Whoever is
    added, leaves, or has another part is told.
    """
    room = enter(db, actor, session_id)
    session = room.session
    if not room.standing.secretariat:
        raise Forbidden(_("The secretariat decides who belongs to a session."))
    if session.state is not SessionState.planned:
        raise Conflict(_("Members can be changed until the session is opened."))
    wanted = people_of(db, room.round, given)
    rows = {row.PanelMember.account_id: row.PanelMember for row in queries.members(db, session_id)}
    before = {account_id: row.role for account_id, row in rows.items()}
    if wanted == before:
        return session
    _check_of_use(db, room, wanted)
    for account_id, row in rows.items():
        if account_id not in wanted:
            db.delete(row)
        elif row.role is not wanted[account_id]:
            row.role = wanted[account_id]
            db.add(row)
    added = [account_id for account_id in wanted if account_id not in rows]
    for account_id in added:
        db.add(PanelMember(session_id=session.id, account_id=account_id, role=wanted[account_id]))
    db.flush()
    _reorder(db, room, wanted)
    session.touch()
    db.add(session)
    record(
        db, actor, verb="panel_session.members", object=session, added=sorted(map(str, added)),
        removed=sorted(str(key) for key in rows if key not in wanted),
        chair=next(str(key) for key, role in wanted.items() if role is MemberRole.chair),
    )  # fmt: skip
    notify(db, CHANNEL, topic(session.id))
    _tell(db, session, before, wanted)
    return session


def _check_of_use(db: Session, room: Room, wanted: Mapping[uuid.UUID, MemberRole]) -> None:
    """Refuse voting members who would be out of the room for every item the actor may know of."""
    keys = [
        row.PanelItem.submission_id
        for row in queries.items(db, room.session.id)
        if policy.in_room(room.standing, room.role, row.PanelItem.submission_id)
    ]
    if not keys:
        return
    for account_id, role in wanted.items():
        if role.votes and barred(db, room.round.id, account_id, keys) >= set(keys):
            field = "chair" if role is MemberRole.chair else "members"
            name = queries.names(db, [account_id]).get(account_id, "")
            why = _("“%(name)s” is in conflict with everything on the agenda.", name=name)
            raise Clash(_("Please correct the marked fields."), fields={field: why})


def _reorder(db: Session, room: Room, people: Collection[uuid.UUID]) -> None:
    rows = {row.Submission.id: row for row in queries.items(db, room.session.id)}
    ordered = in_order(db, room.round, [row.Submission for row in rows.values()], people)
    for position, one in enumerate(ordered, 1):
        item = rows[one.id].PanelItem
        item.position = position
        db.add(item)
    db.flush()


def _tell(
    db: Session,
    session: PanelSession,
    before: Mapping[uuid.UUID, MemberRole],
    wanted: Mapping[uuid.UUID, MemberRole],
) -> None:
    when = formats.datetime(session.starts_at)
    for account_id, role in wanted.items():
        if account_id not in before:
            inform(db, account_id, PLANNED, url(session), title=session.title, when=when)
        elif before[account_id] is not role:
            inform(db, account_id, OTHER_ROLE, url(session), title=session.title, role_msg=role.label)
    for account_id in before:
        if account_id not in wanted:
            inform(db, account_id, REMOVED, "/notices", title=session.title)
