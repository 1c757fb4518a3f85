"""Telling the owner of a sign-in from a place not seen before."""

import datetime as dt

from portal.accounts import agents, queries
from portal.accounts.actions.people import tell_by_mail
from portal.accounts.models import Account, KnownPlace
from portal.kit import keys
from portal.kit.clock import now, shanghai
from portal.kit.db import Session
from portal.kit.i18n import N_
from portal.settings import get_settings

KEPT = dt.timedelta(days=180)
"""A place not seen for this long is new again."""

SUBJECT = N_("A sign-in from a new place")
BODY = N_(
    "Hello %(name)s,\n\nyour account was used to sign in from a browser or network not seen in the last 180 days:\n\n"
    "Time: %(time)s (Asia/Shanghai)\nBrowser: %(browser)s\nAddress: %(address)s\n\nIf it was you, there is nothing to "
    "do. If not, end that session and set a new password:\n\n%(url)s\n"
)


def notice_place(db: Session, account: Account, *, address: str, user_agent: str) -> bool:
    """Remember where somebody signed in; whether a mail went out because the place is new (never at the first sign-in).

    Only a keyed digest of account, network and browser family is kept.
    """
    agent = agents.agent(user_agent)
    text = f"{account.id}|{agents.neighbourhood(address)}|{agent.browser}|{agent.system}"
    digest = keys.keyed_digest("places", text)
    known = queries.places_of(db, account.id, since=now() - KEPT)
    if not queries.see_place(db, account.id, digest):
        db.add(KnownPlace(account_id=account.id, digest=digest))
        db.flush()
    if not known or digest in known:
        return False
    tell_by_mail(
        db,
        account,
        SUBJECT,
        BODY,
        time=f"{shanghai(now()):%Y-%m-%d %H:%M}",
        browser=str(agent) or "—",
        address=address or "—",
        url=f"{get_settings().site_url}/settings/sessions",
    )
    return True
