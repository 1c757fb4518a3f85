"""Moving on: the one way into a stage, the committee's votes, suspension, rollback, retirement, and the clock."""

import uuid
from typing import Any

from portal.audit.actions import record
from portal.kit.actor import SYSTEM, Actor
from portal.kit.clock import now
from portal.kit.db import Session
from portal.kit.errors import Conflict, Forbidden
from portal.kit.forms import need_reason
from portal.kit.i18n import N_, _, get_locale, label
from portal.reviews.publicity import queries as publicity
from portal.reviews.publicity.actions import notices
from portal.reviews.publicity.forms import NoticeForm
from portal.reviews.publicity.policy import Verdict
from registry.certification.actions.common import in_person
from registry.certification.queries import certificates
from registry.promotion import policy
from registry.promotion.actions import common
from registry.promotion.gates import Checked
from registry.promotion.models import (
    PROMOTION_TRANSITIONS,
    RUNNING,
    TIMED_OUT,
    Promotion,
    PromotionVote,
    Stage,
)
from registry.promotion.policy import Ballot
from registry.promotion.queries import gathering
from registry.promotion.queries import promotions as queries

LATE = N_("Timed out: nobody moved it on before the deadline.")
UNCERTIFIED = N_("Its certificate is not valid any more.")


class GateUnmet(Conflict):
    """Gates are not met, and no vote of the committee covers them."""

    code = "gates_unmet"


def advance(db: Session, actor: Actor, *, promotion_id: uuid.UUID, target: Stage, reason: str) -> Promotion:
    """The one way into a stage: locked, gates computed in this transaction, refused with the list of unmet ones.

    ``target`` is what the actor saw as the next stage: if the promotion has moved in the meantime it is refused. From a
    suspension it leads back to the stage it was suspended in, through that stage's gates.
    """
    in_person(actor)
    promotion = common.locked(db, promotion_id)
    if common.following(promotion) is not target:
        raise Conflict(
            _("This cannot go from “%(old)s” to “%(new)s”.", old=label(promotion.stage), new=label(target)),
            hint=_("Reload the page: somebody may have changed it in the meantime."),
        )
    who = _acting(actor, promotion, target)
    common.free(db, actor, promotion)
    said = need_reason(reason)
    common.still_there(db, promotion)
    found = common.checked(db, promotion, target)
    unmet = [one for one in found if not one.met]
    override = _override(db, promotion, unmet) if unmet else {}
    returning = promotion.stage is Stage.suspended
    common.move(db, actor, promotion, target, who, reason=said, found=found, override=override)
    if target is Stage.notice and not returning:
        _announce(db, actor, promotion)
    return promotion


def _acting(actor: Actor, promotion: Promotion, target: Stage) -> str:
    who = policy.acts_as(actor, PROMOTION_TRANSITIONS.get(promotion.stage, {}).get(target, frozenset()))
    if not who:
        raise Forbidden(_("This is for other roles than yours."))
    return who


def _override(db: Session, promotion: Promotion, unmet: list[Checked]) -> dict[str, Any]:
    """The vote that covers the unmet gates, as it is shown for ever; refuses where there is none."""
    rules = common.rules_of(db, promotion)
    cast = queries.votes(db, promotion.id, promotion.step)
    if not policy.carried(rules, [Ballot(v.in_favour, frozenset(v.unmet)) for v in cast], unmet):
        names = "; ".join(one.gate.title(get_locale()) for one in unmet)
        raise GateUnmet(
            _("Gates are not met: %(names)s", names=names),
            hint=_(
                "Supply what is missing, or have the promotion committee vote on it where the rules allow it."
            ),
        )
    return {
        "gates": [one.gate.code for one in unmet],
        "in_favour": sum(v.in_favour for v in cast),
        "against": sum(not v.in_favour for v in cast),
        "quorum": rules.quorum,
        "reasons": [v.reason for v in cast if v.in_favour],
        "reasons_against": [v.reason for v in cast if not v.in_favour],
        "votes": [str(v.id) for v in cast],
    }


def vote(
    db: Session, actor: Actor, *, promotion_id: uuid.UUID, in_favour: bool, reason: str
) -> PromotionVote:
    """Vote on letting it go on although gates are not met. One vote a member and step, never changed."""
    in_person(actor)
    promotion = common.locked(db, promotion_id)
    if policy.acts_as(actor, {"promotion_committee"}) == "":
        raise Forbidden(_("Only the promotion committee votes."))
    assert actor.id is not None  # noqa: S101 - acts_as
    common.free(db, actor, promotion)
    target = common.following(promotion)
    unmet = [one for one in common.checked(db, promotion, target) if not one.met] if target else []
    if not unmet:
        raise Conflict(_("There is nothing to vote on: no gate is unmet."))
    if not all(one.gate.overridable for one in unmet):
        raise Conflict(_("A gate that no vote passes over is not met."))
    said = need_reason(reason)
    if any(v.account_id == actor.id for v in queries.votes(db, promotion.id, promotion.step)):
        raise Conflict(_("You have voted on this."))
    made = PromotionVote(
        promotion_id=promotion.id, step=promotion.step, account_id=actor.id, in_favour=in_favour, reason=said,
        unmet=[one.gate.code for one in unmet],
    )  # fmt: skip
    db.add(made)
    db.flush()
    record(
        db, actor, verb="promotion.voted", object=promotion, reason=said, in_favour=in_favour, step=promotion.step,
        gates=list(made.unmet),
    )  # fmt: skip
    return made


