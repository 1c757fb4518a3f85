"""Who may do what around public notices. Pure."""

from enum import StrEnum

from portal.accounts.models import Role
from portal.kit.actor import Actor
from portal.reviews.publicity.models import OVER, SHOWN, NoticeState, PublicNotice


class Verdict(StrEnum):
    """What a gate learns about a subject."""

    none = "none"
    running = "running"
    open_objections = "open_objections"
    upheld = "upheld"
    clean = "clean"


def runs_notices(actor: Actor) -> bool:
    """The secretariat."""
    return actor.has(Role.secretariat) and actor.may("write")


def can_read(actor: Actor, notice: PublicNotice) -> bool:
    """Everybody, once it has begun; a draft, and a cancelled draft, is the secretariat's."""
    shown = notice.state in SHOWN and notice.starts_at is not None
    return shown or runs_notices(actor)


def takes_objections(notice: PublicNotice) -> bool:
    """While it runs; the clock decides about its last minute, see ``actions.objections.file``."""
    return notice.state is NoticeState.running


def shows_results(notice: PublicNotice) -> bool:
    """How many objections there were is said once the period is over, so that nobody counts along."""
    return notice.state in OVER
