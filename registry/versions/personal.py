"""What versions add to a person's export."""

from portal.accounts.personal import register
from portal.kit.i18n import N_
from registry.versions.queries.personal import version_data

register("versions", N_("Versions"), 31, version_data)
