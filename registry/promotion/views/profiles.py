"""The rules: what each stage asks for, and the next version of them."""

from fastapi.responses import Response

from portal.kit.i18n import _, label
from portal.kit.pages import Req
from portal.kit.routes import Doors, public
from registry.editions.desk import Desk
from registry.promotion import editing, guards, piloting, policy, shown
from registry.promotion.actions import profiles
from registry.promotion.forms import ProfileInput, Rules
from registry.promotion.models import TRACK, PromotionProfile
from registry.promotion.wording import KINDS

router = Doors()
AT = "/promotions/rules"
desk = Desk(
    table=PromotionProfile,
    at=AT,
    crumbs=lambda: [(_("Promotions"), "/promotions")],
    keeps=lambda: _("Promotions under way keep the rules they began with."),
    file="rules.json",
    content=("source", "rules"),
    input=ProfileInput,
    in_force=profiles.in_force,
    revise=profiles.revise,
    form=editing,
)
desk.doors(router, guards.profile_editor)


@router.page(f"{AT}/{{code}}", guard=public)
def one(req: Req) -> Response:
    """A version of the rules (``?number=``; without it the newest): every stage with its gates and thresholds."""
    found = desk.found(req)
    chosen, changes = desk.chosen(req, found)
    rules = Rules.model_validate(chosen.rules)
    return req.page(
        "promotion/rules.html",
        profile=chosen,
        versions=found,
        changes=changes,
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
                    (
                        gate.title(req.locale),
                        _(KINDS[gate.kind]),
                        shown.bounds(gate),
                        gate.overridable,
                        gate.source,
                    )
                    for gate in rules.stages[stage].gates
                ],
            )
            for stage in TRACK
        ],
    )
