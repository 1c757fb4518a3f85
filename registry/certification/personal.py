"""What certification adds to a person's export, and what of it stays when an account is closed."""

from sqlmodel import col

from portal.accounts.personal import register, register_stays
from portal.accounts.queries.personal import rows_of
from portal.kit.i18n import N_, _
from registry.certification.models import Certificate
from registry.certification.queries.certificates import requested_data


def stays(_n: int) -> str:
    """Assessments stay with the versions they are about."""
    return _("Requests for certification: the certificates of your versions stay on record.")


register("certificates", N_("Requests for certification"), 46, requested_data)
register_stays("certificates", lambda key: rows_of(col(Certificate.requested_by), key), stays)
