"""Pilots by JSON: sites offered, answered and assessed, what their nodes report. The same actions as the pages.

A token acts for its person: node operators for their organisation, the secretariat for the rest. The token of a node
itself opens none of these.
"""

from typing import Annotated, Any

from fastapi import Query

from portal.kit.answers import problems
from portal.kit.clock import shanghai
from portal.kit.errors import NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, scope
from registry.promotion import guards, policy, shown
from registry.promotion.actions import pilots, sites
from registry.promotion.answers import (
    IndicatorAnswer,
    ReportAnswer,
    ReportPage,
    SiteAnswer,
    SiteItem,
    SitePage,
)
from registry.promotion.bodies import AssessmentIn, OfferIn, RecordedSiteIn, ReportIn, SiteDecisionIn
from registry.promotion.forms import AssessmentInput, ReportInput, Rules
from registry.promotion.models import PromotionReport, PromotionSite
from registry.promotion.queries import pilot_pages
from registry.promotion.queries import pilots as queries

router = Doors()
TAGS: list[Any] = ["promotions"]
SITES = "/api/v1/promotions/{id}/sites"
SITE = SITES + "/{site}"
After = Annotated[str | None, Query(description="Cursor of the next page.")]
Before = Annotated[str | None, Query(description="Cursor of the page before.")]


def _at(instant: Any) -> str:
    return shanghai(instant).isoformat() if instant is not None else ""


def _item(site: Any, version: str) -> dict[str, Any]:
    return {
        "id": str(site.id),
        "promotion": str(site.promotion_id),
        "version": version,
        "node": site.node,
        "division": site.division,
        "from_on": site.from_on.isoformat(),
        "to_on": site.to_on.isoformat(),
        "state": site.state.value,
        "verdict": site.verdict,
        "report_due_at": _at(site.report_due_at),
        "url": sites.site_url(site),
    }


def _version(row: Any) -> str:
    return f"{row.namespace}/{row.name}@{row.version}"


def _answer(req: Context, site: PromotionSite) -> SiteAnswer:
    row = req.subject
    return SiteAnswer(
        **_item(site, _version(row)),
        reason=shown.reason_words(site.state_reason),
        deadline_at=_at(site.deadline_at),
        offer=site.offer,
        indicators=[
            IndicatorAnswer(**each.model_dump()) for each in Rules.model_validate(row.rules).pilot.indicators
        ],
        use=site.use,
        effect=site.effect,
        incidents=site.incidents,
        sha256=site.sha256 or "",
        reports_digest=site.reports_digest,
        assessed_at=_at(site.assessed_at),
    )


def _site(req: Context) -> PromotionSite:
    found = queries.one(req.db, req.actor, req.subject.id, req.path_id("site"))
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def _report(report: PromotionReport, *, stands: bool, told: bool) -> ReportAnswer:
    return ReportAnswer(
        number=report.number, replaces=report.replaces, stands=stands, from_on=report.from_on.isoformat(),
        to_on=report.to_on.isoformat(), use=report.use, effect=report.effect, severity=report.severity.value,
        incidents=report.incidents if told else "", measured=report.measured, at=_at(report.at),
    )  # fmt: skip


@router.api(
    "GET", "/api/v1/me/pilots", guard=scope("read", guards.operator), response_model=SitePage,
    responses=problems(401, 403), summary="Pilot sites of your organisations", tags=TAGS,
)  # fmt: skip
def mine(req: Req, after: After = None, before: Before = None) -> SitePage:
    """For node operators: 20 a page, the newest first, whatever became of them."""
    page = queries.mine(req.db, req.actor, after=after, before=before)
    items = [SiteItem(**_item(row, _version(row))) for row in page]
    return SitePage(items=items, before=page.before, after=page.after)


@router.api(
    "GET", SITES, guard=scope("read", guards.promotion), response_model=SitePage,
    responses=problems(404), summary="Pilot sites of a promotion", tags=TAGS,
)  # fmt: skip
def listed(req: Req, after: After = None, before: Before = None) -> SitePage:
    """20 a page, in the order they came. Offers are shown to the node that made them and to the staff alone."""
    page = pilot_pages.sites(req.db, req.actor, req.subject.id, after=after, before=before)
    items = [SiteItem(**_item(row[0], _version(req.subject))) for row in page]
    return SitePage(items=items, before=page.before, after=page.after)


