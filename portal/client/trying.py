"""Trying a version on small files of one's own: ask, follow to the end, bring the answer."""

import base64
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from portal.client.errors import ClientError
from portal.client.names import Name
from portal.client.paths import safe_target
from portal.client.plain import plain
from portal.client.portal_api import PortalApi
from portal.client.screen import Screen
from portal.kit.i18n import _

POLL_S = 1.0
LIVE = {"queued", "running"}
TEXTS = {"csv", "geojson", "json", "text"}
EXIT_CODES = {"done": 0, "failed": 1, "broken": 2, "cancelled": 3}


def attempt(
    api: PortalApi,
    screen: Screen,
    name: Name,
    inputs: Sequence[str],
    settings: Sequence[str],
    folder: Path | None,
) -> int:
    """Try the version, wait for the end, and write its outputs into the folder; the exit code.

    ``inputs``: ``NAME=FILE``, or ``FILE`` where only one is asked for; ``settings``: ``NAME=VALUE``. What is left out
    is the version's own sample, or the default.
    """
    told = api.trial_interface(name)
    found = api.start_trial(name, _body(told, inputs, settings))
    screen.say(f"{api.url}{found['url']}")
    try:
        while found["state"] in LIVE:
            time.sleep(POLL_S)
            found = api.trial(str(found["id"]))
    except KeyboardInterrupt:
        api.cancel_trial(str(found["id"]))
        raise
    written = (
        _bring(api, found, folder or Path(f"trial-{str(found['id'])[-12:]}")) if found["outputs"] else []
    )
    if found["failure"]:
        screen.say(f"{found['failure']}\n-> {found['advice']}")
        for line in str(found["log_tail"]).splitlines():
            screen.console.print(f"  {plain(line)}", markup=False, style="dim")
    said = "\n".join(str(path) for path in written) or _("No answer")
    screen.result({**found, "files": [str(path) for path in written]}, said)
    return EXIT_CODES.get(str(found["state"]), 0)


def _body(told: dict[str, Any], inputs: Sequence[str], settings: Sequence[str]) -> dict[str, Any]:
    kinds = {str(each["name"]): str(each["kind"]) for each in told["inputs"]}
    body: dict[str, dict[str, Any]] = {"parameters": {}, "inputs": {}, "files": {}}
    for text in settings:
        key, sign, value = text.partition("=")
        if not sign:
            raise ClientError(_("“%(text)s” is no setting.", text=text), _("Write it as NAME=VALUE."))
        body["parameters"][key] = value
    for text in inputs:
        key, sign, path = text.partition("=")
        if not (sign and key in kinds):
            key, path = next(iter(kinds), ""), text
        if key not in kinds or (len(kinds) > 1 and path == text):
            raise ClientError(
                _("This version has %(n)s inputs.", n=len(kinds)),
                _("Write NAME=FILE with one of: %(names)s.", names=", ".join(kinds)),
            )
        data = _bytes(Path(path))
        if kinds[key] in TEXTS:
            body["inputs"][key] = data.decode("utf-8", "replace")
        else:
            body["files"][key] = base64.b64encode(data).decode()
    return body


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ClientError(_("%(path)s cannot be read.", path=path), str(error.strerror)) from error


def _bring(api: PortalApi, found: dict[str, Any], folder: Path) -> list[Path]:
    """Every output that was written, below the folder; a file that is there already is not replaced."""
    written = []
    for output in found["outputs"]:
        if not output["url"]:
            continue
        place = safe_target(folder, str(output["file"]))
        if place.exists():
            raise ClientError(
                _("%(path)s is there already.", path=place), _("Choose another folder with --out.")
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        with api.connection.stream(str(output["url"])) as response, place.open("xb") as file:
            for block in response.iter_bytes():
                file.write(block)
        written.append(place)
    return written
