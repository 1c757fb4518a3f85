"""A bundle on its way out, under the metadata of this moment."""

from typing import Any

from fastapi import Request
from fastapi.responses import Response

from portal.kit.errors import NotFound
from portal.kit.i18n import _
from registry.rollout.composing import Composed, compose
from registry.rollout.making import front_of
from registry.rollout.plan import Refused
from registry.versions.serving import ranged


def composed(row: Any) -> Composed:
    """The zip as a node takes it now; 404 where the channel does not serve this bundle any more."""
    try:
        front = front_of(row)
    except Refused as refused:
        raise NotFound(
            _("This bundle is not served any more."),
            hint=_("It may have been withdrawn or replaced: ask for the index again."),
        ) from refused
    return compose(row.sha256, row.size, front)


def bundle_response(request: Request, row: Any) -> Response:
    """The zip or the asked part of it."""
    name = f"{row.namespace}-{row.name}-{row.version}-{row.channel.value}-{row.sequence}.zip"
    made = composed(row)
    return ranged(request, made.etag, made.size, name, lambda span: made.span(span.start, span.end))
