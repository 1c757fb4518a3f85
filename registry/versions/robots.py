"""Telling automated traffic apart, by what it says of itself. Only for counts: it opens and closes nothing."""

import re

from portal.kit.actor import Actor

_ROBOT = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|archiver|curl/|wget/|python|httpx|aiohttp|go-http|java/|okhttp|libwww|scrapy"
    r"|headless|phantom|puppeteer|playwright|selenium|actions/|jenkins|gitlab|travis|axios|node-fetch|cspon-client",
    re.IGNORECASE,
)


def is_automated(actor: Actor, agent: str) -> bool:
    """Whether a download is a program's: it came with an access token, names itself as one, or names nothing.

    Who pretends to be a browser counts as a reader; once a day and network all the same.
    """
    return actor.scopes is not None or not agent.strip() or _ROBOT.search(agent) is not None
