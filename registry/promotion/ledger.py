"""Which events of promotions the public log shows: every stage, with its gates and the votes that passed one over."""

from portal.audit.publicity import register_rows
from registry.promotion.models import Stage
from registry.promotion.queries.ledger import public_promotions

VERBS = {f"promotion.{stage.value}": stage.label for stage in Stage}
register_rows(
    VERBS, public_promotions, lambda row: (f"{row.slug}/{row.name}@{row.number}", f"/promotions/{row.id}")
)
