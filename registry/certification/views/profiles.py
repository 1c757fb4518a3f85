"""Profiles: which there are, what each asks for, and the next version of one."""

import datetime as dt
import json
from typing import Any

from fastapi.responses import Response

from portal.kit.clock import now
from portal.kit.errors import Invalid, NotFound
from portal.kit.forms import Parsed, parse
from portal.kit.i18n import _, label
from portal.kit.pages import Context, Req
from portal.kit.routes import Doors, public
from registry.certification import guards, policy
from registry.certification.actions import profiles
from registry.certification.forms import ProfileInput
from registry.certification.models import CertificationProfile
from registry.certification.queries import advisories
from registry.certification.queries import profiles as queries
from registry.certification.queries.editions import today
from registry.certification.wording import bounds_words, source_words

router = Doors()
STALE_DAYS = 30
"""From then on the page asks for a newer database; when findings stop relying on it the profile says."""


@router.page("/certificates/profiles", guard=public)
def listed(req: Req) -> Response:
    """The profiles in force, and how old the database of vulnerabilities is."""
    database = advisories.newest(req.db)
    return req.page(
        "certification/profiles.html",
        profiles=profiles.in_force(req.db),
        database=database,
        stale=database is not None and now() - database.newest_at > dt.timedelta(days=STALE_DAYS),
    )


def _versions(req: Context) -> list[CertificationProfile]:
    profiles.in_force(req.db)
    found = queries.versions_of(req.db, req.path["code"][:40].replace("\x00", ""))
    if not found:
        raise NotFound(_("There is nothing at this address."))
    return found


@router.page("/certificates/profiles/{code}", guard=public)
def one(req: Req) -> Response:
    """A version of a profile (``?number=``; without it the newest): its criteria with thresholds and sources."""
    found = _versions(req)
    wanted = req.query.get("number", "")
    chosen = next((each for each in found if str(each.number) == wanted), found[0])
    return req.page(
        "certification/profile.html",
        profile=chosen,
        versions=found,
        today=today(),
        may_edit=policy.can_edit_profiles(req.actor),
        items=[
            {
                "code": each.code,
                "title": each.title(req.locale),
                "guide": each.guide(req.locale),
                "kind": label(each.kind),
                "required": label(each.required) if each.required else _("Not required"),
                "bounds": bounds_words(each),
                "source": source_words(each.source),
            }
            for each in queries.criteria(chosen)
        ],
    )


@router.page("/certificates/profiles/{code}/edit", guard=guards.profile_editor)
def edit(req: Req) -> Response:
    """The next version, beginning with the newest."""
    return _form(req, Parsed(values={}))


def _form(req: Context, parsed: Parsed[Any], status: int = 200) -> Response:
    last = _versions(req)[0]
    return req.page(
        "certification/profile_edit.html",
        status=status,
        last=last,
        errors=parsed.errors,
        v={
            "valid_months": last.valid_months,
            "effective_from": today().isoformat(),
            "criteria": json.dumps(last.criteria, ensure_ascii=False, indent=1),
            "reason": "",
        }
        | parsed.values,
    )


@router.act("/certificates/profiles/{code}/edit", guard=guards.profile_editor)
def save(req: Req) -> Response:
    """Make the next version; old certificates keep theirs."""
    parsed = parse(ProfileInput, req.form)
    if parsed.model is None:
        return _form(req, parsed, 422)
    try:
        made = profiles.revise(req.db, req.actor, code=req.path["code"], given=parsed.model)
    except Invalid as refusal:
        parsed.errors.update(refusal.fields)
        return _form(req, parsed, refusal.status)
    return req.redirect(f"/certificates/profiles/{made.code}", flash=_("The next version was made."))
