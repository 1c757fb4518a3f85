"""The reviewer's own pages: what waits, what is done, and how the own scores compare."""

from fastapi.responses import Response

from portal.kit.i18n import _
from portal.kit.pages import Req
from portal.kit.routes import Doors
from portal.reviews import charts
from portal.reviews.estimates.results import FEWEST
from portal.reviews.reviewing import guards
from portal.reviews.reviewing.queries import reviews
from portal.reviews.reviewing.reading import listed
from portal.reviews.rounds.queries import calibrations

router = Doors()


@router.page("/me/reviews", guard=guards.myself)
def queue(req: Req) -> Response:
    """Open reviews, the most urgent first; or those handed in, latest first."""
    done = req.query.get("tab") == "done"
    page = None
    if done:
        page = reviews.done(req.db, req.subject, after=req.query.get("after"), before=req.query.get("before"))
    rows = listed(req.db, req.subject, page.rows if page is not None else reviews.queue(req.db, req.subject))
    return req.page(
        "reviewing/queue.html",
        rows=rows,
        page=page,
        done=done,
        tabs=[
            (_("Open reviews"), req.url_with(tab=None, after=None, before=None), not done),
            (_("Reviews handed in"), req.url_with(tab="done", after=None, before=None), done),
        ],
    )


@router.page("/me/reviews/calibration", guard=guards.myself)
def calibration(req: Req) -> Response:
    """How the own scores compare with the colleagues'; nobody else has a way to this."""
    words = charts.CalibrationWords(
        severity=_("Severity"),
        stricter=_("stricter than colleagues"),
        milder=_("milder than colleagues"),
        own_spread=_("Spread of your scores"),
        typical_spread=_("Usual spread"),
        withheld=_("withheld: too few reviews"),
    )
    found = []
    for row in calibrations.of_account(req.db, req.subject):
        one = calibrations.read(row.Calibration)
        title = row.Round.title(req.locale)
        found.append(
            {
                "title": title,
                "at": row.Calibration.at,
                "one": one,
                "svg": charts.calibration(one, title=title, words=words, locale=req.locale),
            }
        )
    return req.page("reviewing/calibration.html", found=found, fewest=FEWEST)
