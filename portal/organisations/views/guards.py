"""Guards of organisation pages: they load the organisation and ask the policy."""

from portal.accounts.models import Namespace
from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from portal.organisations import policy, queries
from portal.organisations.models import Organisation

Loaded = tuple[Organisation, Namespace]


def shown(req: Context) -> Loaded:
    """The organisation of the address, for anyone."""
    found = queries.by_slug(req.db, req.actor, req.path["slug"])
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def managed(req: Context) -> Loaded:
    """The organisation of the address, for its administrators."""
    signed_in(req)
    found = shown(req)
    if not policy.can_manage(req.actor, found[0].id):
        raise Forbidden(_("Only an administrator of the organisation may do this."))
    return found


def joined(req: Context) -> Loaded:
    """The organisation of the address, for its members."""
    signed_in(req)
    found = shown(req)
    if not policy.is_member(req.actor, found[0].id):
        raise Forbidden(_("Only members of the organisation may do this."))
    return found


def verified_by(req: Context) -> None:
    """The secretariat."""
    signed_in(req)
    if not policy.can_verify(req.actor):
        raise Forbidden(_("Only the secretariat verifies organisations."))


def judged(req: Context) -> Loaded:
    """The organisation of the address, for the secretariat."""
    verified_by(req)
    return shown(req)


def url(req: Context, *more: str) -> str:
    """An address below the organisation's page."""
    return "/".join(["/organisations", req.path["slug"], *more])