@router.api(
    "POST", SITES, guard=scope("write", guards.for_operator), response_model=SiteAnswer, status_code=201,
    responses=problems(401, 403, 404, 409), summary="Offer a pilot site", tags=TAGS,
)  # fmt: skip
def offer(req: Req, body: OfferIn) -> SiteAnswer:
    """For node operators, of their own verified organisation, while sites are looked for."""
    return _answer(req, pilots.offer(req.db, req.actor, promotion_id=req.subject.id, given=body))


@router.api(
    "POST", "/api/v1/promotions/{id}/recorded-sites", guard=scope("write", guards.for_staff), response_model=SiteAnswer,
    status_code=201, responses=problems(401, 403, 404, 409), summary="Record a pilot site", tags=TAGS,
)  # fmt: skip
def record_site(req: Req, body: RecordedSiteIn) -> SiteAnswer:
    """For the secretariat, where the organisation does not sign up itself; nobody reports from such a site."""
    return _answer(req, sites.add(req.db, req.actor, promotion_id=req.subject.id, given=body))


@router.api(
    "GET", SITE, guard=scope("read", guards.promotion), response_model=SiteAnswer,
    responses=problems(404), summary="One pilot site", tags=TAGS,
)  # fmt: skip
def one(req: Req) -> SiteAnswer:
    """With the indicators its reports are asked for, and the finding."""
    return _answer(req, _site(req))


@router.api(
    "POST", SITE + "/decision", guard=scope("write", guards.for_member), response_model=SiteAnswer,
    responses=problems(401, 403, 404, 409), summary="Answer an offer, or take it back", tags=TAGS,
)  # fmt: skip
def decide(req: Req, body: SiteDecisionIn) -> SiteAnswer:
    """Accepting and declining: the secretariat. Withdrawing an offer, or leaving a pilot: the node's operators."""
    where = {"promotion_id": req.subject.id, "site_id": req.path_id("site")}
    if body.decision == "accept":
        return _answer(req, sites.accept(req.db, req.actor, **where))
    verb = sites.decline if body.decision == "decline" else pilots.withdraw
    return _answer(req, verb(req.db, req.actor, **where, reason=body.reason))


@router.api(
    "GET", SITE + "/reports", guard=scope("read", guards.promotion), response_model=ReportPage,
    responses=problems(404), summary="What a pilot site reported", tags=TAGS,
)  # fmt: skip
def reports(req: Req, after: After = None, before: Before = None) -> ReportPage:
    """20 a page, the newest first; also those that a later one stands in the place of."""
    site = _site(req)
    told = policy.reads_incidents(req.actor, site.organisation_id, req.subject.namespace_id)
    page = pilot_pages.reports(req.db, site.id, after=after, before=before)
    items = [_report(row[0], stands=row.stands, told=told) for row in page]
    return ReportPage(items=items, before=page.before, after=page.after)


@router.api(
    "POST", SITE + "/reports", guard=scope("write", guards.for_operator), response_model=ReportAnswer,
    status_code=201, responses=problems(401, 403, 404, 409), summary="Report a period", tags=TAGS,
)  # fmt: skip
def report(req: Req, body: ReportIn) -> ReportAnswer:
    """For node operators of the site's organisation. Nothing reported is changed: a report may stand in the place of an
    earlier one. Severe incidents are told to the staff at once."""
    given = ReportInput.model_validate(body.model_dump(exclude={"measured"}))
    made = pilots.report(
        req.db, req.actor, promotion_id=req.subject.id, site_id=req.path_id("site"), given=given,
        measured=body.measured,
    )  # fmt: skip
    return _report(made, stands=True, told=True)


@router.api(
    "POST", SITE + "/assessment", guard=scope("write", guards.for_staff), response_model=SiteAnswer,
    responses=problems(401, 403, 404, 409), summary="Record what came out of a pilot", tags=TAGS,
)  # fmt: skip
def assess(req: Req, body: AssessmentIn) -> SiteAnswer:
    """For the secretariat, once. It rests on the reports, whose digest is kept with it."""
    given = AssessmentInput.model_validate(body.model_dump(exclude={"file"}))
    file = (body.file.name, body.file.content()) if body.file is not None else None
    found = sites.assess(
        req.db, req.actor, promotion_id=req.subject.id, site_id=req.path_id("site"), given=given, file=file
    )
    return _answer(req, found)
