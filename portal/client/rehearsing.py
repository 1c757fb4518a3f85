"""The dry run of a benchmark's draft: start it, follow it to its end, show its table."""

import time
from typing import Any

from portal.client.names import Name
from portal.client.portal_api import PortalApi
from portal.client.screen import Screen
from portal.client.states import words
from portal.kit.formats import duration, number
from portal.kit.i18n import _

POLL_S = 1.0
LIVE = {"queued", "running"}


def rehearse(api: PortalApi, screen: Screen, name: Name, *, wait: bool) -> dict[str, Any]:
    """The dry run of these files, started where none has passed yet; followed to its end where ``wait``.

    ``ready`` of what comes back says whether the draft may be submitted.
    """
    found = api.dry_run(name)
    if found is None or not (found["ready"] or (found["state"] in LIVE and not found["changed"])):
        found = api.start_dry_run(name)
    screen.say(_("Dry run: %(url)s", url=f"{api.url}{found['url']}"))
    if not wait:
        return found
    seen: set[str] = set()
    while True:
        for case in found["cases"]:
            if case["state"] not in {"waiting", "running"} and case["name"] not in seen:
                seen.add(case["name"])
                screen.say(f"  {words(case['state'])}  {case['title']}")
        if found["state"] not in LIVE:
            _show(screen, found)
            return found
        time.sleep(POLL_S)
        found = api.dry_run(name) or found


def _show(screen: Screen, found: dict[str, Any]) -> None:
    """The table, and for what is not as expected the advice."""
    rows = [
        [case["title"], words(case["state"]), case["expected"], _got(case), duration(case["seconds"])]
        for case in found["cases"]
    ]
    headings = [
        (_("Case"), False),
        (_("State"), False),
        (_("Expected"), False),
        (_("Got"), False),
        (_("Time"), True),
    ]
    screen.table("", headings, rows)
    if found["failure"]:
        screen.say(str(found["failure"]))
    for case in found["cases"]:
        if case["state"] == "failed":
            screen.say(f"{case['title']}: {case['reason']}\n  -> {case['advice']}")
    screen.say(_("Dry run: %(state)s", state=words(found["state"])))


def _got(case: dict[str, Any]) -> str:
    score = "" if case["score"] is None else f" {number(case['score'])}"
    return f"{case['got']}{score}"
