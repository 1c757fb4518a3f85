"""The verbs of panels, by the name others import."""

from portal.reviews.panels.actions.ballots import close_ballot, move_motion, vote
from portal.reviews.panels.actions.deadlines import run_deadlines
from portal.reviews.panels.actions.items import call, defer_item, finish, put_off, step_out
from portal.reviews.panels.actions.members import change as change_members
from portal.reviews.panels.actions.minutes import confirm, confirm_item, write, write_item
from portal.reviews.panels.actions.sessions import adjourn, arrive, cancel, close, depart, open_session, plan

__all__ = [
    "adjourn",
    "arrive",
    "call",
    "cancel",
    "change_members",
    "close",
    "close_ballot",
    "confirm",
    "confirm_item",
    "defer_item",
    "depart",
    "finish",
    "move_motion",
    "open_session",
    "plan",
    "put_off",
    "run_deadlines",
    "step_out",
    "vote",
    "write",
    "write_item",
]
