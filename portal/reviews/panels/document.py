"""Minutes as a Word document."""

from collections.abc import Mapping

from portal.kit import formats
from portal.kit.documents import Paper
from portal.kit.i18n import _, label
from portal.reviews.panels.models import MotionState
from portal.reviews.panels.protocol import Item, Motion, Protocol


def minutes(protocol: Protocol, outcomes: Mapping[str, str], digest: str) -> bytes:
    """The minutes in the language of the request; ``digest`` is empty before they are frozen."""
    paper = Paper(_("Minutes: %(title)s", title=protocol.session))
    paper.text(protocol.round)
    times = (protocol.starts_at, protocol.opened_at, protocol.closed_at)
    planned, opened, closed = map(formats.datetime, times)
    paper.text(
        _("Planned for %(planned)s, opened %(opened)s, closed %(closed)s (Beijing time).",
          planned=planned, opened=opened, closed=closed)
    )  # fmt: skip
    if protocol.place:
        paper.text(protocol.place)
    paper.heading(_("Attendance"))
    paper.table(
        [_("Full name"), _("Role"), _("Arrived"), _("Left the session")],
        [
            [one.name, label(one.role), formats.datetime(one.arrived_at), formats.datetime(one.left_at)]
            for one in protocol.attendance
        ],
    )
    if protocol.text:
        paper.heading(_("About the session"))
        paper.text(protocol.text)
    paper.heading(_("Agenda"))
    for item in protocol.items:
        _item(paper, item, outcomes)
    paper.text(
        _("Confirmed and frozen; SHA-256 %(digest)s", digest=digest) if digest else _("Not confirmed yet.")
    )
    return paper.data()


def _item(paper: Paper, item: Item, outcomes: Mapping[str, str]) -> None:
    paper.heading(f"{item.number} {item.title}", level=2)
    result = outcomes.get(item.outcome, item.outcome)
    paper.text(label(item.state) + (_(": ") + result if result else ""))
    if item.out:
        paper.text(_("Out of the room: %(names)s", names=_(", ").join(item.out)))
    for motion in item.motions:
        paper.text(told(motion, outcomes))
    paper.text(item.text)


def told(motion: Motion, outcomes: Mapping[str, str]) -> str:
    """One ballot in a sentence."""
    values = {
        "number": motion.number,
        "outcome": outcomes.get(motion.outcome, motion.outcome),
        "state": label(motion.state),
        "cast": motion.cast,
        "able": motion.able,
    }
    if motion.state in (MotionState.carried, MotionState.lost):
        text = _(
            "Motion %(number)s, “%(outcome)s”: %(state)s. %(yes)s in favour, %(no)s against, %(abstain)s abstaining; "
            "%(cast)s of %(able)s able to vote have voted.",
            yes=motion.yes, no=motion.no, abstain=motion.abstain, **values,
        )  # fmt: skip
    else:
        text = _("Motion %(number)s, “%(outcome)s”: %(state)s.", **values)
    if motion.reason:
        text += _(" Voted on again because: %(reason)s", reason=motion.reason)
    if motion.votes:
        text += "\n" + _(", ").join(name + _(": ") + label(choice) for name, choice in motion.votes)
    return text
