"""What evaluations add to a person's export, and what of them stays when an account is closed."""

import uuid

from portal.accounts.personal import register, register_stays
from portal.kit.db import Session
from portal.kit.i18n import N_, _
from registry.evaluation.queries.personal import evaluation_data


def stays(db: Session, account_id: uuid.UUID) -> str | None:
    """Results stay on the boards, without the person's name."""
    if not evaluation_data(db, account_id):
        return None
    return _("Results of your evaluations: rankings of others were computed with them.")


register("evaluations", N_("Evaluations"), 40, evaluation_data)
register_stays("evaluations", stays)
