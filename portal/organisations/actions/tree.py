"""What an organisation belongs to: proposed by its administrators, set and ended by the secretariat, history kept."""

import datetime as dt
import uuid

from portal.accounts import queries as accounts
from portal.accounts.models import Role
from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now, shanghai
from portal.kit.db import Session, lock_key
from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound
from portal.kit.i18n import N_, _
from portal.kit.states import check_move
from portal.notices.actions import tell
from portal.organisations import policy, queries
from portal.organisations.actions.basics import get_locked, require_admin, tell_admins
from portal.organisations.models import LINK_TRANSITIONS, LinkState, Organisation, OrganisationLink
from portal.settings import get_settings

MAX_LEVELS = 8
"""Ministry, bureau, institute, branch, department and some room: deeper chains are mistakes of entry."""
ASKED = N_("“%(organisation)s” asks to be placed under “%(parent)s”.")
TOLD = {
    LinkState.in_force: N_("“%(organisation)s” now belongs to “%(parent)s”."),
    LinkState.refused: N_(
        "The proposal to place “%(organisation)s” under “%(parent)s” was refused: %(reason)s"
    ),
    LinkState.lapsed: N_("The proposal to place “%(organisation)s” under “%(parent)s” lapsed undecided."),
    LinkState.ended: N_("“%(organisation)s” no longer belongs to “%(parent)s”."),
}


def propose_parent(
    db: Session, actor: Actor, *, organisation_id: uuid.UUID, parent: str, since: dt.date, statement: str
) -> OrganisationLink:
    """Ask the secretariat to place an organisation under another; for administrators of the lower one."""
    organisation = get_locked(db, organisation_id)
    require_admin(actor, organisation)
    if queries.open_proposal(db, organisation.id) is not None:
        raise Conflict(_("A proposal waits for the secretariat already."), hint=_("Withdraw it first."))
    link = _new(db, actor, organisation, parent, since, statement)
    for account in accounts.with_role(db, Role.secretariat):
        tell(
            db, account.id, message=ASKED, url="/organisations/tree", organisation=organisation.name,
            parent=_name(db, link.parent_id),
        )  # fmt: skip
    return link


def set_parent(
    db: Session, actor: Actor, *, organisation_id: uuid.UUID, parent: str, since: dt.date, statement: str
) -> OrganisationLink:
    """Place an organisation under another at once; for the secretariat."""
    organisation = get_locked(db, organisation_id)
    _require_secretariat(actor, organisation.id)
    link = _new(db, actor, organisation, parent, since, statement)
    _put_in_force(db, actor, link)
    return link


def _new(
    db: Session, actor: Actor, organisation: Organisation, parent: str, since: dt.date, statement: str
) -> OrganisationLink:
    """A proposal that would hold; checked again when it is put into force."""
    found = queries.by_slug(db, actor, parent)
    if found is None:
        raise Invalid(
            _("Please correct the marked fields."), fields={"parent": _("There is no such organisation.")}
        )
    if since > shanghai(now()).date():
        raise Invalid(
            _("Please correct the marked fields."), fields={"since": _("This day has not come yet.")}
        )
    lock_key(db, "organisation-tree")
    _refuse_circle(db, organisation.id, found[0].id)
    link = OrganisationLink(
        organisation_id=organisation.id,
        parent_id=found[0].id,
        since=since,
        statement=statement,
        proposed_by=actor.id,
        deadline_at=now() + dt.timedelta(days=get_settings().organisation_link_days),
    )
    db.add(link)
    db.flush()
    record(db, actor, verb="organisation_link.proposed", object=link, **_evidence(link))
    return link


def _evidence(link: OrganisationLink) -> dict[str, str]:
    return {
        "organisation": str(link.organisation_id),
        "parent": str(link.parent_id),
        "since": link.since.isoformat(),
    }


def _refuse_circle(db: Session, organisation_id: uuid.UUID, parent_id: uuid.UUID) -> None:
    """Call with the tree's lock held: two changes at once could close a circle that neither sees."""
    above = [parent_id, *queries.ancestors(db, parent_id)]
    if organisation_id in above:
        why = _("The other organisation stands below this one: the tree would become a circle.")
    elif len(above) + 1 + queries.depth_below(db, organisation_id) > MAX_LEVELS:
        why = _("The tree would have more than %(n)s levels.", n=MAX_LEVELS)
    else:
        return
    raise Invalid(_("Please correct the marked fields."), fields={"parent": why})


