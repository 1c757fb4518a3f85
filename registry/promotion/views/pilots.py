"""Pages of pilots: offering a site, what sites report over time, and the assessment that rests on it."""

import uuid
from typing import Any

from fastapi.responses import Response

from portal.kit.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, TooLarge
from portal.kit.forms import Parsed, clean, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.text import to_csv
from registry.certification.actions.assessing import MAX_EVIDENCE
from registry.promotion import guards, piloting, policy, shown
from registry.promotion.actions import common, pilots, sites
from registry.promotion.forms import AssessmentInput, OfferInput, ReportInput, Rules
from registry.promotion.models import PromotionSite, Severity, SiteState, SiteVerdict, Stage
from registry.promotion.queries import pilots as queries

router = Doors()
SITE = "/promotions/{id}/pilots/{site}"


@router.page("/me/pilots", guard=guards.operator)
def mine(req: Req) -> Response:
    """The pilot sites of one's own organisations, and what looks for sites."""
    page = queries.mine(req.db, req.actor, after=req.query.get("after"), before=req.query.get("before"))
    return req.page(
        "promotion/mine.html",
        page=page,
        rows=[(row, shown.title(row, req.locale)) for row in page],
        wanted=[(row, shown.title(row, req.locale)) for row in queries.wanted(req.db)],
        units=queries.own_units(req.db, list(req.actor.organisations)),
    )


@router.page("/promotions/{id}/offer", guard=guards.for_operator)
def offer_form(req: Req) -> Response:
    """The form of an offer."""
    return _offer(req, Parsed(values={}))


@router.act("/promotions/{id}/offer", guard=guards.for_operator)
def offer(req: Req) -> Response:
    """Offer an organisation as a pilot site."""
    parsed = parse(OfferInput, req.form)
    if parsed.model is None:
        return _offer(req, parsed)
    try:
        with req.db.begin_nested():
            made = pilots.offer(req.db, req.actor, promotion_id=req.subject.id, given=parsed.model)
    except (Invalid, Conflict) as refusal:
        return _offer(req, parsed, refusal)
    return req.redirect(
        sites.site_url(made), flash=_("The offer is made. The secretariat answers it; you will be told.")
    )


def _offer(req: Context, parsed: Parsed[Any], refusal: Refusal | None = None) -> Response:
    units = queries.own_units(req.db, list(req.actor.organisations))
    errors = parsed.errors or (dict(refusal.fields) if refusal else {})
    return req.page(
        "promotion/offer.html",
        status=refusal.status if refusal else 422 if errors else 200,
        row=req.subject,
        title=shown.title(req.subject, req.locale),
        here_url=common.url(req.subject.id),
        units=[(each.id, each.name) for each in units],
        v={"division": units[0].division_code if units else ""} | parsed.values,
        errors=errors or ({"": refusal.message} if refusal else {}),
    )


@router.page("/promotions/{id}/pilots", guard=guards.promotion)
def together(req: Req) -> Response:
    """All sites of a promotion: their findings, and every indicator over time."""
    row, rules = req.subject, Rules.model_validate(req.subject.rules)
    found = queries.of_promotion(req.db, req.actor, row.id)
    reports = piloting.by_site(queries.reports(req.db, [site.id for site in found]))
    return req.page(
        "promotion/pilots.html",
        row=row,
        title=shown.title(row, req.locale),
        here_url=common.url(row.id),
        sites=[(site, *piloting.verdict(site), len(reports.get(site.id, []))) for site in found],
        figures=piloting.figures(rules, found, reports, req.locale),
    )


@router.page("/promotions/{id}/pilots.csv", guard=guards.promotion)
def table(req: Req) -> Response:
    """Every report of every site as a table."""
    return _csv(req, queries.of_promotion(req.db, req.actor, req.subject.id), "pilots.csv")


