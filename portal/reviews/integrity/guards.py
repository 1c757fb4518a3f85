"""Guards of the pages of integrity: absent and invisible are the same 404."""

from dataclasses import dataclass

from portal.accounts.models import Role
from portal.kit.errors import Forbidden
from portal.kit.i18n import _
from portal.kit.ids import parse_id
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from portal.reviews.cases import policy as case_policy
from portal.reviews.cases import queries as case_queries
from portal.reviews.integrity import actions, policy
from portal.reviews.integrity.models import Approach
from portal.reviews.rounds.models import Round
from portal.reviews.rounds.policy import sees_round
from portal.reviews.rounds.queries import basic
from portal.reviews.rounds.seen import Seen, nothing, seen
from portal.reviews.rounds.standing import standing_of


@dataclass(frozen=True)
class Reported:
    """A report with its round, and as what its reader decides it, if at all."""

    round: Round
    report: Approach
    handles_as: str | None


def log(req: Context) -> Round:
    """The round of the address, for those who read its log of names."""
    signed_in(req)
    found = basic.one(req.db, req.path_id())
    if found is None or not policy.reads_log(req.actor, found):
        raise nothing()
    return found


def expert(req: Context) -> Seen:
    """The round of the address, for whoever is or was an expert of it."""
    found = seen(req)
    if not actions.may_report(req.db, found.standing, found.round):
        raise nothing()
    return found


def reported(req: Context) -> Reported:
    """The report of the address, for its reporter and those who may decide it."""
    signed_in(req)
    key = parse_id(req.path["report"])
    round_ = basic.one(req.db, req.path_id())
    if key is None or round_ is None:
        raise nothing()
    found = case_queries.one(req.db, Approach, key)
    barred = actions.barred(req.db, req.actor, round_, found)
    if found.round_id != round_.id or not case_policy.sees(req.actor, found, barred):
        raise nothing()
    return Reported(round_, found, case_policy.handles_as(req.actor, found, barred))


def office(req: Context) -> Seen:
    """The round of the address, for the secretariat; who applies or reviews in it has no office there."""
    found = seen(req)
    standing = found.standing
    if not standing.secretariat or standing.applied or standing.seats or standing.panellist:
        raise nothing()
    return found


def auditor(req: Context) -> None:
    """Auditors."""
    signed_in(req)
    if not req.actor.has(Role.auditor):
        raise Forbidden(_("This page is for other roles than yours."))


def known_round(req: Context) -> Round:
    """The round of the address, for whoever may know of it."""
    found = basic.one(req.db, req.path_id())
    if found is None:
        raise nothing()
    if not found.public and not sees_round(standing_of(req.db, req.actor, found), public=False):
        raise nothing()
    return found
