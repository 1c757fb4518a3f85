"""Guards of expert pages: absent and invisible are the same 404."""

import uuid
from typing import Any

from portal.accounts.models import Namespace
from portal.experts import policy
from portal.experts.models import Expert
from portal.experts.queries import pool, public
from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from portal.organisations import queries as organisations
from portal.organisations.models import Organisation


def secretariat(req: Context) -> None:
    """The secretariat."""
    signed_in(req)
    if not policy.is_secretariat(req.actor):
        raise Forbidden(_("Only the secretariat decides about the pool."))


def dossier(req: Context) -> Expert:
    """The expert of the address, in whatever state, for the secretariat."""
    secretariat(req)
    found = pool.one(req.db, req.path_id())
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found


def mine(req: Context) -> Expert | None:
    """Somebody must be signed in; gives the own place in the pool, if there is one."""
    signed_in(req)
    return pool.of_account(req.db, req.actor.id)


def keeper(req: Context) -> Expert:
    """Somebody with a profile that can be edited."""
    found = mine(req)
    if found is None or not policy.keeps_profile(found):
        raise NotFound(_("You have not been nominated."), hint=_("You can nominate yourself."))
    return found


def spokesman(req: Context) -> tuple[Organisation, Namespace]:
    """The organisation of the address, for its administrators."""
    signed_in(req)
    found = organisations.by_slug(req.db, req.actor, req.path["slug"])
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    if not policy.can_speak_for(req.actor, found[0].id):
        raise Forbidden(_("Only an administrator of the organisation may do this."))
    return found


def myself(req: Context) -> uuid.UUID:
    """Somebody must be signed in; gives the account."""
    signed_in(req)
    assert req.actor.id is not None  # noqa: S101 - the line above
    return req.actor.id


def shown(req: Context) -> Any:
    """The public page behind a short name."""
    found = public.by_slug(req.db, req.path["slug"])
    if found is None:
        raise NotFound(_("There is nothing at this address."))
    return found
