"""Profiles: which there are, what each asks for, and the next version of one."""

import datetime as dt

from fastapi.responses import Response

from portal.kit.clock import now
from portal.kit.i18n import _, label
from portal.kit.pages import Req
from portal.kit.routes import Doors, public
from registry.certification import editing, guards, policy
from registry.certification.actions import profiles
from registry.certification.forms import ProfileInput
from registry.certification.models import CertificationProfile
from registry.certification.queries import advisories
from registry.certification.queries import profiles as queries
from registry.certification.wording import bounds_words, source_words
from registry.editions.desk import Desk

router = Doors()
AT = "/certificates/profiles"
STALE_DAYS = 30
"""From then on the page asks for a newer database; when findings stop relying on it the profile says."""
desk = Desk(
    table=CertificationProfile,
    at=AT,
    crumbs=lambda: [(_("Profiles of certification"), AT)],
    keeps=lambda: _("Assessments under way and certificates keep the version they began with."),
    file="profile.json",
    content=("valid_months", "criteria"),
    input=ProfileInput,
    in_force=profiles.in_force,
    revise=profiles.revise,
    form=editing,
)
desk.doors(router, guards.profile_editor)


@router.page(AT, guard=public)
def listed(req: Req) -> Response:
    """The profiles in force, and how old the database of vulnerabilities is."""
    database = advisories.newest(req.db)
    return req.page(
        "certification/profiles.html",
        profiles=profiles.in_force(req.db),
        database=database,
        stale=database is not None and now() - database.newest_at > dt.timedelta(days=STALE_DAYS),
    )


@router.page(f"{AT}/{{code}}", guard=public)
def one(req: Req) -> Response:
    """A version of a profile (``?number=``; without it the newest): its criteria with thresholds and sources."""
    found = desk.found(req)
    chosen, changes = desk.chosen(req, found)
    return req.page(
        "certification/profile.html",
        profile=chosen,
        versions=found,
        changes=changes,
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
