"""One's own place in the pool: nomination, profile, capacity, pause, re-check, leaving."""

import datetime as dt
from typing import Any

from fastapi.responses import Response

from portal.accounts import queries as accounts
from portal.accounts.forms import filling
from portal.audit.queries import of_object
from portal.experts import policy
from portal.experts.actions import lifecycle, nominations, profile
from portal.experts.forms import CapacityForm, NominationForm, PauseForm, ProfileForm
from portal.experts.guards import keeper, mine
from portal.experts.models import Expert, ExpertState, Language, PublicField
from portal.experts.queries import disciplines as taxonomy
from portal.experts.queries import pool
from portal.kit.clock import now, shanghai
from portal.kit.errors import Invalid, NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, signed_in

router = Doors()
QUARTERS = 5


def history_of(req: Context, expert: Expert) -> list[dict[str, Any]]:
    """The states an expert has passed, from the audit log."""
    states = {f"expert.{state.value}": state for state in ExpertState}
    return [
        {
            "label": label(states[event.verb]),
            "level": states[event.verb].level,
            "at": event.at,
            "detail": event.reason or "",
        }
        for event in of_object(req.db, "expert", str(expert.id))
        if event.verb in states
    ]


@router.page("/me/expert", guard=mine)
def overview(req: Req) -> Response:
    """Where one stands, and what can be done next."""
    expert: Expert | None = req.subject
    return req.page(
        "experts/mine.html",
        expert=expert,
        history=history_of(req, expert) if expert else [],
        can_nominate=policy.can_be_nominated(expert),
        keeps=policy.keeps_profile(expert),
        is_public=expert is not None and policy.is_public(expert),
        unit=nominations.unit_name(req.db, expert) if expert else "",
        parsed=Parsed(values={}),
    )


def _nominate_page(req: Context, parsed: Parsed[NominationForm], status: int = 200) -> Response:
    units = [] if req.actor.id is None else accounts.organisations_of(req.db, req.actor.id)
    return req.page(
        "experts/nominate.html",
        status=status,
        parsed=parsed,
        units=[(row.slug, row.name) for row in units],
    )


@router.page("/me/expert/nominate", guard=signed_in)
def nominate_page(req: Req) -> Response:
    """The form to nominate oneself."""
    return _nominate_page(req, Parsed(values={}))


@router.act("/me/expert/nominate", guard=signed_in)
def nominate(req: Req) -> Response:
    """Ask to come into the pool."""
    parsed = parse(NominationForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            nominations.nominate_self(req.db, req.actor, **parsed.model.model_dump())
    if parsed.errors:
        return _nominate_page(req, parsed, 422)
    return req.redirect(
        "/me/expert", flash=_("Your organisation is asked to confirm. Meanwhile, complete your profile.")
    )


def _profile_page(req: Context, parsed: Parsed[ProfileForm], status: int = 200) -> Response:
    chosen = set(parsed.values.get("disciplines", ()))
    rows = [row for row in taxonomy.all_of(req.db) if row.active or row.code in chosen]
    below = {row.parent_code for row in rows}
    groups = [
        (top, [row for row in rows if row.parent_code == top.code] if top.code in below else [top])
        for top in rows
        if top.parent_code is None
    ]
    return req.page(
        "experts/profile.html",
        status=status,
        parsed=parsed,
        groups=[
            (top.name(req.locale), [(row.code, row.name(req.locale)) for row in group])
            for top, group in groups
        ],
        languages=[(item.value, label(item)) for item in Language],
        fields=[(item.value, label(item)) for item in PublicField],
    )


@router.page("/me/expert/profile", guard=keeper)
def profile_page(req: Req) -> Response:
    """The profile, filled in."""
    expert: Expert = req.subject
    parts = pool.parts_of(req.db, expert.id)
    names = set(ProfileForm.model_fields) - {"disciplines", "keywords"}
    values = {name: getattr(expert, name) for name in names}
    values |= {"disciplines": parts.disciplines, "keywords": "\n".join(parts.keywords)}
    return _profile_page(req, Parsed(values=values))


@router.act("/me/expert/profile", guard=keeper)
def save_profile(req: Req) -> Response:
    """Keep the profile."""
    parsed = parse(ProfileForm, req.form)
    if parsed.model is not None:
        with filling(req.db, parsed):
            profile.save(req.db, req.actor, given=parsed.model)
    if parsed.errors:
        return _profile_page(req, parsed, 422)
    return req.redirect("/me/expert", flash=_("Saved."))


def quarters(today: dt.date) -> list[str]:
    """The present quarter and the next ones."""
    first = today.year * 4 + (today.month - 1) // 3
    return [f"{n // 4}Q{n % 4 + 1}" for n in range(first, first + QUARTERS)]


@router.page("/me/expert/capacity", guard=keeper)
def capacity_page(req: Req) -> Response:
    """How much one can take on, by quarters."""
    parts = pool.parts_of(req.db, req.subject.id)
    return req.page(
        "experts/capacity.html",
        expert=req.subject,
        quarters=[(name, parts.capacities.get(name)) for name in quarters(shanghai(now()).date())],
    )


@router.act("/me/expert/capacity", guard=keeper)
def save_capacity(req: Req) -> Response:
    """Keep the numbers that were given; an empty field changes nothing."""
    given = []
    for period in ("", *quarters(shanghai(now()).date())):
        typed = str(req.form.get(f"places-{period}" if period else "places", "")).strip()
        if typed:
            parsed = parse(CapacityForm, {"period": period, "places": typed})
            if parsed.model is None:
                name = f"places-{period}" if period else "places"
                raise Invalid(
                    _("A number from 0 to 99 for each quarter."), fields={name: _("Please enter a number.")}
                )
            given.append(parsed.model)
    for item in given:
        profile.set_capacity(req.db, req.actor, period=item.period, places=item.places)
    return req.redirect("/me/expert/capacity", flash=_("Saved."))


@router.act("/me/expert/{verb}", guard=mine)
def act(req: Req) -> Response:
    """``accept`` or ``decline`` a recommendation; ``pause``, ``resume``, ``confirm`` the profile, ``leave``."""
    verb = req.path["verb"]
    if verb in {"accept", "decline"}:
        nominations.answer_recommendation(req.db, req.actor, accept=verb == "accept")
    elif verb == "pause":
        given = parse(PauseForm, req.form).require()
        lifecycle.pause(req.db, req.actor, until=given.until, reason=given.reason)
    elif verb == "resume":
        lifecycle.resume(req.db, req.actor)
    elif verb == "confirm":
        lifecycle.confirm_profile(req.db, req.actor)
    elif verb == "leave":
        lifecycle.leave(req.db, req.actor)
    else:
        raise NotFound(_("There is nothing at this address."))
    return req.redirect("/me/expert", flash=_("Saved."))
