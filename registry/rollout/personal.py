"""What rollout adds to a person's export, and what of it stays when an account is closed."""

from sqlmodel import col

from portal.accounts.personal import register, register_stays
from portal.accounts.queries.personal import rows_of
from portal.kit.i18n import N_, _
from registry.rollout.models import RolloutNode
from registry.rollout.queries.nodes import registered_data


def stays(_n: int) -> str:
    """Nodes belong to their organisation."""
    return _("Nodes you registered stay with their organisation.")


register("nodes", N_("Nodes registered"), 49, registered_data)
register_stays("nodes", lambda key: rows_of(col(RolloutNode.registered_by), key), stays)
