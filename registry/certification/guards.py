"""Guards of certification: absent and invisible are the same 404."""

from typing import Any

from portal.kit.errors import Forbidden
from portal.kit.i18n import _
from portal.kit.pages import Context, existing
from portal.kit.routes import role, signed_in
from registry.certification import policy
from registry.certification.queries import certificates as queries
from registry.versions.guards import described_version
from registry.versions.models import VersionState


def certificate(req: Context) -> Any:
    """The certificate of the address, for whoever may read it."""
    return existing(queries.one(req.db, req.actor, req.path_id()))


def for_member(req: Context) -> Any:
    """The same for somebody who is signed in."""
    signed_in(req)
    return certificate(req)


def assessed(req: Context) -> Any:
    """The certificate of the address, for a certifier; the action looks for conflicts."""
    found = for_member(req)
    if not req.actor.has("certifier"):
        raise Forbidden(_("Only certifiers assess and decide."))
    return found


desk = role(*policy.READERS)
"""Certifiers, and the secretariat and auditors who look on."""


def profile_editor(req: Context) -> None:
    """The secretariat and certifiers."""
    signed_in(req)
    if not policy.can_edit_profiles(req.actor):
        raise Forbidden(_("Only the secretariat and certifiers change profiles."))


def certifiable(req: Context) -> Any:
    """The version of the address, for whoever may ask for its certification. Drafts and quarantined ones are refused by
    the action in words."""
    signed_in(req)
    version = described_version(req)
    if not policy.can_request(req.actor, version.namespace_id):
        raise Forbidden(_("Only publishers of this namespace and the secretariat ask for certification."))
    return version


def described(req: Context) -> Any:
    """The version of the address, if the actor may read what is said of it."""
    return described_version(req)


def is_published(version: Any) -> bool:
    """Whether a version may be certified now."""
    return bool(version.state is VersionState.published)
