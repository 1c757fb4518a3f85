"""The phases of a round with their dates, as rows and as a drawing."""

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from portal.audit.models import AuditEvent
from portal.kit.charts.scale import FONT, Scale, text_width
from portal.kit.charts.svg import Drawing
from portal.kit.clock import now, shanghai
from portal.kit.i18n import _
from portal.reviews.rounds.models import Phase, Round
from portal.reviews.rounds.shape import Shape

ROW = 30.0
WIDTH = 660.0


@dataclass(frozen=True)
class Span:
    """A phase: when it began or is to begin, and when it ended or is to end."""

    phase: Phase
    begin: dt.datetime
    end: dt.datetime
    state: str
    """done, current or planned."""


def spans_of(round_: Round, shape: Shape, events: Sequence[AuditEvent]) -> list[Span]:
    """What was, from the audit log; what is, with its end; what is to come, by the numbers of the shape.

    Of a round that ended early only what was.
    """
    began: dict[Phase, dt.datetime] = {Phase.preparation: round_.created_at}
    for event in events:
        phase = Phase(event.verb.removeprefix("review_round."))
        if phase is not Phase.preparation:
            began[phase] = event.at
    order = [phase for phase in Phase if phase in began]
    found = [Span(phase, began[phase], began[after], "done") for phase, after in itertools.pairwise(order)]
    if round_.phase is Phase.over:
        end = max(round_.created_at, round_.state_at)
        return found or [Span(Phase.preparation, round_.created_at, end, "done")]
    here: Phase = Phase(round_.phase)
    begin = began.get(here, round_.state_at)
    end = round_.deadline_at or begin
    found = [span for span in found if span.phase is not here]
    found.append(Span(here, begin, max(begin, end), "current"))
    while (here := shape.after(here)) is not Phase.over:
        begin, end = end, end + dt.timedelta(days=shape.days(here))
        found.append(Span(here, begin, end, "planned"))
    return found


def drawing(spans: Sequence[Span], title: str) -> Markup:
    """One row a phase, over the days; the present instant is a line."""
    names = [_(span.phase.label) for span in spans]
    left = max((text_width(name) for name in names), default=0.0) + 14
    first, last = min(span.begin for span in spans), max(span.end for span in spans)
    high = 12 + ROW * len(spans) + 2 * FONT
    picture = Drawing(WIDTH, high)
    scale = Scale(first.timestamp(), max(last.timestamp(), first.timestamp() + 86_400), left, WIDTH - 40)
    bottom = 12 + ROW * len(spans)
    picture.line("axis", left, bottom, WIDTH - 40, bottom)
    for at in (first, first + (last - first) / 2, last):
        x = scale(at.timestamp())
        picture.line("grid", x, 8, x, bottom).text(x, bottom + FONT + 6, f"{shanghai(at):%Y-%m-%d}", "middle")
    for row, (span, name) in enumerate(zip(spans, names, strict=True)):
        y = 12 + ROW * row
        picture.text(left - 10, y + ROW / 2 + FONT / 3, name, "end", css="label")
        begin, end = scale(span.begin.timestamp()), scale(span.end.timestamp())
        picture.open("s2" if span.state == "current" else "s1")
        if span.state == "planned":
            picture.add(
                "rect",
                "stroke",
                x=begin,
                y=y + 8,
                width=max(end - begin, 1),
                height=ROW - 16,
                stroke_dasharray="4 3",
            )
        else:
            picture.rect("fill", begin, y + 6, end - begin, ROW - 12)
        picture.close()
    today = now().timestamp()
    if first.timestamp() <= today <= last.timestamp():
        picture.open("mark").line("whisker", scale(today), 4, scale(today), bottom).close()
    return picture.markup(title)
