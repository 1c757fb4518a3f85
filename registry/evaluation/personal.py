"""What evaluations add to a person's export, and what of them stays when an account is closed."""

from sqlmodel import col

from portal.accounts.personal import register, register_stays
from portal.accounts.queries.personal import rows_of
from portal.kit.i18n import N_, _
from registry.evaluation.models import Evaluation
from registry.evaluation.queries.personal import evaluation_data


def stays(_n: int) -> str:
    """Results stay on the boards, without the person's name."""
    return _("Results of your evaluations: rankings of others were computed with them.")


register("evaluations", N_("Evaluations"), 40, evaluation_data)
register_stays("evaluations", lambda key: rows_of(col(Evaluation.submitted_by), key), stays)
