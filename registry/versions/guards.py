"""Guards of versions: absent and invisible are the same 404; what the policy forbids is 403."""

from typing import Any

from portal.kit.errors import Forbidden, NotFound
from portal.kit.i18n import _
from portal.kit.pages import Context
from portal.kit.routes import signed_in
from registry.assets.guards import missing
from registry.assets.policy import can_edit
from registry.versions import paths, policy, queries


class Gated(Forbidden):
    """The description is open, the files are given on request."""

    code = "gated"


def described_version(req: Context) -> Any:
    """The version in the address, if the actor may read what is said of it. For routes that give no content of files.

    ``version.files_open`` says whether its files may be read too.
    """
    path = req.path
    version = queries.detail(req.db, req.actor, path["ns"], path["name"], path["number"])
    if version is None:
        raise missing(req)
    return version


def readable_version(req: Context) -> Any:
    """The version in the address, if the actor may read its files: the guard of every route that gives content."""
    return opened(described_version(req))


def opened(version: Any) -> Any:
    """A version as ``queries.detail`` gives it, if its files may be read by whom it was asked for."""
    if not version.files_open:
        raise Gated(
            _("The files of this asset are given on request."),
            hint=_(
                "Read the terms and ask for access at %(url)s.",
                url=f"/assets/{version.namespace}/{version.name}/access",
            ),
        )
    return version


def own_version(req: Context) -> Any:
    """The version in the address, if the actor may publish in its namespace."""
    signed_in(req)
    version = readable_version(req)
    if not can_edit(req.actor, version.namespace_id):
        raise Forbidden(_("Only publishers of this namespace may do this."))
    return version


def shows_hidden(req: Context, version: Any) -> bool:
    """Whether this actor sees the hidden files of this version."""
    return policy.can_see_hidden(req.actor, version.namespace_id)


def readable_file(req: Context) -> tuple[Any, Any]:
    """The version and its file in the address; a hidden file is absent for everybody but the owner's publishers."""
    version = readable_version(req)
    path = req.path["path"]
    hidden = shows_hidden(req, version)
    file = queries.file_at(req.db, version.id, path, hidden=hidden) if len(path) <= paths.MAX_CHARS else None
    if file is None:
        raise NotFound(_("There is no such file."))
    return version, file
