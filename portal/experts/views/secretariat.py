"""The secretariat's pages: the pool by states, one dossier, decisions."""

from typing import Any

from fastapi.responses import Response

from portal.accounts import queries as accounts
from portal.experts import guards, policy
from portal.experts.actions import dossier as dossier_actions
from portal.experts.actions import lifecycle, nominations
from portal.experts.forms import PauseForm
from portal.experts.models import IN_POOL, OUTSIDE, Expert, ExpertState, Language
from portal.experts.queries import disciplines as taxonomy
from portal.experts.queries import dossier as dossier_queries
from portal.experts.queries import pool
from portal.experts.views.mine import history_of
from portal.kit.errors import NotFound
from portal.kit.forms import parse
from portal.kit.i18n import N_, _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors
from portal.kit.text import to_csv

router = Doors()
TABS: dict[str, tuple[str, tuple[ExpertState, ...]]] = {
    "": (N_("To admit"), (ExpertState.admitting,)),
    "asked": (N_("Waiting for others"), (ExpertState.nominated, ExpertState.confirming)),
    "recheck": (N_("Re-checks"), (ExpertState.recheck,)),
    "active": (N_("In the pool"), IN_POOL),
    "paused": (N_("Paused"), (ExpertState.paused,)),
    "outside": (N_("Not or no longer in the pool"), (*OUTSIDE, ExpertState.removed)),
}


@router.page("/admin/experts", guard=guards.secretariat)
def queue(req: Req) -> Response:
    """The pool by states, longest in its state first."""
    chosen = req.query.get("tab", "") if req.query.get("tab", "") in TABS else ""
    words = req.query.get("q", "").replace("\x00", "").strip()[:100]
    counts = pool.by_state(req.db)
    page = pool.queue(
        req.db, TABS[chosen][1], words=words, after=req.query.get("after"), before=req.query.get("before")
    )
    return req.page(
        "experts/queue.html",
        page=page,
        q=words,
        chosen=chosen,
        tabs=[
            (
                _(title),
                req.url_with(tab=name or None, after=None, before=None),
                name == chosen,
                sum(counts.get(state, 0) for state in states),
            )
            for name, (title, states) in TABS.items()
        ],
    )


@router.page("/admin/experts.csv", guard=guards.secretariat)
def table(req: Req) -> Response:
    """One tab as a table."""
    chosen = TABS.get(req.query.get("tab", ""), TABS[""])
    header = (
        "short_name",
        "name",
        "state",
        "since",
        "until",
        "checked",
        "organisation",
        "titles",
        "senior",
        "reason",
    )
    rows = [
        (
            row.slug, row.name, row.state.value, _stamp(row.state_at), _stamp(row.deadline_at), _stamp(row.checked_at),
            row.organisation, row.titles, "yes" if row.senior else "", row.state_reason,
        )
        for row in pool.rows_for_csv(req.db, chosen[1])
    ]  # fmt: skip
    headers = {"Content-Disposition": 'attachment; filename="expert-pool.csv"'}
    return Response(to_csv(header, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _stamp(value: Any) -> str:
    return value.isoformat(timespec="minutes") if value is not None else ""


@router.page("/admin/experts/{id}", guard=guards.dossier)
def dossier(req: Req) -> Response:
    """Everything about one expert, and what can be decided."""
    expert: Expert = req.subject
    return req.page(
        "experts/dossier.html",
        expert=expert,
        account=accounts.by_id(req.db, expert.account_id),
        slug=accounts.namespace_of(req.db, account_id=expert.account_id).slug,
        unit=nominations.unit_name(req.db, expert),
        parts=pool.parts_of(req.db, expert.id),
        names={row.code: row.name(req.locale) for row in taxonomy.all_of(req.db)},
        affiliations=dossier_queries.affiliations_of(req.db, expert.account_id),
        relations=dossier_queries.relations_of(req.db, expert.account_id),
        languages=[label(Language(item)) for item in expert.languages if item in set(Language)],
        history=history_of(req, expert),
        may_decide=policy.can_decide(req.actor, expert),
        keeps=policy.keeps_profile(expert),
    )


@router.act("/admin/experts/{id}/{verb}", guard=guards.dossier)
def decide(req: Req) -> Response:
    """``confirm`` in the organisation's place, ``admit``, ``decline``, ``pause``, ``resume``, ``check``,
    ``checked``, ``senior``, ``remove``."""
    key, verb, reason = req.subject.id, req.path["verb"], str(req.form.get("reason", ""))
    senior = req.form.get("senior") == "1"
    if verb == "pause":
        given = parse(PauseForm, req.form).require()
        lifecycle.pause_by_secretariat(
            req.db, req.actor, expert_id=key, until=given.until, reason=given.reason
        )
        return _done(req)
    verbs: dict[str, tuple[Any, dict[str, Any]]] = {
        "confirm": (nominations.confirm, {"confirmed": True}),
        "admit": (nominations.admit, {"senior": senior}),
        "decline": (nominations.decline, {"reason": reason}),
        "resume": (lifecycle.resume_by_secretariat, {}),
        "check": (lifecycle.ask_check, {}),
        "checked": (lifecycle.confirm_by_secretariat, {}),
        "senior": (lifecycle.set_senior, {"senior": senior}),
        "remove": (lifecycle.remove, {"reason": reason}),
    }
    if verb not in verbs:
        raise NotFound(_("There is nothing at this address."))
    action, values = verbs[verb]
    action(req.db, req.actor, expert_id=key, **values)
    return _done(req)


@router.act("/admin/experts/{id}/affiliations/{affiliation}/{verb}", guard=guards.dossier)
def judge_affiliation(req: Req) -> Response:
    """``confirm`` or ``refuse`` one in the organisation's place; ``strike`` a confirmed one that is wrong."""
    verb, reason = req.path["verb"], str(req.form.get("reason", ""))
    key = req.path_id("affiliation")
    if key not in {row.id for row in dossier_queries.affiliations_of(req.db, req.subject.account_id)}:
        raise NotFound(_("There is nothing at this address."))
    if verb == "strike":
        dossier_actions.strike_affiliation(req.db, req.actor, affiliation_id=key, reason=reason)
    elif verb in {"confirm", "refuse"}:
        dossier_actions.judge_affiliation(
            req.db, req.actor, affiliation_id=key, confirmed=verb == "confirm", reason=reason
        )
    else:
        raise NotFound(_("There is nothing at this address."))
    return _done(req)


def _done(req: Context) -> Response:
    return req.redirect(f"/admin/experts/{req.subject.id}", flash=_("The decision is recorded."))
