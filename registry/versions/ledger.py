"""Which events of versions the public log shows: those of published versions of public assets."""

from portal.audit.publicity import register_rows
from portal.kit.i18n import N_
from registry.versions.queries.ledger import public_versions

VERBS = {
    "version.scanned": N_("Version scanned"),
    "version.released": N_("Version released by a certifier"),
    "version.yanked": N_("Version withdrawn"),
}
register_rows(
    VERBS,
    public_versions,
    lambda row: (
        f"{row.slug}/{row.name}@{row.number}",
        f"/assets/{row.slug}/{row.name}/versions/{row.number}",
    ),
    evidence=False,
)
