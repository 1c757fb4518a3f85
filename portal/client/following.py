"""Asking for evaluations and following them to their end."""

import datetime as dt
import time
from typing import Any

from portal.client.errors import ClientError, RefusedError
from portal.client.names import Name, parse
from portal.client.plain import plain
from portal.client.portal_api import PortalApi
from portal.client.screen import Screen
from portal.client.states import words
from portal.kit.clock import shanghai
from portal.kit.formats import duration, filesize, number
from portal.kit.i18n import _, get_locale

FIRST_POLL_S = 0.5
SLOWEST_POLL_S = 3.0
EXIT_CODES = {"done": 0, "failed_user": 1, "failed_platform": 2, "cancelled": 3}


def follow(api: PortalApi, screen: Screen, key: str) -> dict[str, Any]:
    """Show state changes and, where the portal shows it, the log as it grows; the evaluation once it is over.

    Nothing is missed: events and log are read again from where the last look ended.
    """
    events, after, pause = 0, 0, FIRST_POLL_S
    while True:
        found = api.evaluation(key)
        fresh = found["events"][events:]
        events += len(fresh)
        for event in fresh:
            note = f" - {event['note']}" if event["note"] else ""
            attempt = _(" (attempt %(n)s)", n=event["attempt"]) if event["attempt"] > 1 else ""
            screen.say(f"{_clock(event['at'])}  {words(event['state'])}{attempt}{note}")
        more = _show_log(api, screen, key, after)
        if found["final"] and more == after:
            return found
        pause = FIRST_POLL_S if fresh or more != after else min(pause * 1.5, SLOWEST_POLL_S)
        after = more
        if not found["final"]:
            time.sleep(pause)


def _clock(instant: str) -> str:
    return f"{shanghai(dt.datetime.fromisoformat(instant)):%H:%M:%S}"


def _show_log(api: PortalApi, screen: Screen, key: str, after: int) -> int:
    """Print the pieces after ``after``; where to go on."""
    for piece in api.log(key, after)["pieces"]:
        after = int(piece["id"])
        for line in str(piece["text"]).splitlines():
            screen.console.print(f"  {plain(line)}", markup=False, style="dim")
    return after


def outcome(api: PortalApi, screen: Screen, found: dict[str, Any]) -> int:
    """Show an evaluation: its metrics with their intervals, or why there are none; the exit code."""
    state = str(found["state"])
    link = f"{api.url}{found['url']}"
    if found["result"]:
        _show_result(api, screen, found)
    elif found["failure"]:
        failure = found["failure"]
        screen.say(f"{failure['title']}: {failure['text']}")
        screen.say(f"-> {failure['advice']}")
    said = _("%(version)s on %(benchmark)s: %(state)s", **{**found, "state": words(state)})
    screen.result(found, f"{said}\n{link}")
    return EXIT_CODES.get(state, 0)


def _show_result(api: PortalApi, screen: Screen, found: dict[str, Any]) -> None:
    result = found["result"]
    facts = _metric_facts(api, found)
    language = "zh" if get_locale().startswith("zh") else "en"
    rows = []
    for metric in result["metrics"]:
        fact = facts.get(metric["name"], {})
        title = fact.get("title", {}).get(language) or metric["name"]
        rows.append(
            [
                ("* " if fact.get("primary") else "  ") + title,
                number(metric["value"]),
                f"[{number(metric['low'])}, {number(metric['high'])}]",
                str(fact.get("unit") or ""),
            ]
        )
    columns = [(_("Metric"), False), (_("Value"), True), (_("95% interval"), True), (_("Unit"), False)]
    screen.table("", columns, rows)
    screen.say(
        _(
            "%(n)s items; ran %(predict)s, scored %(score)s, peak memory %(memory)s; sandbox: %(grade)s",
            n=result["item_count"],
            predict=duration(result["predict_s"]),
            score=duration(result["score_s"]),
            memory=filesize(result["peak_memory_bytes"]),
            grade=result["sandbox_grade"],
        )
    )


def _metric_facts(api: PortalApi, found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Titles and units, if the benchmark's latest version is the one that was run."""
    try:
        benchmark = api.benchmark(parse(found["benchmark"], version=False))
    except (RefusedError, ClientError):
        return {}
    if benchmark is None or benchmark["version"] != found["benchmark_version"]:
        return {}
    return {str(metric["name"]): metric for metric in benchmark["metrics"]}


def evaluate(api: PortalApi, screen: Screen, version: Name, benchmark: Name) -> dict[str, Any]:
    """Ask for the evaluation and say where it is."""
    found = api.evaluate(version, benchmark)
    screen.say(_("Evaluation %(id)s: %(state)s", id=found["id"], state=words(found["state"])))
    return found
