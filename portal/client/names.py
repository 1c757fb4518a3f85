"""Names as people type them: ``namespace/name``, ``namespace/name@1.0.0``."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.client.errors import ClientError
from portal.kit.i18n import _

if TYPE_CHECKING:
    from portal.client.portal_api import PortalApi

_FULL = re.compile(
    r"(?P<ns>[a-z0-9][a-z0-9-]{0,39})/(?P<name>[a-z0-9][a-z0-9-]{1,58})(?:@(?P<number>\S{1,40}))?"
)
_RELEASE = re.compile(r"(\d+)\.(\d+)\.(\d+)(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")


@dataclass(frozen=True)
class Name:
    """An asset, or with ``number`` one of its versions."""

    namespace: str
    name: str
    number: str = ""

    @property
    def asset(self) -> str:
        """``namespace/name``."""
        return f"{self.namespace}/{self.name}"

    def __str__(self) -> str:
        return f"{self.asset}@{self.number}" if self.number else self.asset


def parse(text: str, *, version: bool | None = None) -> Name:
    """Read a name. ``version``: True demands a number, False refuses one, None takes both."""
    match = _FULL.fullmatch(text.strip())
    if match is None or (version is True and not match["number"]) or (version is False and match["number"]):
        form = {True: "NAMESPACE/NAME@VERSION", False: "NAMESPACE/NAME", None: "NAMESPACE/NAME[@VERSION]"}[
            version
        ]
        raise ClientError(_("“%(text)s” is not a name.", text=text), _("Write it as %(form)s.", form=form))
    return Name(match["ns"], match["name"], match["number"] or "")


def numbered(api: "PortalApi", name: Name) -> Name:
    """The name with its number; the newest published version where it has none."""
    if name.number:
        return name
    asset = api.asset(name)
    if asset is None or not asset["latest_version"]:
        raise ClientError(
            _("%(name)s has no published version that you may see.", name=name),
            _("Check the name, or log in."),
        )
    return Name(name.namespace, name.name, str(asset["latest_version"]))


def next_patch(numbers: list[str]) -> str:
    """The release after the highest of the numbers (a pre-release is followed by its release); 1.0.0 for none."""
    found = [match for number in numbers if (match := _RELEASE.fullmatch(number))]
    if not found:
        return "1.0.0"
    key, is_release = max((tuple(int(match[n]) for n in (1, 2, 3)), match[4] is None) for match in found)
    major, minor, patch = key
    return f"{major}.{minor}.{patch + 1 if is_release else patch}"
