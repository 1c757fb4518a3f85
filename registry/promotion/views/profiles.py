"""The rules: what each stage asks for, and the next version of them."""

import json
from typing import Any

from fastapi.responses import Response

from portal.kit.errors import Invalid, NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public
from registry.certification.queries.editions import today
from registry.promotion import guards, piloting, policy, shown
from registry.promotion.actions import profiles
from registry.promotion.forms import ProfileInput, Rules
from registry.promotion.models import TRACK, PromotionProfile
from registry.promotion.queries import profiles as queries

router = Doors()


def _versions(req: Context) -> list[PromotionProfile]:
    profiles.in_force(req.db)
    found = queries.versions_of(req.db, req.path["code"][:40].replace("\x00", ""))
    if not found:
        raise NotFound(_("There is nothing at this address."))
    return found


@router.page("/promotions/rules/{code}", guard=public)
def one(req: Req) -> Response:
    """A version of the rules (``?number=``; without it the newest): every stage with its gates and thresholds."""
    found = _versions(req)
    wanted = req.query.get("number", "")
    chosen = next((each for each in found if str(each.number) == wanted), found[0])
    rules = Rules.model_validate(chosen.rules)
    return req.page(
        "promotion/rules.html",
        profile=chosen,
        versions=found,
        rules=rules,
        indicators=[
            (piloting.named(each, req.locale), piloting.direction(each)) for each in rules.pilot.indicators
        ],
        may_edit=policy.can_edit_profiles(req.actor),
        stages=[
            (
                label(stage),
                rules.stages[stage].days,
                [
                    (gate.title(req.locale), gate.kind, shown.bounds(gate), gate.overridable, gate.source)
                    for gate in rules.stages[stage].gates
                ],
            )
            for stage in TRACK
        ],
    )


@router.page("/promotions/rules/{code}/edit", guard=guards.profile_editor)
def edit(req: Req) -> Response:
    """The next version, beginning with the newest."""
    return _form(req, Parsed(values={}))


def _form(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    last = _versions(req)[0]
    return req.page(
        "promotion/rules_edit.html",
        status=status,
        last=last,
        errors=parsed.errors,
        v={
            "effective_from": today().isoformat(),
            "source": last.source,
            "rules": json.dumps(last.rules, ensure_ascii=False, indent=1),
            "reason": "",
        }
        | parsed.values,
    )


@router.act("/promotions/rules/{code}/edit", guard=guards.profile_editor)
def save(req: Req) -> Response:
    """Make the next version; promotions under way keep theirs."""
    parsed = parse(ProfileInput, req.form)
    if parsed.model is None:
        return _form(req, parsed, 422)
    try:
        made = profiles.revise(req.db, req.actor, code=req.path["code"], given=parsed.model)
    except Invalid as refusal:
        parsed.errors.update(refusal.fields)
        return _form(req, parsed, refusal.status)
    return req.redirect(f"/promotions/rules/{made.code}", flash=_("The next version was made."))