def _csv(req: Context, found: list[PromotionSite], name: str) -> Response:
    reports = piloting.by_site(queries.reports(req.db, [site.id for site in found]))
    header, lines = piloting.table(
        Rules.model_validate(req.subject.rules), found, reports, incidents=lambda site: _told(req, site)
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(to_csv(header, lines), media_type="text/csv; charset=utf-8", headers=headers)


def _told(req: Context, site: PromotionSite) -> bool:
    return policy.reads_incidents(req.actor, site.organisation_id, req.subject.namespace_id)


def _site(req: Context) -> PromotionSite:
    found = queries.one(req.db, req.actor, req.subject.id, req.path_id("site"))
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


@router.page(SITE, guard=guards.promotion)
def one(req: Req) -> Response:
    """A site: its reports, its indicators over time, its finding."""
    return _show(req)


@router.page(SITE + "/reports.csv", guard=guards.promotion)
def site_table(req: Req) -> Response:
    """The reports of a site as a table."""
    return _csv(req, [_site(req)], "reports.csv")


def _show(
    req: Context, *, refusal: Refusal | None = None, sent: str = "", typed: Any = None, errors: Any = None
) -> Response:
    """The page; ``refusal`` or ``errors`` say what was wrong with the form that was ``sent``."""
    site, row, rules = _site(req), req.subject, Rules.model_validate(req.subject.rules)
    reports = queries.reports(req.db, [site.id])
    node = policy.runs_node(req.actor, site.organisation_id)
    if refusal is not None:
        fields = dict(refusal.fields)
        errors = fields if sent == "assess" else {f"{sent}-reason": text for text in fields.values()}
        errors = errors or {"": refusal.message + (f" {refusal.hint}" if refusal.hint else "")}
    desk = policy.acts_as(req.actor, {"secretariat"}) != "" and not common.has_part(
        req.db, req.actor, common.one(req.db, row.id)
    )
    on_pilot = row.stage is Stage.pilot
    verdict, level = piloting.verdict(site)
    return req.page(
        "promotion/site.html",
        status=refusal.status if refusal else 422 if errors else 200,
        row=row,
        pilot=site,
        title=shown.title(row, req.locale),
        here_url=sites.site_url(site),
        verdict=verdict,
        level=level,
        reason=shown.reason_words(site.state_reason),
        reports=piloting.report_lines(rules, reports, req.locale, incidents=_told(req, site)),
        figures=piloting.figures(rules, [site], {site.id: reports}, req.locale),
        told=_told(req, site),
        staff=policy.is_staff(req.actor),
        may_report=node and on_pilot and site.state is SiteState.piloting,
        may_withdraw=node and site.state in (SiteState.offered, SiteState.piloting),
        may_accept=desk and on_pilot and site.state is SiteState.offered,
        may_decline=desk and site.state is SiteState.offered,
        may_assess=desk and on_pilot and site.state is SiteState.piloting,
        states=SiteState,
        verdicts=[(each.value, label(each)) for each in SiteVerdict],
        errors=errors or {},
        typed=typed or {},
        sent=sent,
    )


@router.page(SITE + "/report", guard=guards.for_operator)
def report_form(req: Req) -> Response:
    """The form of a report, for those who run the site."""
    if not policy.runs_node(req.actor, _site(req).organisation_id):
        raise Forbidden(_("Only node operators of the site's organisation do this."))
    return _report(req, Parsed(values={}))


@router.act(SITE + "/report", guard=guards.for_operator)
def report(req: Req) -> Response:
    """Report a period."""
    parsed = parse(ReportInput, req.form)
    measured, wrong = _measured(req)
    parsed.errors.update(wrong)
    if parsed.model is None or wrong:
        return _report(req, parsed)
    try:
        with req.db.begin_nested():
            pilots.report(
                req.db, req.actor, promotion_id=req.subject.id, site_id=req.path_id("site"), given=parsed.model,
                measured=measured,
            )  # fmt: skip
    except (Invalid, Conflict) as refusal:
        return _report(req, parsed, refusal)
    return req.redirect(
        f"{common.url(req.subject.id)}/pilots/{req.path_id('site')}", flash=_("The report is made.")
    )


def _measured(req: Context) -> tuple[dict[str, float], dict[str, str]]:
    """The numbers of the rules' indicators; those that were left out are not known."""
    found: dict[str, float] = {}
    wrong: dict[str, str] = {}
    for each in Rules.model_validate(req.subject.rules).pilot.indicators:
        text = str(req.form.get(f"m-{each.code}", "")).strip()[:40]
        if not text:
            continue
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not -1e12 <= value <= 1e12:
            wrong[f"m-{each.code}"] = _("Please enter a number.")
        else:
            found[each.code] = value
    return found, wrong


def _report(req: Context, parsed: Parsed[Any], refusal: Refusal | None = None) -> Response:
    site, rules = _site(req), Rules.model_validate(req.subject.rules)
    errors = parsed.errors or (dict(refusal.fields) if refusal else {})
    standing = sites.standing_reports(queries.reports(req.db, [site.id]))
    return req.page(
        "promotion/report.html",
        status=refusal.status if refusal else 422 if errors else 200,
        row=req.subject,
        pilot=site,
        title=shown.title(req.subject, req.locale),
        here_url=sites.site_url(site),
        indicators=[
            {
                "name": f"m-{each.code}",
                "title": piloting.named(each, req.locale),
                "hint": piloting.direction(each),
                "value": str(req.form.get(f"m-{each.code}", ""))[:40] if parsed.values else "",
            }
            for each in rules.pilot.indicators
        ],
        severities=[(each.value, label(each)) for each in Severity],
        standing=[(row.number, f"{row.number}: {row.from_on} — {row.to_on}") for row in reversed(standing)],
        v=parsed.values,
        errors=errors or ({"": refusal.message} if refusal else {}),
    )


@router.act(SITE + "/assess", guard=guards.for_staff)
def assess(req: Req) -> Response:
    """Record what came out of the pilot there. What was typed stays where it is refused; a browser keeps no file."""
    names = ("use", "effect", "incidents", "verdict")
    fields = {name: str(req.form.get(name, "")) for name in names}
    parsed = parse(AssessmentInput, fields)
    if parsed.model is None:
        return _show(req, errors=parsed.errors, sent="assess", typed=fields)
    sent = [each for each in req.files("file") if each.filename]
    file = (sent[0].filename or "", sent[0].file.read(MAX_EVIDENCE + 1)) if sent else None
    try:
        with req.db.begin_nested():
            sites.assess(
                req.db, req.actor, promotion_id=req.subject.id, site_id=req.path_id("site"), given=parsed.model,
                file=file,
            )  # fmt: skip
    except (Invalid, Conflict, TooLarge) as refusal:
        return _show(req, refusal=refusal, sent="assess", typed=fields)
    return req.redirect(_here(req), flash=_("The assessment is recorded."))


@router.act(SITE + "/{verb}", guard=guards.for_member)
def act(req: Req) -> Response:
    """``accept``, ``decline`` (the secretariat), ``withdraw`` (the node: an offer, or from a pilot that runs)."""
    verb, reason = req.path["verb"], clean(str(req.form.get("reason", "")))
    where: dict[str, uuid.UUID] = {"promotion_id": req.subject.id, "site_id": req.path_id("site")}
    try:
        with req.db.begin_nested():
            if verb == "accept":
                sites.accept(req.db, req.actor, **where)
            elif verb == "decline":
                sites.decline(req.db, req.actor, **where, reason=reason)
            elif verb == "withdraw":
                pilots.withdraw(req.db, req.actor, **where, reason=reason)
            else:
                raise NotFound(_("There is nothing at this address."))
    except (Invalid, Conflict) as refusal:
        return _show(req, refusal=refusal, sent=verb, typed={"reason": reason})
    return req.redirect(_here(req), flash=_("The decision is recorded."))


def _here(req: Context) -> str:
    return f"{common.url(req.subject.id)}/pilots/{req.path_id('site')}"
