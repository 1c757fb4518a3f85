"""``cspon-node run``: from the words of the command to the jail and the receipt."""

import argparse
import json
from pathlib import Path
from typing import Any

from cspon_node.durable import write_bytes
from cspon_node.formats import shown
from cspon_node.home import Home
from cspon_node.installing import Installed
from cspon_node.refusals import Refusal
from cspon_node.running import Ran, Wish, run
from cspon_node.runtimes import Sources, provide
from cspon_node.screen import Screen
from portal.kit.i18n import _
from registry.sandbox.detect import detect
from registry.sandbox.errors import SandboxError

TAIL = 20
MAX_PARAMETERS = 1 << 20


def run_installed(screen: Screen, home: Home, chosen: Installed, given: argparse.Namespace) -> bool:
    """Run, keep the output, write the receipt; whether the program ended well."""
    manifest = chosen.manifest
    limits = {
        name: value
        for name in ("time_s", "memory_mb", "threads", "output_mb")
        if (value := getattr(given, name)) is not None
    }
    if any(not value > 0 for value in limits.values()):
        raise Refusal("input", why=_("limits are above 0"))
    wish = Wish(given.inputs, given.out, _parameters(given.parameters), limits)
    try:
        backend = detect(weak_allowed=given.allow_weak_sandbox)
    except SandboxError as error:
        raise Refusal("sandbox", why=error.translated()) from error
    backend.sweep()
    runtime = provide(home, chosen, Sources(given.runtimes, given.wheels), screen.say)
    screen.say(_("Running %(version)s in %(runtime)s …", version=manifest.subject.text, runtime=runtime.name))
    ran = run(chosen, runtime, backend, backend.work, wish, lambda _chunk: None)
    if given.log:
        write_bytes(given.log.absolute(), ran.log)
    written = home.receipts().add(
        "ran", chosen.about, sandbox=backend.grade, run=ran.as_run(manifest.interface)
    )
    _tell(screen, given, ran, written.receipt.number, backend.grade)
    return ran.outcome.ok


def _tell(screen: Screen, given: argparse.Namespace, ran: Ran, number: int, grade: str) -> None:
    outcome = ran.outcome
    why = _(outcome.message, **outcome.values) if outcome.message else ""
    value = {
        "outcome": outcome.end.value, "seconds": round(outcome.wall_s, 3), "receipt": number, "sandbox": grade,
        "peak_memory_bytes": outcome.peak_memory_bytes, "message": why,
        "outputs": [vars(each) for each in ran.outputs], "out": str(given.out) if outcome.ok else None,
    }  # fmt: skip
    if outcome.ok:
        text = _("Done in %(seconds)s s; files in %(out)s: %(n)s; receipt %(number)s.",
                 seconds=round(outcome.wall_s, 1), n=len(ran.outputs), out=given.out, number=number)  # fmt: skip
    else:
        lines = ran.log.decode("utf-8", "replace").splitlines()[-TAIL:]
        screen.say("\n".join(lines))
        text = _(
            "The program failed: %(end)s. %(why)s Receipt %(number)s.",
            end=_(outcome.end.label),
            why=why,
            number=number,
        )
    screen.result(value, text)


def _parameters(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        with path.open("rb") as file:
            value = json.loads(file.read(MAX_PARAMETERS))
    except (OSError, ValueError, RecursionError) as error:
        raise Refusal(
            "input", why=_("%(file)s is no JSON object", file=shown(str(path))), detail=error
        ) from error
    if not isinstance(value, dict):
        raise Refusal("input", why=_("%(file)s is no JSON object", file=shown(str(path))))
    return value
