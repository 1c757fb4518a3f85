"""The page of one promotion."""

from typing import Any

from fastapi.responses import Response

from portal.kit.errors import NotFound, Refusal
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from registry.promotion import guards, policy, shown
from registry.promotion.actions import common, moving
from registry.promotion.models import FINAL, PROMOTION_TRANSITIONS, Stage
from registry.promotion.queries import pilots as queries
from registry.versions.serving import attachment

router = Doors()


@router.page("/promotions/{id}", guard=guards.promotion)
def page(req: Req) -> Response:
    """One promotion: the track, the check list, the vote, the sites, the log."""
    return show(req)


def show(
    req: Context,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    typed: Any = None,
    refusal: Refusal | None = None,
    sent: str = "",
) -> Response:
    """The page; ``errors`` are those of the form that was ``sent``, or ``refusal`` what was said to it."""
    if refusal is not None:
        status, errors = refusal.status, said_to(refusal, sent)
    row = req.subject
    seen = shown.look(req, row)
    following = seen.following
    staff = policy.is_staff(req.actor)
    free = staff and not common.has_part(req.db, req.actor, seen.promotion)
    moves = PROMOTION_TRANSITIONS.get(row.stage, {})

    def may(stage: Stage) -> bool:
        return free and policy.acts_as(req.actor, moves.get(stage, frozenset())) != ""

    member = free and req.actor.has("promotion_committee")
    return req.page(
        "promotion/promotion.html",
        status=status,
        row=row,
        title=shown.title(row, req.locale),
        here_url=common.url(row.id),
        version_url=shown.version_url(row),
        track=shown.track(row),
        checklist=shown.checklist(req, seen),
        following=following,
        next_label=label(following) if following else "",
        may_advance=following is not None and may(following),
        stops=[
            (stage.value, label(stage))
            for stage in (Stage.suspended, Stage.rolled_back, Stage.retired)
            if may(stage)
        ],
        may_vote=member,
        ballot=shown.ballot(req, seen, following) if staff and following is not None else None,
        may_withdraw=row.stage is Stage.nominated and req.actor.id == row.nominated_by,
        sites=shown.site_lines(seen),
        may_site=free and row.stage is Stage.pilot and req.actor.has("secretariat"),
        may_offer=req.actor.has("node_operator") and row.stage in (Stage.reviewed, Stage.pilot),
        log=shown.log(req, seen),
        overrides=shown.overrides(req, seen),
        over=row.stage in FINAL,
        reason=shown.reason_words(row.stage_reason),
        staff=staff,
        part=staff and not free,
        errors=errors or {},
        typed=typed or {},
        sent=sent,
        may_announce=free and req.actor.has("secretariat") and moving.lost_notice(req.db, seen.promotion),
    )


def said_to(refusal: Refusal, sent: str) -> dict[str, str]:
    """Where on the page a refusal is said: at the reason of the form that was sent, or above all where no field is."""
    said = refusal.message + (f" {refusal.hint}" if refusal.hint else "")
    if sent == "vote":
        return dict(refusal.fields) or {"": said}
    return {f"{sent}-reason": text for text in refusal.fields.values()} or {"": said}


@router.page("/promotions/{id}/sites/{site}/report", guard=guards.for_staff)
def report(req: Req) -> Response:
    """A site's report, as an attachment, for the secretariat and the committee."""
    found = queries.one(req.db, req.actor, req.subject.id, req.path_id("site"))
    if found is None or found.sha256 is None:
        raise NotFound(_("There is nothing at this address."))
    return attachment(found.sha256, found.filename)
