"""The command: refuses a site in use, fills it in one transaction, and says how long each table took."""

from collections.abc import Callable

import click
from sqlalchemy import text

from portal.client.language import speak_by_environment
from portal.demo import queries
from portal.demo.scale.filling import fill
from portal.demo.scale.sizes import NAMESPACE, Scale
from portal.kit.clock import monotonic
from portal.kit.db import transaction
from portal.kit.i18n import _

Say = Callable[[str], None]


def main(assets: int, say: Say = click.echo) -> None:
    """Fill the database with ``assets`` assets, five versions and twenty evaluations of each. Once only.

    Nothing is written when it was done before; a killed run leaves nothing, because all is one transaction.
    """
    speak_by_environment()
    scale = Scale(assets)
    began = monotonic()
    with transaction() as db:
        if queries.namespace(db, f"{NAMESPACE}-000") is not None:
            say(_("Synthetic content is there already; nothing was changed."))
            return
        fill(db, scale, say)
    with transaction() as db:  # the planner must know the new sizes
        db.execute(text("ANALYZE"))
    say(_("Filled in %(seconds)s s.", seconds=round(monotonic() - began)))
