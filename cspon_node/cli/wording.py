"""What the commands say of bundles and versions: as words, and as JSON."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from cspon_node.formats import Manifest, Withdrawal
from cspon_node.installing import Standing
from cspon_node.screen import Screen
from cspon_node.verifying import Verified
from portal.kit.clock import now, shanghai
from portal.kit.i18n import N_, _

CHANNELS = {
    "pilot": N_("Pilot channel"), "regional": N_("Regional channel"), "national": N_("National channel"),
}  # fmt: skip
LEVELS = {"pilot": N_("Pilot level"), "rollout": N_("Rollout level")}
WHY = {
    "suspended": N_("Promotion suspended"), "rolled_back": N_("Promotion rolled back"),
    "retired": N_("Retired from promotion"), "revoked": N_("Certificate revoked"), "yanked": N_("Version withdrawn"),
}  # fmt: skip
"""What the portal's pages call them; a word this tool does not know is shown as it came."""
GROWN = {
    "first": N_("nothing was seen of it before"),
    "same": N_("the one seen before"),
    "proven": N_("proven to begin with what was seen before"),
    "unproven": N_("larger than what was seen before; the bundle carries no proof that it begins with that"),
    "before": N_("smaller than what was seen: the bundle was made before that"),
}


def _named(names: Mapping[str, str], word: str) -> str:
    return _(names[word]) if word in names else word


def _day(at: str) -> str:
    """The day in Asia/Shanghai of an instant of RFC 3339."""
    return f"{shanghai(dt.datetime.fromisoformat(at)):%Y-%m-%d}"


def _gone(each: Withdrawal) -> str:
    return _("%(name)s: %(value)s", name=_named(WHY, each.why), value=each.reason)


def verified_json(found: Verified) -> dict[str, Any]:
    """A bundle that holds."""
    manifest, proven = found.manifest, found.proven
    return {
        "verdict": "holds",
        "version": manifest.subject.text,
        "digest": manifest.subject.digest,
        "manifest_sha256": found.manifest_sha256,
        "channel": manifest.channel,
        "sequence": manifest.sequence,
        "root": found.signed.root,
        "files": len(manifest.below("file")),
        "bytes": found.size,
        "certificate": vars(manifest.certificate) if manifest.certificate else None,
        "evaluations": found.evaluations,
        "runtime": vars(manifest.runtime) if manifest.runtime else None,
        "log": {
            "origin": proven.checkpoint.origin,
            "size": proven.checkpoint.size,
            "events": proven.events,
            "witnesses": list(proven.witnesses),
            "grown": proven.grown,
        },
    }


def verified(found: Verified) -> str:
    """The same in words."""
    manifest, proven = found.manifest, found.proven
    lines = [
        _("The bundle holds: %(version)s", version=manifest.subject.text),
        _("%(channel)s, bundle number %(sequence)s, signed under root %(root)s",
          channel=_named(CHANNELS, manifest.channel), sequence=manifest.sequence, root=found.signed.root),
        _("files: %(n)s, each with the digest signed for", n=len(manifest.below("file"))),
    ]  # fmt: skip
    if manifest.certificate:
        lines.append(
            _("certificate %(number)s, %(level)s, until %(at)s", number=manifest.certificate.number,
              level=_named(LEVELS, manifest.certificate.level), at=_day(manifest.certificate.expires_at))
        )  # fmt: skip
    else:
        lines.append(_("no certificate"))
    lines += [
        _("evaluations signed by workers: %(n)s", n=found.evaluations),
        _("log %(origin)s at %(size)s entries: %(grown)s", origin=proven.checkpoint.origin,
          size=proven.checkpoint.size, grown=_(GROWN[proven.grown])),
        _("events proven in it: %(n)s; witnesses: %(names)s", n=proven.events,
          names=", ".join(proven.witnesses) or _("none known to this node")),
    ]  # fmt: skip
    return "\n  ".join(lines)


def standing_json(each: Standing) -> dict[str, Any]:
    """An installed version."""
    manifest = each.installed.manifest
    return {
        "version": manifest.subject.text,
        "current": each.installed.current,
        "channel": manifest.channel,
        "sequence": manifest.sequence,
        "digest": manifest.subject.digest,
        "certificate": vars(manifest.certificate) if manifest.certificate else None,
        "runtime": vars(manifest.runtime) if manifest.runtime else None,
        "interface": {
            "how": manifest.interface.how,
            "inputs": list(manifest.interface.inputs),
            "outputs": list(manifest.interface.outputs),
            "parameters": dict(manifest.interface.parameters),
        },
        "newer": list(each.newer),
        "withdrawn": vars(each.withdrawal) if each.withdrawal else None,
        "folder": str(each.installed.folder),
    }


def standing(screen: Screen, rows: list[Standing]) -> str:
    """The table of what is installed."""
    if not rows:
        return _("Nothing is installed.")
    headings = [_("Version"), _("Current"), _("Channel"), _("Newer"), _("Withdrawn")]
    cells = [
        [
            each.installed.manifest.subject.text,
            _("yes") if each.installed.current else "",
            _named(CHANNELS, each.installed.manifest.channel),
            ", ".join(each.newer),
            f"{_named(WHY, each.withdrawal.why)} {_day(each.withdrawal.at)}" if each.withdrawal else "",
        ]
        for each in rows
    ]
    return screen.table(headings, cells)


def detail(each: Standing) -> str:
    """One version in full."""
    manifest = each.installed.manifest
    interface = manifest.interface
    pairs = [
        (_("Version"), manifest.subject.text),
        (_("Digest"), manifest.subject.digest),
        (_("Channel"), f"{_named(CHANNELS, manifest.channel)} ({manifest.sequence})"),
        (_("Newer"), ", ".join(each.newer) or "—"),
        (_("Withdrawn"), _gone(each.withdrawal) if each.withdrawal else "—"),
        (_("Certificate"), manifest.certificate.number if manifest.certificate else "—"),
        (_("Runtime"), manifest.runtime.name if manifest.runtime else "—"),
        (_("Input"), ", ".join(interface.inputs) or "—"),
        (_("Output"), ", ".join(interface.outputs) or "—"),
        (
            _("Parameters of a run"),
            ", ".join(f"{name}={value}" for name, value in interface.parameters.items()) or "—",
        ),
        (_("Folder"), str(each.installed.folder)),
    ]
    return "\n".join(_("%(name)s: %(value)s", name=name, value=value) for name, value in pairs)


def warn_expired(screen: Screen, manifest: Manifest) -> None:
    """Say it where the certificate has expired since: whether to go on is the node's decision."""
    if manifest.certificate is None:
        return
    if dt.datetime.fromisoformat(manifest.certificate.expires_at) <= now():
        screen.say(
            _("Warning: the certificate %(number)s expired on %(at)s. Ask for a newer bundle.",
              number=manifest.certificate.number, at=_day(manifest.certificate.expires_at))
        )  # fmt: skip
