"""Jobs of certification."""

import uuid

from portal.kit.db import transaction
from portal.kit.jobs import job, periodic
from registry.certification import hooks, pdf
from registry.certification.actions import deciding, rendering
from registry.certification.queries import certificates as queries

assert hooks  # noqa: S101 - scans that a worker records suspend certificates


@periodic("certification.watch", "*/10 * * * *")
def watch(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Remind of deadlines, and end what has passed its own."""
    with transaction() as db:
        deciding.watch(db)


@periodic("certification.recheck_daily", "20 3 * * *")
def recheck_daily(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Judge the computed criteria of all granted certificates anew, once a day."""
    _recheck()


@job("certification.recheck_all")
def recheck_all() -> None:
    """The same after a new database of vulnerabilities came in."""
    _recheck()


def _recheck() -> None:
    with transaction() as db:
        wanted = queries.granted_of(db)
    for certificate_id in wanted:
        with transaction() as db:
            deciding.recheck(db, certificate_id=certificate_id)


@job("certification.recheck")
def recheck(certificate_id: str) -> None:
    """Judge one certificate anew, after it was given force."""
    with transaction() as db:
        deciding.recheck(db, certificate_id=uuid.UUID(certificate_id))


@job("certification.render")
def render(certificate_id: str) -> None:
    """Draw the PDF of a certificate and keep it, or the reason why there is none."""
    key = uuid.UUID(certificate_id)
    with transaction() as db:
        wanted = rendering.order(db, key)
    if wanted is None:
        return
    drawn, problem = None, ""
    try:
        drawn = pdf.draw(wanted)
    except pdf.NoFontError as error:
        problem = str(error.args[0])
    with transaction() as db:
        rendering.keep(db, key, drawn, problem)


@periodic("certification.render_again", "40 * * * *")
def render_again(timestamp: int) -> None:  # noqa: ARG001 - Procrastinate passes it
    """Certificates without a PDF are tried again every hour: a font may have been installed."""
    with transaction() as db:
        wanted = queries.without_pdf(db)
    for certificate_id in wanted:
        render(str(certificate_id))