def decide_parent(
    db: Session, actor: Actor, *, link_id: uuid.UUID, approve: bool, reason: str = ""
) -> OrganisationLink:
    """Put a proposal into force (it takes over from the present place), or refuse it with a reason."""
    lock_key(db, "organisation-tree")
    link = _locked(db, link_id)
    _require_secretariat(actor, link.organisation_id)
    if approve:
        _put_in_force(db, actor, link)
    else:
        _need(reason)
        _move(db, actor, link, LinkState.refused, "secretariat", reason.strip())
    return link


def _put_in_force(db: Session, actor: Actor, link: OrganisationLink) -> None:
    check_move(LINK_TRANSITIONS, link.state, LinkState.in_force, "secretariat")
    before = queries.link_in_force(db, link.organisation_id)
    if before is not None:
        if before.parent_id == link.parent_id:
            raise Conflict(_("This organisation stands there already."))
        if link.since <= before.since:
            raise Conflict(
                _("The present place begins on %(day)s, which is not before the new one.", day=before.since),
                hint=_("Propose a later day, or end the present place first."),
            )
        before.until = link.since - dt.timedelta(days=1)
        _move(db, actor, before, LinkState.ended, "secretariat", "", quiet=True)
    _refuse_circle(db, link.organisation_id, link.parent_id)
    _move(db, actor, link, LinkState.in_force, "secretariat", "")


def end_parent(
    db: Session, actor: Actor, *, link_id: uuid.UUID, until: dt.date, reason: str
) -> OrganisationLink:
    """Say that an organisation belongs to the other until a day (inclusive); for the secretariat. The row stays."""
    lock_key(db, "organisation-tree")
    link = _locked(db, link_id)
    _require_secretariat(actor, link.organisation_id)
    _need(reason)
    if until < link.since:
        raise Invalid(
            _("Please correct the marked fields."), fields={"until": _("This is before the first day.")}
        )
    link.until = until
    _move(db, actor, link, LinkState.ended, "secretariat", reason.strip())
    return link


def withdraw_proposal(db: Session, actor: Actor, *, link_id: uuid.UUID) -> OrganisationLink:
    """Take a proposal back; for administrators of the lower organisation."""
    link = _locked(db, link_id)
    require_admin(actor, get_locked(db, link.organisation_id))
    _move(db, actor, link, LinkState.withdrawn, "organisation_admin", "")
    return link


def lapse_proposals(db: Session) -> int:
    """End the proposals that nobody decided in time; how many."""
    overdue = queries.overdue_links(db, now())
    for link in overdue:
        _move(db, SYSTEM, link, LinkState.lapsed, "system", "")
    return len(overdue)


def _locked(db: Session, link_id: uuid.UUID) -> OrganisationLink:
    link = queries.link(db, link_id)
    if link is None:
        raise NotFound(_("There is nothing at this address."))
    return link


def _require_secretariat(actor: Actor, organisation_id: uuid.UUID) -> None:
    if not policy.can_verify(actor):
        raise Forbidden(_("Only the secretariat changes the tree of organisations."))
    if policy.is_member(actor, organisation_id):
        raise Forbidden(_("You belong to this organisation; somebody else must decide."))


def _need(reason: str) -> None:
    if not reason.strip():
        raise Invalid(_("Please correct the marked fields."), fields={"reason": _("Please give a reason.")})


def _name(db: Session, organisation_id: uuid.UUID) -> str:
    return accounts.namespace_of(db, organisation_id=organisation_id).display_name


def _move(
    db: Session, actor: Actor, link: OrganisationLink, state: LinkState, who: str, reason: str,
    *, quiet: bool = False,
) -> None:  # fmt: skip
    check_move(LINK_TRANSITIONS, link.state, state, who)
    link.state, link.state_reason, link.deadline_at = state, reason[:1000], None
    if state in {LinkState.in_force, LinkState.refused, LinkState.ended}:
        link.decided_by = actor.id
    link.touch()
    db.add(link)
    db.flush()
    record(
        db,
        actor,
        verb=f"organisation_link.{state.value}",
        object=link,
        reason=reason or None,
        **_evidence(link),
    )
    if state in TOLD and not quiet:
        organisation = get_locked(db, link.organisation_id)
        tell_admins(
            db,
            organisation,
            message=TOLD[state],
            but=actor.id,
            parent=_name(db, link.parent_id),
            reason=reason,
        )
