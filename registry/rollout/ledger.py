"""Which events of bundles the public log shows."""

from portal.audit.publicity import register_rows
from portal.kit.i18n import N_
from registry.rollout.queries.ledger import public_bundles

VERBS = {
    "bundle.ordered": N_("Bundle ordered"),
    "bundle.signing": N_("Bundle waits for signatures"),
    "bundle.ready": N_("Bundle ready"),
    "bundle.replaced": N_("Bundle replaced"),
    "bundle.failed": N_("Bundle failed"),
    "bundle.withdrawn": N_("Bundle withdrawn"),
}
register_rows(
    VERBS,
    public_bundles,
    lambda row: (
        f"{row.slug}/{row.name}@{row.number} · {row.channel.value}/{row.sequence}",
        f"/assets/{row.slug}/{row.name}/versions/{row.number}",
    ),
)