def announce_again(db: Session, actor: Actor, *, promotion_id: uuid.UUID, reason: str) -> Promotion:
    """Put up another notice where the one of this stage was cancelled, with a reason. The stage's deadline stays: it
    began with the stage, and a notice that was cancelled buys no time."""
    promotion = common.locked(db, promotion_id)
    if policy.acts_as(actor, {"secretariat"}) == "":
        raise Forbidden(_("Only the secretariat puts up notices."))
    common.free(db, actor, promotion)
    if not lost_notice(db, promotion):
        raise Conflict(
            _("There is no cancelled notice here."),
            hint=_(
                "A notice is put up again only in its stage, and only where the one before was cancelled."
            ),
        )
    said = need_reason(reason)
    common.still_there(db, promotion)
    record(db, actor, verb="promotion.notice-renewed", object=promotion, reason=said, step=promotion.step)
    _announce(db, actor, promotion)
    return promotion


def lost_notice(db: Session, promotion: Promotion) -> bool:
    """Whether it is on notice without one: the notice was cancelled."""
    return (
        promotion.stage is Stage.notice
        and publicity.verdict(db, gathering.KIND, promotion.id) is Verdict.none
    )


def _announce(db: Session, actor: Actor, promotion: Promotion) -> None:
    version, asset, space = common.subject(db, promotion)
    name, full = f"{asset.title} {version.number}", f"{space}/{asset.name} {version.number}"
    given = NoticeForm(
        title_zh=f"拟全国推广成果公示：{name}"[:200],
        title_en=f"To be promoted nationally: {full}"[:200],
        body_zh=f"拟将成果“{name}”（{full}）列入全国推广目录，现予公示。版本文件摘要（SHA-256）：{promotion.version_digest}。",
        body_en=f"{full} is to enter the national list. SHA-256 of its files: {promotion.version_digest}.",
        working_days=common.rules_of(db, promotion).working_days,
    )
    notice = notices.draft(
        db, actor, given=given, kind=gathering.KIND, subject_id=promotion.id, page=common.url(promotion.id),
        demo=promotion.demo,
    )  # fmt: skip
    notices.start(db, actor, notice_id=notice.id)


def stop(db: Session, actor: Actor, *, promotion_id: uuid.UUID, target: Stage, reason: str) -> Promotion:
    """Suspend, roll back or retire, with a reason. These enter no stage of the way, so no gate is asked."""
    if target not in (Stage.suspended, Stage.rolled_back, Stage.retired):
        raise ValueError(target)
    promotion = common.locked(db, promotion_id)
    allowed = PROMOTION_TRANSITIONS.get(promotion.stage, {}).get(target)
    if allowed is None:
        raise Conflict(
            _("This cannot go from “%(old)s” to “%(new)s”.", old=label(promotion.stage), new=label(target)),
            hint=_("Reload the page: somebody may have changed it in the meantime."),
        )
    who = _acting(actor, promotion, target)
    common.free(db, actor, promotion)
    common.move(db, actor, promotion, target, who, reason=need_reason(reason))
    return promotion


def uncertified(db: Session, *, version_id: uuid.UUID) -> bool:
    """Suspend the running promotion of a version whose certificate is not valid any more."""
    live = queries.live_of(db, version_id)
    return live is not None and _suspend_uncertified(db, live)


def _suspend_uncertified(db: Session, promotion_id: uuid.UUID) -> bool:
    promotion = common.locked(db, promotion_id)
    certificate = gathering.certificate(db, promotion.version_id)
    if promotion.stage not in RUNNING or (certificate is not None and certificate.valid):
        return False
    if certificate is None and not any(
        gate.kind == "certified" for gate in common.rules_of(db, promotion).stages[promotion.stage].gates
    ):
        return False
    # The committee went on without one, knowing it. Of one that fell since then it did not know.
    step = queries.steps(db, promotion.id)[-1]
    kinds = {gate.code: gate.kind for gate in common.rules_of(db, promotion).stages[promotion.stage].gates}
    known = any(kinds.get(code) == "certified" for code in step.override.get("gates", ()))
    if known and not certificates.fell_since(db, promotion.version_id, step.at):
        return False
    common.move(db, SYSTEM, promotion, Stage.suspended, "system", reason=UNCERTIFIED)
    return True


def watch(db: Session) -> int:
    """What the clock does: promotions that lost their certificate are suspended, stages that are over end."""
    done = sum(_suspend_uncertified(db, key) for key in queries.in_stages(db, RUNNING))
    for key in queries.overdue(db, now()):
        promotion = common.locked(db, key)
        if promotion.deadline_at <= now() and promotion.stage in TIMED_OUT:
            common.move(db, SYSTEM, promotion, TIMED_OUT[promotion.stage], "system", reason=LATE)
            done += 1
    return done
