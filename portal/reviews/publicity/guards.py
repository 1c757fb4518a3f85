"""Guards of the pages of public notices: absent and invisible are the same 404."""

from dataclasses import dataclass

from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from portal.reviews.cases import policy as case_policy
from portal.reviews.cases import queries as case_queries
from portal.reviews.publicity import policy, queries
from portal.reviews.publicity.actions import objections
from portal.reviews.publicity.actions.common import need_secretariat
from portal.reviews.publicity.models import Objection, PublicNotice


@dataclass(frozen=True)
class Filed:
    """An objection with its notice, and as what its reader decides it, if at all."""

    notice: PublicNotice
    objection: Objection
    handles_as: str | None


def notice(req: Context) -> PublicNotice:
    """The notice of the address, for whoever may read it."""
    found = queries.one(req.db, req.path_id())
    if found is None or not policy.can_read(req.actor, found):
        raise NotFound(_("There is nothing at this address."))
    return found


def notice_for_member(req: Context) -> PublicNotice:
    """The same for somebody who is signed in."""
    signed_in(req)
    return notice(req)


def secretariat(req: Context) -> None:
    """The secretariat."""
    signed_in(req)
    need_secretariat(req.actor)


def run_notice(req: Context) -> PublicNotice:
    """The notice of the address, for the secretariat."""
    secretariat(req)
    return notice(req)


def handlers(req: Context) -> None:
    """The secretariat, and the auditors, to whom what lies is passed on."""
    signed_in(req)
    if not req.actor.has("auditor"):
        need_secretariat(req.actor)


def filed(req: Context) -> Filed:
    """The objection of the address, for whoever filed it and those who may decide it."""
    signed_in(req)
    found = case_queries.one(req.db, Objection, req.path_id())
    about = queries.one(req.db, found.notice_id)
    assert about is not None  # noqa: S101 - a foreign key
    barred = objections.barred(req.db, about)
    if not case_policy.sees(req.actor, found, barred):
        raise NotFound(_("There is nothing at this address."))
    return Filed(about, found, case_policy.handles_as(req.actor, found, barred))
