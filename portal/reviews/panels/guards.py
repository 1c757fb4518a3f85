"""Guards of panel pages: absent and invisible are the same 404."""

from dataclasses import dataclass

from portal.kit.ids import parse_id
from portal.kit.pages import Context
from portal.reviews.panels import queries
from portal.reviews.panels.models import MemberRole, PanelMember, PanelSession, SessionState
from portal.reviews.rounds.seen import Seen, nothing, seen


def round_(req: Context) -> Seen:
    """The round in the address, for the secretariat and whoever sits on a panel of it."""
    found = seen(req)
    if not (found.standing.secretariat or found.standing.panellist):
        raise nothing()
    return found


@dataclass(frozen=True)
class Sitting:
    """A session and its reader."""

    seen: Seen
    session: PanelSession
    member: PanelMember | None

    @property
    def role(self) -> MemberRole | None:
        """What the reader does in the session."""
        return self.member.role if self.member is not None else None

    @property
    def url(self) -> str:
        """The session's permanent address."""
        return f"{self.seen.url}/panel/{self.session.id}"


def sitting(req: Context) -> Sitting:
    """The session in the address, for its members and the secretariat; a cancelled one for the secretariat alone."""
    found = seen(req)
    key = parse_id(req.path["session"])
    session = queries.one(req.db, key) if key is not None else None
    if session is None or session.round_id != found.round.id:
        raise nothing()
    member = queries.member(req.db, session.id, req.actor.id)
    if not found.standing.secretariat and (member is None or session.state is SessionState.cancelled):
        raise nothing()
    return Sitting(found, session, member)


def planner(req: Context) -> Sitting:
    """The same for the secretariat, which decides who belongs to it."""
    found = sitting(req)
    if not found.seen.standing.secretariat:
        raise nothing()
    return found
