"""From what was given to a queued trial; one way for pages and for JSON."""

from collections.abc import Mapping
from typing import Any

from portal.kit.errors import Conflict
from portal.kit.i18n import _
from portal.kit.pages import Context
from registry.trials import actions
from registry.trials.forms import read_given
from registry.trials.interface import Value
from registry.trials.models import Trial
from registry.trials.offers import Offer
from registry.versions.models import SubmissionKind


def ask_for(
    req: Context, version: Any, offer: Offer, settings: Mapping[str, Value], inputs: Mapping[str, bytes]
) -> Trial:
    """Read what was given against the offer and queue it; refuses what cannot be tried, and what does not hold."""
    if offer.interface is None:
        raise Conflict(_("This version cannot be tried."), hint=offer.reason)
    model = version.submission is SubmissionKind.model
    given = read_given(offer.interface, settings, inputs, samples=offer.samples, model=model)
    return actions.ask(
        req.db,
        req.actor,
        version_id=version.id,
        interface=offer.interface,
        given=given,
        samples=offer.samples,
    )
