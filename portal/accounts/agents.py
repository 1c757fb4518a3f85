"""What a browser says of itself, coarsely: enough for people to know their own, too little to follow anybody."""

import ipaddress
import re
from dataclasses import dataclass

# In this order: every Chromium says Chrome and Safari too, and most of them one more name of their own.
_BROWSERS = (
    ("MicroMessenger", re.compile(r"MicroMessenger/")),
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/")),
    ("Opera", re.compile(r"OPR/|Opera")),
    ("QQ Browser", re.compile(r"QQBrowser/")),
    ("360", re.compile(r"QIHU|360SE|360EE")),
    ("UC Browser", re.compile(r"UCBrowser/|UBrowser/")),
    ("Firefox", re.compile(r"Firefox/|FxiOS/")),
    ("Chrome", re.compile(r"Chrome/|CriOS/|Chromium/")),
    ("Safari", re.compile(r"Safari/")),
)
_SYSTEMS = (
    ("HarmonyOS", re.compile(r"HarmonyOS|OpenHarmony")),
    ("Android", re.compile(r"Android")),
    ("iOS", re.compile(r"iPhone|iPad|iPod")),
    ("Windows", re.compile(r"Windows")),
    ("macOS", re.compile(r"Mac OS X|Macintosh")),
    ("Linux", re.compile(r"Linux|X11")),
)


@dataclass(frozen=True)
class Agent:
    """A browser and the system under it; empty where it does not say."""

    browser: str
    system: str

    def __str__(self) -> str:
        return " · ".join(part for part in (self.browser, self.system) if part)


def agent(user_agent: str) -> Agent:
    """The family of a browser, without its version: an update is no new device."""
    browser = next((name for name, sign in _BROWSERS if sign.search(user_agent)), "")
    system = next((name for name, sign in _SYSTEMS if sign.search(user_agent)), "")
    return Agent(browser or user_agent.partition("/")[0].strip()[:40], system)


def neighbourhood(address: str) -> str:
    """The network somebody comes from, wide enough that a new lease of the same line stays in it: /24 or /48."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    width = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network((str(parsed), width), strict=False))
