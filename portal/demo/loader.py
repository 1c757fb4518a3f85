"""Puts the demo content in, step by step; every step finds out by itself what is done already."""

from collections.abc import Callable

import click

from portal.client.language import speak_by_environment
from portal.demo import content, logins, people, publishing
from portal.demo.certificates import ensure_certificates, suspend_certificates
from portal.demo.content import Content
from portal.demo.experts import ensure_experts
from portal.demo.promotions import ensure_promotions
from portal.demo.publicity import ensure_publicity
from portal.demo.rollout import ensure_ceremony, ensure_nodes
from portal.demo.rounds import ensure_rounds
from portal.demo.settling import Settling
from portal.demo.society import ensure_society
from portal.kit.db import transaction
from portal.kit.errors import Refusal
from portal.kit.i18n import _
from portal.kit.locks import holder
from portal.settings import Settings, get_settings

GRACE_S = 15.0
UNDER_UP_S = 600.0
Say = Callable[[str], None]


def main(wait_minutes: float | None = None, say: Say = click.echo) -> None:
    """Put the demo content in and see it through to its scores. A second run changes nothing.

    Without a worker the work stays queued: then it waits ``wait_minutes`` for one (by default hardly at all, unless
    ``cspon up`` runs here, which starts one) and ends with exit code 75. The next run continues what was begun.
    """
    speak_by_environment()
    settings = get_settings()
    say(_("[1/5] runtimes"))
    runtime = content.ensure_runtimes(settings, lambda line: say(f"      {line}"))
    say(_("[2/5] content, built from installed packages"))
    found = content.ensure_content(settings, runtime, lambda line: say(f"      {line}"))
    say(_("[3/5] people and organisations"))
    ensure_cast(settings, found, say)
    say(_("[4/5] assets and versions"))
    put_all(found, say)
    ensure_society()
    ensure_experts()
    ensure_publicity()
    say(_("[5/5] scans, evaluations, relations"))
    Settling(found, say, _patience(settings) if wait_minutes is None else wait_minutes * 60).run()
    ensure_rounds(found)
    ensure_certificates()
    ensure_ceremony()
    ensure_promotions()
    suspend_certificates()
    ensure_nodes()
    say(_("The demo content is complete."))


def _patience(settings: Settings) -> float:
    """How long no worker may be seen: under ``cspon up`` one is on its way, alone nobody knows."""
    return UNDER_UP_S if holder(settings.home / "run" / "supervisor.lock") is not None else GRACE_S


def ensure_cast(settings: Settings, found: Content, say: Say) -> None:
    """The accounts with their password, and the organisations."""
    secret = logins.password(settings.home)
    with transaction() as db:
        accounts = people.ensure_people(db, secret)
    logins.write(settings.home, secret)
    with transaction() as db:
        units = people.ensure_units(db, found.organisations)
    if accounts or units:
        say("      " + _("%(accounts)s accounts, %(units)s organisations", accounts=accounts, units=units))


def put_all(found: Content, say: Say) -> None:
    """Every entry up to its submission, one transaction each."""
    for entry in found.entries:
        with transaction() as db:
            done = publishing.is_put(db, entry)
        if done:
            continue
        try:
            blobs = publishing.store_files(entry)
            with transaction() as db:
                publishing.put(db, entry, blobs)
        except Refusal as refusal:
            raise click.ClickException(f"{entry.full_name}: {refusal.message}") from refusal
        say("      " + _("submitted %(name)s %(number)s", name=entry.full_name, number=entry.number))
